"""SQL of the copy of customers and staff, and whose customers somebody sees."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from shared.contracts.customers import CustomerFacts, OwnerTransferred, StaffChanged
from shared.database.pool import Tx
from shared.directory.domain import Absence, away
from shared.messaging.rewinding import Lost


class Viewer(Protocol):
    """Who asks: the principal of a call."""

    @property
    def login(self) -> str: ...
    @property
    def roles(self) -> Collection[str]: ...


SEES_ALL = frozenset({"manager", "admin", "planner", "buyer", "qc", "docs", "logistics", "warehouse", "finance"})
"""Roles that work on every customer's orders: managers, and the departments that make, inspect, ship and bill the goods. The others see
their own customers' and those they stand in for."""

_SAVE_CUSTOMERS = """
INSERT INTO known_customer (id, code, name, country, language, time_zone, grade, owner)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, country = excluded.country, language = excluded.language,
    time_zone = excluded.time_zone, grade = excluded.grade, owner = excluded.owner
"""
_SAVE_STAFF = """
INSERT INTO known_staff (login, id, department, team, manager, deputies, language, time_zone, roles, active, personal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE SET login = excluded.login, department = excluded.department, team = excluded.team, manager = excluded.manager,
    deputies = excluded.deputies, language = excluded.language, time_zone = excluded.time_zone, roles = excluded.roles,
    active = excluded.active, personal = excluded.personal
"""
_TRANSFER = """
UPDATE known_customer SET owner = moved.owner FROM unnest($1::uuid[], $2::text[]) AS moved (id, owner) WHERE known_customer.id = moved.id
"""
# Dates are ISO texts in the document, and compare as texts. Which day it is where the absent one lives is decided outside.
_STANDS_IN_FOR = """
SELECT viewer.login AS viewer, absent.login, absent.time_zone, absent.first, absent.last
FROM unnest($1::text[]) AS viewer (login) CROSS JOIN LATERAL (
    SELECT s.login, s.time_zone, deputy->>'first' AS first, deputy->>'last' AS last
    FROM known_staff s, jsonb_array_elements(s.deputies) AS deputy
    WHERE s.deputies @> jsonb_build_array(jsonb_build_object('login', viewer.login))
      AND deputy->>'login' = viewer.login AND deputy->>'first' <= $3::text AND deputy->>'last' >= $2::text
    ORDER BY s.login LIMIT 200
) AS absent
"""
_DEPARTMENT = "SELECT department FROM known_staff WHERE login = $1 AND active"

_FREE_CODES = "UPDATE known_customer SET code = code || ' ' || id WHERE id = ANY($1::uuid[])"
_FORGET_STAFF = "DELETE FROM known_staff WHERE id = ANY($1::uuid[])"


async def save_customers(tx: Tx, customers: Sequence[CustomerFacts]) -> None:
    """The customers as they are now; of several versions of one the last counts."""
    latest = {facts.customer_id: facts for facts in customers}
    rows = [(c.customer_id, c.code, c.name, c.country, c.language, c.time_zone, c.grade, c.owner) for c in latest.values()]
    if rows:
        await tx.execute(_SAVE_CUSTOMERS, *map(list, zip(*rows, strict=True)))


async def transfer(tx: Tx, transfers: Sequence[OwnerTransferred]) -> None:
    latest = {moved.customer_id: moved.after for moved in transfers}
    await tx.execute(_TRANSFER, list(latest), list(latest.values()))


async def save_staff(tx: Tx, staff: Sequence[StaffChanged]) -> None:
    latest = {member.staff_id: member for member in staff}
    await tx.executemany(_SAVE_STAFF, [_staff_row(member) for member in latest.values()])


async def forget(tx: Tx, lost: Lost) -> None:
    """Customers and staff that customers does not know any more: orders of theirs stand, but their code and login are free again."""
    if lost.publisher == "customers":
        await tx.execute(_FREE_CODES, lost.gone)
        await tx.execute(_FORGET_STAFF, lost.gone)


async def owners_seen(tx: Tx, principal: Viewer, now: datetime) -> list[str] | None:
    """Logins whose customers the principal sees: None for all, else his own and those he stands in for.

    A deputy's days are those of the one who is away, in his time zone, as the customers service counts them.
    """
    [owners] = await sights(tx, [principal], now)
    return owners


async def sights(tx: Tx, principals: Sequence[Viewer], now: datetime) -> list[list[str] | None]:
    """As `owners_seen`, for several principals, in their order."""
    limited = [not SEES_ALL.intersection(one.roles) for one in principals]
    absent = await _absent(tx, {one.login for one, some in zip(principals, limited, strict=True) if some}, now)
    return [[one.login, *absent.get(one.login, ())] if some else None for one, some in zip(principals, limited, strict=True)]


async def department_of(tx: Tx, login: str) -> str | None:
    """The department of active staff."""
    department: str | None = await tx.fetchval(_DEPARTMENT, login)
    return department


async def stands_in_for(tx: Tx, login: str, now: datetime) -> list[str]:
    """The absent colleagues whose deputy `login` is now."""
    return (await _absent(tx, {login}, now)).get(login, [])


async def _absent(tx: Tx, deputies: Collection[str], now: datetime) -> dict[str, list[str]]:
    """By deputy those for whom he stands in now."""
    if not deputies:
        return {}
    yesterday, tomorrow = ((now + timedelta(days=days)).date().isoformat() for days in (-1, 1))
    found: dict[str, list[Absence]] = {}
    for row in await tx.fetch(_STANDS_IN_FOR, list(deputies), yesterday, tomorrow):
        absence = Absence(row["login"], row["time_zone"], date.fromisoformat(row["first"]), date.fromisoformat(row["last"]))
        found.setdefault(row["viewer"], []).append(absence)
    return {deputy: away(absences, now) for deputy, absences in found.items()}


def _staff_row(member: StaffChanged) -> tuple[Any, ...]:
    deputies = [deputy.model_dump(mode="json") for deputy in member.deputies]
    return (
        member.login,
        member.staff_id,
        member.department,
        member.team,
        member.manager,
        deputies,
        member.language,
        member.time_zone,
        list(member.roles),
        member.active,
        member.personal,
    )
