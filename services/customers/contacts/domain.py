"""Rules of the people at a customer."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, EmailStr, Field, ValidationInfo, field_validator

from services.customers.contacts.examples import CONTACT
from shared.contracts.customers import ContactFacts, ContactPersonal, ContactRole
from shared.contracts.places import Country, TimeZone
from shared.contracts.text import Both, Language, Line, Phone
from shared.problems import Conflict

MAX_CONTACTS = 200
MAX_COPIES = 10

Address = Annotated[EmailStr, Field(max_length=254)]


class TooManyContacts(Conflict):
    slug = "too-many-contacts"
    title = Both("The customer has as many contacts as can be", "客户联系人数已达上限")


class Entry(BaseModel):
    """A contact as people edit it. Without an e-mail address he is listed, and cannot be told of delays."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [CONTACT]})

    name: Line
    salutation: Line | None = Field(default=None, description="how a letter begins", examples=["Dear Ms Nangolo"])
    roles: tuple[ContactRole, ...] = Field(min_length=1, max_length=3, description="orders: hears of delays")
    email: Address | None = None
    cc: tuple[Address, ...] = Field(default=(), max_length=MAX_COPIES)
    language: Language
    time_zone: TimeZone
    country: Country
    phone: Phone | None = None
    active: bool = Field(default=True, description="false for a contact who has left")

    @field_validator("roles")
    @classmethod
    def _each_once(cls, roles: tuple[ContactRole, ...]) -> tuple[ContactRole, ...]:
        return tuple(sorted(set(roles)))

    @field_validator("cc")
    @classmethod
    def _copies_go_with_an_address(cls, cc: tuple[str, ...], given: ValidationInfo) -> tuple[str, ...]:
        if cc and given.data.get("email", "") is None:
            raise ValueError(
                Both("copies without an e-mail address: give the address that they go with", "有抄送而没有邮箱地址：请填写主送邮箱")
            )
        return cc


class Contact(Entry):
    """A contact of a customer; `version` moves when the contact changes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "019c9a10-3b5e-7a02-8c4d-91f0e6d2b7a8", **CONTACT, "version": 1}]})

    id: UUID
    version: int


def check_room(contacts: int) -> None:
    """`TooManyContacts` when a customer who has `contacts` of them is to get one more."""
    if contacts >= MAX_CONTACTS:
        raise TooManyContacts(Both(f"the customer has {contacts} contacts, as many as can be", f"该客户已有 {contacts} 位联系人，已达上限"))


def changed(contact: Contact, entry: Entry, version: int) -> Contact:
    """The contact with new data; the same object when nothing changes."""
    if contact.model_dump(include=set(Entry.model_fields)) == entry.model_dump():
        return contact
    return Contact(id=contact.id, version=version, **entry.model_dump())


def personal(contact: Contact) -> ContactPersonal:
    return ContactPersonal(name=contact.name, salutation=contact.salutation, email=contact.email, cc=tuple(contact.cc), phone=contact.phone)


def facts(customer: UUID, contact: Contact, sealed: str) -> ContactFacts:
    """What events say of the contact; `sealed` is `personal(contact)` under the customer's key."""
    return ContactFacts(
        contact_id=contact.id,
        customer_id=customer,
        roles=contact.roles,
        language=contact.language,
        time_zone=contact.time_zone,
        country=contact.country,
        has_email=contact.email is not None,
        active=contact.active,
        personal=sealed,
    )
