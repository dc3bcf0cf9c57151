"""`python -m services.notifications` serves; `migrate` and `openapi` are its commands."""

from services.notifications.app import SERVICE
from shared.service import main

if __name__ == "__main__":
    main(SERVICE)
