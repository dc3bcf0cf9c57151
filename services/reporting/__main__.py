"""`python -m services.reporting` serves; `... migrate`, `... rebuild` and `... openapi` do what they say."""

from services.reporting.app import SERVICE
from shared.service import main

if __name__ == "__main__":
    main(SERVICE)
