"""The table of contacts. Commands hold the customer's row."""

from uuid import UUID

from asyncpg import Record

from services.customers.contacts.domain import Contact
from shared.contracts.customers import ContactRole
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.problems import NotFound

_COLUMNS = "id, name, salutation, roles, email, cc, language, time_zone, country, phone, active, revision"

_INSERT = """
INSERT INTO contact (id, customer_id, name, salutation, roles, email, cc, language, time_zone, country, phone, active, revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_UPDATE = """
UPDATE contact SET name = $3, salutation = $4, roles = $5, email = $6, cc = $7, language = $8, time_zone = $9, country = $10,
    phone = $11, active = $12, revision = $13
WHERE id = $1 AND customer_id = $2
"""
_FIND = f"SELECT {_COLUMNS} FROM contact WHERE customer_id = $1 AND id = $2"
_LIST = f"""
SELECT {_COLUMNS} FROM contact
WHERE customer_id = $1 AND ($2::text IS NULL OR $2 = ANY (roles)) AND ($3::boolean IS NULL OR active = $3)
ORDER BY active DESC, name, id LIMIT $4
"""
_COUNT = "SELECT count(*) FROM contact WHERE customer_id = $1"


async def insert(tx: Tx, customer: UUID, contact: Contact) -> None:
    await tx.execute(_INSERT, *_values(customer, contact))


async def update(tx: Tx, customer: UUID, contact: Contact) -> None:
    await tx.execute(_UPDATE, *_values(customer, contact))


async def find(tx: Tx, customer: UUID, contact: UUID) -> Contact:
    """The contact of this customer; `NotFound`."""
    row = await tx.fetchrow(_FIND, customer, contact)
    if row is None:
        raise NotFound(Both(f"the customer has no contact {contact}", f"该客户没有联系人 {contact}"))
    return _contact(row)


async def contacts(tx: Tx, customer: UUID, role: ContactRole | None, active: bool | None, limit: int) -> list[Contact]:
    """The customer's contacts, those who have left last."""
    return [_contact(row) for row in await tx.fetch(_LIST, customer, role, active, limit)]


async def count(tx: Tx, customer: UUID) -> int:
    return int(await tx.fetchval(_COUNT, customer))


def _values(customer: UUID, contact: Contact) -> tuple[object, ...]:
    return (
        contact.id,
        customer,
        contact.name,
        contact.salutation,
        list(contact.roles),
        contact.email,
        list(contact.cc),
        contact.language,
        contact.time_zone,
        contact.country,
        contact.phone,
        contact.active,
        contact.version,
    )


def _contact(row: Record) -> Contact:
    # What the database holds was validated when it came in.
    fields = {name: value for name, value in row.items() if name != "revision"}
    return Contact.model_construct(**{**fields, "roles": tuple(row["roles"]), "cc": tuple(row["cc"])}, version=row["revision"])
