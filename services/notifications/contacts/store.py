"""SQL of contacts and of who signs."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from services.notifications.contacts.domain import Contact, Customer, Member, Owner, deliverable
from shared.contracts.customers import ContactFacts, ContactPersonal, StaffPersonal
from shared.database.pool import Tx
from shared.messaging.personal import CannotUnseal, M, unseal

_SAVE = """
INSERT INTO contact (id, customer_id, roles, language, active, personal) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET roles = excluded.roles, language = excluded.language, active = excluded.active, personal = excluded.personal
"""
_CUSTOMERS = """
SELECT c.id, c.code, c.language, c.time_zone, c.owner, s.id AS staff_id, s.personal AS staff_personal, k.key AS staff_key
FROM known_customer AS c LEFT JOIN known_staff AS s ON s.login = c.owner LEFT JOIN personal_key AS k ON k.aggregate = s.id
WHERE c.id = ANY($1::uuid[])
"""
_STAFF = """
SELECT s.id, s.login, s.language, s.personal, k.key FROM known_staff AS s LEFT JOIN personal_key AS k ON k.aggregate = s.id
WHERE s.login = ANY($1::text[])
"""
_CONTACTS = """
SELECT c.id, c.customer_id, c.roles, c.language, c.active, c.personal, k.key
FROM contact AS c LEFT JOIN personal_key AS k ON k.aggregate = c.customer_id
WHERE c.customer_id = ANY($1::uuid[]) ORDER BY c.id
"""


async def save(tx: Tx, contacts: Sequence[ContactFacts]) -> None:
    """The contacts as they are now; of several versions of one the last counts."""
    latest = {one.contact_id: one for one in contacts}
    await tx.executemany(_SAVE, [(c.contact_id, c.customer_id, list(c.roles), c.language, c.active, c.personal) for c in latest.values()])


async def customers(tx: Tx, wanted: Collection[UUID]) -> dict[UUID, Customer]:
    """The customers with their contacts and owner, personal data opened; customers that are not known are missing."""
    ids = list(wanted)
    contacts: dict[UUID, list[Contact]] = {}
    for row in await tx.fetch(_CONTACTS, ids):
        customer = row["customer_id"]
        personal = _opened(row["key"], customer, row["personal"], ContactPersonal)
        contacts.setdefault(customer, []).append(
            Contact(row["id"], customer, tuple(row["roles"]), row["language"], row["active"], personal)
        )
    rows = await tx.fetch(_CUSTOMERS, ids)
    owners = {row["owner"]: _owner(row) for row in rows}
    return {
        row["id"]: Customer(
            row["id"], row["code"], row["language"], row["time_zone"], owners[row["owner"]], tuple(contacts.get(row["id"], ()))
        )
        for row in rows
    }


async def staff(tx: Tx, logins: Collection[str]) -> dict[str, Member]:
    """Members of staff by their logins, personal data opened; those who are not known are missing."""
    found: dict[str, Member] = {}
    for row in await tx.fetch(_STAFF, list(logins)):
        personal = _opened(row["key"], row["id"], row["personal"], StaffPersonal)
        name, email = (personal.name, deliverable(personal.email)) if personal else (None, None)
        found[row["login"]] = Member(row["id"], row["login"], row["language"], name, email)
    return found


def _owner(row: Any) -> Owner:
    login: str = row["owner"]
    if row["staff_id"] is None:
        return Owner(login)
    personal = _opened(row["staff_key"], row["staff_id"], row["staff_personal"], StaffPersonal)
    return Owner(login, personal.name, personal.email, personal.phone) if personal else Owner(login)


def _opened(key: bytes | None, aggregate: UUID, sealed: str, kind: type[M]) -> M | None:
    """None when the key was destroyed: the person is to be forgotten."""
    if key is None:
        return None
    try:
        return unseal(key, aggregate, sealed, kind)
    except CannotUnseal:
        return None
