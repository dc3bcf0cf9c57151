"""SQL of contacts and of who signs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.contacts.domain import Contact, Customer, Member, Owner, Signer, deliverable, signer
from shared.contracts.customers import ContactFacts, ContactPersonal, Deputy, StaffPersonal
from shared.database.pool import Tx
from shared.directory.domain import deputies
from shared.messaging.personal import CannotUnseal, M, unseal

_SAVE = """
INSERT INTO contact (id, customer_id, roles, language, active, personal) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET roles = excluded.roles, language = excluded.language, active = excluded.active, personal = excluded.personal
"""
_CUSTOMERS = """
SELECT c.id AS customer, c.code, c.language, c.time_zone, c.owner AS login, s.id, s.time_zone AS lives_in, s.deputies, s.personal, k.key
FROM known_customer AS c LEFT JOIN known_staff AS s ON s.login = c.owner LEFT JOIN personal_key AS k ON k.aggregate = s.id
WHERE c.id = ANY($1::uuid[])
"""
_STAFF = """
SELECT s.id, s.login, s.language, s.time_zone AS lives_in, s.deputies, s.active, s.personal, k.key
FROM known_staff AS s LEFT JOIN personal_key AS k ON k.aggregate = s.id
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


async def customers(tx: Tx, wanted: Collection[UUID], now: datetime) -> dict[UUID, Customer]:
    """The customers with their contacts, their owner and who signs now, personal data opened; those that are not known are missing."""
    ids = list(wanted)
    contacts: dict[UUID, list[Contact]] = {}
    for row in await tx.fetch(_CONTACTS, ids):
        customer = row["customer_id"]
        personal = _opened(row["key"], customer, row["personal"], ContactPersonal)
        contacts.setdefault(customer, []).append(
            Contact(row["id"], customer, tuple(row["roles"]), row["language"], row["active"], personal)
        )
    rows = await tx.fetch(_CUSTOMERS, ids)
    signed = await _signers(tx, {row["login"]: row for row in rows}, now)
    return {
        (id := row["customer"]): Customer(
            id, row["code"], row["language"], row["time_zone"], signed[row["login"]], tuple(contacts.get(id, ()))
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


async def signers(tx: Tx, logins: Collection[str], now: datetime) -> dict[str, Signer]:
    """Who signs now for each of those members of staff; those who are not known are missing."""
    return await _signers(tx, {row["login"]: row for row in await tx.fetch(_STAFF, list(logins))}, now)


async def _signers(tx: Tx, staff: Mapping[str, Any], now: datetime) -> dict[str, Signer]:
    """By login. Deputies count for a day where the one who is away lives, and while they are at work themselves."""
    appointed = {login: _deputies(row, now) for login, row in staff.items()}
    named = {deputy for some in appointed.values() for deputy in some}
    rows = await tx.fetch(_STAFF, list(named)) if named else ()
    present = {row["login"]: _owner(row) for row in rows if row["active"] and not _deputies(row, now)}
    return {login: signer(_owner(row), [present[one] for one in appointed[login] if one in present]) for login, row in staff.items()}


def _deputies(row: Any, now: datetime) -> list[str]:
    return deputies(map(Deputy.model_validate, row["deputies"]), row["lives_in"], now) if row["deputies"] else []


def _owner(row: Any) -> Owner:
    login: str = row["login"]
    if row["id"] is None:
        return Owner(login)
    personal = _opened(row["key"], row["id"], row["personal"], StaffPersonal)
    return Owner(login, personal.name, personal.email, personal.phone) if personal else Owner(login)


def _opened(key: bytes | None, aggregate: UUID, sealed: str, kind: type[M]) -> M | None:
    """None when the key was destroyed: the person is to be forgotten."""
    if key is None:
        return None
    try:
        return unseal(key, aggregate, sealed, kind)
    except CannotUnseal:
        return None
