"""`python -m services.customers` serves; `migrate` and `openapi` are its commands."""

from services.customers.app import SERVICE
from shared.service import main

if __name__ == "__main__":
    main(SERVICE)
