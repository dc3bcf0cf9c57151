"""Customers as the documentation of the API shows them."""

from typing import Any

# fmt: off
PROFILE: dict[str, Any] = {
    "name": "Nordwind Handels GmbH", "country": "DE", "language": "en", "time_zone": "Europe/Berlin", "grade": "key",
}
# fmt: on
