"""Passwords' hashes, and tries that failed. Tries are on technical time: the database's."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from services.customers.signin.domain import FORGOTTEN_AFTER, Tries
from shared.contracts.customers import Role
from shared.database.pool import Tx

MOST_UNKNOWN = 100_000
REMOVED_AT_ONCE = 100

_ACCOUNT = """
SELECT staff.login, staff.name, staff.roles, staff.active, credential.hash
FROM staff LEFT JOIN credential ON credential.login = staff.login WHERE staff.login = $1
"""
_SET = """
INSERT INTO credential (login, hash) VALUES ($1, $2)
ON CONFLICT (login) DO UPDATE SET hash = excluded.hash, set_at = now()
"""
# Only while it is the hash that was checked: a password set meanwhile stays.
_REHASH = "UPDATE credential SET hash = $3 WHERE login = $1 AND hash = $2"
_AN_ADMIN = """
SELECT EXISTS (SELECT FROM staff JOIN credential ON credential.login = staff.login WHERE staff.active AND 'admin' = ANY (staff.roles))
"""
_FIRST_TRY = """
INSERT INTO sign_in_try (login_digest, known, failures, last_at)
VALUES ($1, EXISTS (SELECT FROM staff WHERE login = $2), 0, clock_timestamp())
ON CONFLICT (login_digest) DO NOTHING RETURNING true
"""
_TRIES = "SELECT failures, last_at, locked_until, clock_timestamp() AS now FROM sign_in_try WHERE login_digest = $1 FOR UPDATE"
_TRIED = "UPDATE sign_in_try SET failures = $2, last_at = $3, locked_until = $4 WHERE login_digest = $1"
_SUCCEEDED = "DELETE FROM sign_in_try WHERE login_digest = $1"
_FORGET = """
DELETE FROM sign_in_try WHERE login_digest IN (
    SELECT login_digest FROM sign_in_try WHERE last_at < clock_timestamp() - $1::interval
    ORDER BY last_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
# Logins that nobody has take a bounded place; the tries of staff are never pushed out.
_PUSH_OUT = """
DELETE FROM sign_in_try WHERE login_digest IN (
    SELECT login_digest FROM sign_in_try WHERE NOT known ORDER BY last_at DESC OFFSET $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff as the sign-in sees him; `hash` is None without a password."""

    login: str
    name: str
    roles: tuple[Role, ...]
    active: bool
    hash: str | None


async def account(tx: Tx, login: str) -> Account | None:
    row = await tx.fetchrow(_ACCOUNT, login)
    return None if row is None else Account(row["login"], row["name"], tuple(row["roles"]), row["active"], row["hash"])


async def set_hash(tx: Tx, login: str, hash: str) -> None:
    """The member's password from now on; earlier failures are forgotten."""
    await tx.execute(_SET, login, hash)
    await tx.execute(_SUCCEEDED, _digest(login))


async def renew_hash(tx: Tx, login: str, checked: str, hash: str) -> None:
    await tx.execute(_REHASH, login, checked, hash)


async def an_admin_can_sign_in(tx: Tx) -> bool:
    return bool(await tx.fetchval(_AN_ADMIN))


async def lock_tries(tx: Tx, login: str) -> tuple[Tries, datetime]:
    """The tries for that login, held, and the time now."""
    if await tx.fetchval(_FIRST_TRY, _digest(login), login):
        await tx.execute(_FORGET, FORGOTTEN_AFTER, REMOVED_AT_ONCE)
        await tx.execute(_PUSH_OUT, MOST_UNKNOWN, REMOVED_AT_ONCE)
    row = await tx.fetchrow(_TRIES, _digest(login))
    if row is None:  # a success removed it just now
        return await lock_tries(tx, login)
    return Tries(row["failures"], row["last_at"], row["locked_until"]), row["now"]


async def tried(tx: Tx, login: str, tries: Tries) -> None:
    await tx.execute(_TRIED, _digest(login), tries.failures, tries.last, tries.locked_until)


async def succeeded(tx: Tx, login: str) -> None:
    await tx.execute(_SUCCEEDED, _digest(login))


def _digest(login: str) -> bytes:
    return sha256(login.encode()).digest()
