"""`python -m benchmarks.singly`: the orders service, each request in a transaction of its own. Shows what answering together gives."""

from services.orders.app import SERVICE
from shared.service import main
from shared.web import together

if __name__ == "__main__":
    together.AT_ONCE, together.LARGEST = 64, 1
    main(SERVICE)
