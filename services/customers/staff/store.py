"""The staff directory's tables."""

from collections.abc import Iterable
from typing import Any

from services.customers.staff.domain import Member, StandIn, Standing
from shared.contracts.customers import Role
from shared.database.pool import Tx

_COLUMNS = "id, login, name, department, team, manager, language, time_zone, email, phone, roles, active, version"

# Manager and deputies point at other rows: one writer at a time, so that two changes cannot close a circle between them.
_ONE_WRITER = "LOCK TABLE deputy IN SHARE ROW EXCLUSIVE MODE"

_LOCK = f"SELECT {_COLUMNS} FROM staff WHERE login = $1 FOR UPDATE"
_FIND = f"SELECT {_COLUMNS} FROM staff WHERE login = $1"
_PAGE = f"""
SELECT {_COLUMNS} FROM staff
WHERE ($1::text IS NULL OR department = $1)
  AND ($2::text IS NULL OR team = $2)
  AND ($3::text IS NULL OR $3 = ANY (roles))
  AND ($4::boolean IS NULL OR active = $4)
  AND ($5::text IS NULL OR login ILIKE $5 OR name ILIKE $5)
  AND ($6::text IS NULL OR login > $6)
ORDER BY login LIMIT $7
"""
_DEPUTIES = "SELECT principal, login, first, last FROM deputy WHERE principal = ANY ($1::text[]) ORDER BY principal, first, login"
_STANDINGS = """
SELECT deputy.principal, staff.time_zone, deputy.first, deputy.last
FROM deputy JOIN staff ON staff.login = deputy.principal
WHERE deputy.login = $1
"""
_ABOVE = """
WITH RECURSIVE line AS (
    SELECT login, manager, 1 AS height FROM staff WHERE login = $1
    UNION ALL
    SELECT staff.login, staff.manager, line.height + 1 FROM line JOIN staff ON staff.login = line.manager WHERE line.height < 100
)
SELECT login FROM line ORDER BY height
"""
_ACTIVE = "SELECT login FROM staff WHERE login = ANY ($1::text[]) AND active"
# Held until the command ends, so that nobody is made inactive while he is given a customer.
_HOLD_ACTIVE = "SELECT active FROM staff WHERE login = $1 FOR SHARE"
_CUSTOMERS_OWNED = "SELECT count(*) FROM customer WHERE owner = $1"
_SAVE = """
INSERT INTO staff (id, login, name, department, team, manager, language, time_zone, email, phone, roles, active, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, department = excluded.department, team = excluded.team, manager = excluded.manager,
    language = excluded.language, time_zone = excluded.time_zone, email = excluded.email, phone = excluded.phone,
    roles = excluded.roles, active = excluded.active, version = excluded.version
"""
_NO_DEPUTIES = "DELETE FROM deputy WHERE principal = $1"
_ADD_DEPUTY = "INSERT INTO deputy (principal, login, first, last) VALUES ($1, $2, $3, $4)"


async def lock(tx: Tx, login: str) -> Member | None:
    """The member, held with the whole directory against other writers; None when new."""
    await tx.execute(_ONE_WRITER)
    row = await tx.fetchrow(_LOCK, login)
    return None if row is None else (await _members(tx, [row]))[0]


async def find(tx: Tx, login: str) -> Member | None:
    row = await tx.fetchrow(_FIND, login)
    return None if row is None else (await _members(tx, [row]))[0]


async def page(
    tx: Tx,
    *,
    department: str | None,
    team: str | None,
    role: Role | None,
    active: bool | None,
    like: str | None,
    after: str | None,
    limit: int,
) -> list[Member]:
    """The first `limit` members behind the login `after`, by login. `like` is an ILIKE pattern over login and name."""
    return await _members(tx, await tx.fetch(_PAGE, department, team, role, active, like, after, limit))


async def standings(tx: Tx, login: str) -> list[Standing]:
    """Whom `login` was ever appointed to stand in for, and when."""
    return [Standing(*row) for row in await tx.fetch(_STANDINGS, login)]


async def reporting_line(tx: Tx, login: str) -> list[str]:
    """`login`, his manager, and so on upwards; empty when there is no such login."""
    return [row["login"] for row in await tx.fetch(_ABOVE, login)]


async def active_of(tx: Tx, logins: Iterable[str]) -> frozenset[str]:
    """Those of `logins` who are active staff."""
    return frozenset(row["login"] for row in await tx.fetch(_ACTIVE, list(logins)))


async def hold_active(tx: Tx, login: str) -> bool:
    """Whether `login` is active staff; he stays so until the transaction ends."""
    return bool(await tx.fetchval(_HOLD_ACTIVE, login))


async def customers_owned(tx: Tx, login: str) -> int:
    return int(await tx.fetchval(_CUSTOMERS_OWNED, login))


async def save(tx: Tx, member: Member) -> None:
    """Insert or update the member, his deputies included."""
    await tx.execute(
        _SAVE,
        member.id,
        member.login,
        member.name,
        member.department,
        member.team,
        member.manager,
        member.language,
        member.time_zone,
        member.email,
        member.phone,
        list(member.roles),
        member.active,
        member.version,
    )
    await tx.execute(_NO_DEPUTIES, member.login)
    await tx.executemany(_ADD_DEPUTY, [(member.login, one.login, one.first, one.last) for one in member.deputies])


async def _members(tx: Tx, rows: list[Any]) -> list[Member]:
    deputies: dict[str, list[StandIn]] = {}
    for row in await tx.fetch(_DEPUTIES, [row["login"] for row in rows]):
        deputies.setdefault(row["principal"], []).append(StandIn(login=row["login"], first=row["first"], last=row["last"]))
    # What the database holds was validated when it came in; a zone dropped from a newer tzdata must not hide a person.
    return [
        Member.model_construct(**{**row, "roles": tuple(row["roles"]), "deputies": tuple(deputies.get(row["login"], ()))}) for row in rows
    ]
