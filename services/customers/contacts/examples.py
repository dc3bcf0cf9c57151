"""Contacts as the documentation of the API shows them."""

from typing import Any

# fmt: off
CONTACT: dict[str, Any] = {
    "name": "Jana Petersen", "salutation": "Dear Ms Petersen", "roles": ["orders"],
    "email": "jana.petersen@nordwind.example", "cc": ["einkauf@nordwind.example"],
    "language": "en", "time_zone": "Europe/Berlin", "country": "DE", "phone": "+49 40 5550 118",
}
# fmt: on
