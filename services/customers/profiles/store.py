"""The tables of customers and of the history of their owners."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.customers.profiles.domain import Customer
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.problems import NotFound

_COLUMNS = "id, code, name, country, language, time_zone, grade, stage, prospect_class, owner, revision"

_INSERT = """
INSERT INTO customer (id, code, name, country, language, time_zone, grade, stage, prospect_class, owner, version, revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, 1)
ON CONFLICT (lower(code)) DO NOTHING
RETURNING id
"""
_HOLDER = """
SELECT customer.code, customer.owner, staff.name AS owner_name FROM customer JOIN staff ON staff.login = customer.owner
WHERE lower(customer.code) = lower($1)
"""
_FIND = f"SELECT {_COLUMNS} FROM customer WHERE lower(code) = lower($1) AND ($2::text[] IS NULL OR owner = ANY ($2))"
_LOCK = f"""
SELECT {_COLUMNS}, version FROM customer WHERE lower(code) = lower($1) AND ($2::text[] IS NULL OR owner = ANY ($2)) FOR UPDATE
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM customer
WHERE ($1::text[] IS NULL OR owner = ANY ($1))
  AND ($2::text IS NULL OR owner = $2)
  AND ($3::text IS NULL OR grade = $3)
  AND ($4::text IS NULL OR stage = $4)
  AND ($5::text IS NULL OR prospect_class = $5)
  AND ($6::text IS NULL OR country = $6)
  AND ($7::text IS NULL OR code ILIKE $7 OR name ILIKE $7
       OR EXISTS (SELECT FROM contact WHERE contact.customer_id = customer.id AND contact.name ILIKE $7))
  AND ($8::text IS NULL OR lower(code) > lower($8))
ORDER BY lower(code) LIMIT $9
"""
_SAVE = """
UPDATE customer SET name = $2, country = $3, language = $4, time_zone = $5, grade = $6, stage = $7, prospect_class = $8, owner = $9,
    version = $10, revision = $10
WHERE id = $1
"""
_TOLD = "UPDATE customer SET version = $2 WHERE id = $1"
_BEGIN_OWNERSHIP = "INSERT INTO ownership (customer_id, owner, period, assigned_by) VALUES ($1, $2, tstzrange($3, NULL), $4)"
_OWNED_SINCE = "SELECT lower(period) FROM ownership WHERE customer_id = $1 AND upper_inf(period)"
_END_OWNERSHIP = "UPDATE ownership SET period = tstzrange(lower(period), $2) WHERE customer_id = $1 AND upper_inf(period)"
_OWNERSHIPS = """
SELECT owner, lower(period) AS since, upper(period) AS until, assigned_by FROM ownership
WHERE customer_id = $1 ORDER BY since DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """A customer whose row is held; `told` is the number of events he has told."""

    customer: Customer
    told: int


@dataclass(frozen=True, slots=True)
class Holder:
    """The customer that has a code, and his owner."""

    code: str
    owner: str
    owner_name: str


async def insert(tx: Tx, customer: Customer) -> bool:
    """Add the customer at version 1; False when the code is taken."""
    return (
        await tx.fetchval(
            _INSERT,
            customer.id,
            customer.code,
            customer.name,
            customer.country,
            customer.language,
            customer.time_zone,
            customer.grade,
            customer.stage,
            customer.prospect_class,
            customer.owner,
        )
        is not None
    )


async def holder(tx: Tx, code: str) -> Holder:
    """Who has `code`, which is taken."""
    return Holder(**_present(await tx.fetchrow(_HOLDER, code), code))


async def find(tx: Tx, code: str, sight: Collection[str] | None) -> Customer:
    """The customer with this code among those of the owners in `sight` (None: all); `NotFound`."""
    return _customer(_present(await tx.fetchrow(_FIND, code, sight), code))


async def lock(tx: Tx, code: str, sight: Collection[str] | None) -> Locked:
    """As `find`, and hold the row: every command on the customer or his contacts does."""
    row = _present(await tx.fetchrow(_LOCK, code, sight), code)
    return Locked(_customer(row), row["version"])


async def page(
    tx: Tx,
    *,
    sight: Collection[str] | None,
    owner: str | None,
    grade: str | None,
    stage: str | None,
    prospect_class: str | None,
    country: str | None,
    like: str | None,
    after: str | None,
    limit: int,
) -> list[Customer]:
    """The first `limit` customers behind the code `after`, by code. `like` is an ILIKE pattern over code, name and contacts' names."""
    rows = await tx.fetch(_PAGE, sight, owner, grade, stage, prospect_class, country, like, after, limit)
    return [_customer(row) for row in rows]


async def save(tx: Tx, customer: Customer) -> None:
    """Update the file and the owner; the customer's version is the number of events told by now."""
    await tx.execute(
        _SAVE,
        customer.id,
        customer.name,
        customer.country,
        customer.language,
        customer.time_zone,
        customer.grade,
        customer.stage,
        customer.prospect_class,
        customer.owner,
        customer.version,
    )


async def told(tx: Tx, customer: UUID, version: int) -> None:
    """The customer has told `version` events by now, none of them about his file."""
    await tx.execute(_TOLD, customer, version)


async def begin_ownership(tx: Tx, customer: UUID, owner: str, since: datetime, assigned_by: str) -> None:
    await tx.execute(_BEGIN_OWNERSHIP, customer, owner, since, assigned_by)


async def owned_since(tx: Tx, customer: UUID) -> datetime:
    since: datetime = await tx.fetchval(_OWNED_SINCE, customer)
    return since


async def end_ownership(tx: Tx, customer: UUID, until: datetime) -> None:
    await tx.execute(_END_OWNERSHIP, customer, until)


async def ownerships(tx: Tx, customer: UUID, limit: int) -> list[Mapping[str, Any]]:
    """owner, since, until (None: now), assigned_by; the newest first."""
    return [dict(row) for row in await tx.fetch(_OWNERSHIPS, customer, limit)]


def _present(row: Record | None, code: str) -> Record:
    if row is None:
        raise NotFound(Both(f"there is no customer {code}, or it is not yours", f"没有客户 {code}，或不归您负责"))
    return row


def _customer(row: Record) -> Customer:
    # What the database holds was validated when it came in; a zone dropped from a newer tzdata must not hide a customer.
    fields = {name: value for name, value in row.items() if name not in ("revision", "version")}
    return Customer.model_construct(**fields, version=row["revision"])
