"""The customers service: who people are."""

from pathlib import Path

from services.customers.contacts import api as contacts
from services.customers.profiles import api as profiles
from services.customers.settings import CustomersSettings
from services.customers.signin import api as signin
from services.customers.signin.admin import first_admin
from services.customers.staff import api as staff
from shared.service import Service

SERVICE = Service(
    name="customers",
    migrations=Path(__file__).with_name("migrations"),
    routes=(profiles.routes, contacts.routes, staff.routes, signin.routes),
    settings=CustomersSettings,
    commands={"admin": first_admin},
)
