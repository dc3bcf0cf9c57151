"""`python -m services.orders` serves; `migrate` and `openapi` are its commands."""

from services.orders.app import SERVICE
from shared.service import main

if __name__ == "__main__":
    main(SERVICE)
