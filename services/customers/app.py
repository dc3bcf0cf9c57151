"""The customers service: who people are."""

from pathlib import Path

from services.customers.contacts import api as contacts
from services.customers.profiles import api as profiles
from services.customers.staff import api as staff
from shared.service import Service

SERVICE = Service(
    name="customers",
    migrations=Path(__file__).with_name("migrations"),
    routes=(profiles.routes, contacts.routes, staff.routes),
)
