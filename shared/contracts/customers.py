"""Events of the customers service: customers with their contacts, owners, and the staff directory.

Aggregates: the customer (its contacts belong to it) and the member of staff.
Personal data travels only in `personal`, sealed with the aggregate's key (`shared.messaging.personal`).
"""

from datetime import date
from typing import Literal, get_args
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.text import Language

Stage = Literal["prospect", "live"]
Grade = Literal["key", "normal", "small"]
ProspectClass = Literal["A", "B", "C"]
ContactRole = Literal["orders", "documents", "payment"]
Role = Literal["merchandiser", "clerk", "planner", "buyer", "qc", "docs", "logistics", "warehouse", "finance", "manager", "admin"]
ROLES: frozenset[Role] = frozenset(get_args(Role))


class ContactPersonal(Contract):
    """Who a contact is; sealed inside events."""

    name: str
    salutation: str | None = None
    email: str | None = None
    cc: tuple[str, ...] = ()
    phone: str | None = None


class StaffPersonal(Contract):
    """Who a member of staff is; sealed inside events."""

    name: str
    email: str
    phone: str | None = None


class CustomerFacts(Contract):
    """What other services may know of a customer: no contact data."""

    customer_id: UUID
    code: str
    name: str
    country: str = Field(description="ISO 3166-1 alpha-2")
    language: Language
    time_zone: str = Field(description="IANA zone")
    grade: Grade
    prospect_class: ProspectClass | None = Field(description="for prospects only; a live customer has none")
    owner: str = Field(description="login of the one member of staff who owns the customer")
    stage: Stage = Field(default="live", description="a prospect has not ordered yet")


class CustomerCreated(Event, type="customers.customer.created.v1"):
    """A new customer, with his first owner."""

    customer: CustomerFacts


class CustomerChanged(Event, type="customers.customer.changed.v1"):
    """The customer's file was edited: the customer as it is now. A new owner is `OwnerTransferred`."""

    customer: CustomerFacts


class OwnerTransferred(Event, type="customers.owner.transferred.v1"):
    """The customer has another owner from now on."""

    customer_id: UUID
    code: str
    before: str = Field(description="login of the owner until now")
    after: str = Field(description="login of the owner from now on")


class ContactFacts(Contract):
    """A contact as other services know him; who he is, is sealed."""

    contact_id: UUID
    customer_id: UUID
    roles: tuple[ContactRole, ...]
    language: Language
    time_zone: str
    country: str
    has_email: bool
    active: bool = True
    personal: str = Field(description="sealed ContactPersonal")


class ContactAdded(Event, type="customers.contact.added.v1"):
    """A new contact of a customer."""

    contact: ContactFacts


class ContactChanged(Event, type="customers.contact.changed.v1"):
    """A contact was edited: the contact as it is now; `active` false is a contact who has left."""

    contact: ContactFacts


class Deputy(Contract):
    """Stands in for a colleague from `first` to `last`, both included."""

    login: str
    first: date
    last: date


class StaffChanged(Event, type="customers.staff.changed.v1"):
    """A member of staff as he is now, also when new."""

    staff_id: UUID
    login: str
    department: str
    team: str | None
    manager: str | None
    deputies: tuple[Deputy, ...]
    language: Language
    time_zone: str
    roles: tuple[Role, ...]
    active: bool = True
    personal: str = Field(description="sealed StaffPersonal")
