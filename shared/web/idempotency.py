"""Idempotency-Key: a POST that is sent again is answered again, and done once.

The key's row is written in the command's own transaction, so that the answer is kept exactly if the command
took effect. A second request with the same key waits for the first on that row. After 24 hours housekeeping
forgets it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import asyncpg
from aiohttp import web

from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.problems import Problem
from shared.web.auth import Principal
from shared.web.problems import MOMENT, KeyBusy, KeyReused, Malformed
from shared.web.routes import Route

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

# In one order everywhere, as several are taken at a time.
_CLAIM = """
INSERT INTO idempotency_key (principal, route, key, body_hash)
SELECT n.principal, n.route, n.key, n.body_hash
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) AS n (principal, route, key, body_hash)
ORDER BY n.principal, n.route, n.key
ON CONFLICT DO NOTHING RETURNING principal, route, key
"""
_READ = """
SELECT k.principal, k.route, k.key, k.body_hash, k.status, k.headers, k.answer
FROM idempotency_key k JOIN unnest($1::text[], $2::text[], $3::text[]) AS n (principal, route, key) USING (principal, route, key)
"""
_KEEP = """
UPDATE idempotency_key k SET status = n.status, headers = n.headers, answer = n.answer
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::jsonb[], $6::bytea[])
    AS n (principal, route, key, status, headers, answer)
WHERE k.principal = n.principal AND k.route = n.route AND k.key = n.key
"""
_RELEASE = """
DELETE FROM idempotency_key k USING unnest($1::text[], $2::text[], $3::text[]) AS n (principal, route, key)
WHERE k.principal = n.principal AND k.route = n.route AND k.key = n.key
"""

_SHAPE = re.compile(r"[\x21-\x7e]{8,128}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer as bytes: what is sent, and what is stored for the next time."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """`digest` covers the address and the body: the same key with another order in the path is another request."""

    principal: str
    route: str
    key: str
    digest: bytes


def header_of(request: web.Request, route: Route) -> str | None:
    """The header's value; `Malformed` when it has no fit shape, or when the route could not keep its promise."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not route.takes_key:
        raise Malformed(Both("this address does not take Idempotency-Key", "该地址不接受 Idempotency-Key"), field=HEADER)
    if not _SHAPE.fullmatch(key):
        raise Malformed(Both("8 to 128 visible ASCII characters", "须为 8 至 128 个可见 ASCII 字符"), field=HEADER)
    return key


def key_of(value: str, principal: Principal, route: Route, request: web.Request, body: bytes) -> Key:
    digest = sha256(b"\n".join((request.raw_path.encode(), request.headers.get("If-Match", "").encode(), body)))
    return Key(principal.login, f"{route.method} {route.path}", value, digest.digest())


async def claim(tx: Tx, keys: Sequence[Key]) -> dict[Key, Rendered | Problem]:
    """Take the keys. Those that were taken before: with the answer they have got already, or `KeyReused` for another request.

    Raises `KeyBusy` when the wait for another request with such a key was too long.
    """
    if not keys:
        return {}
    try:
        taken = await tx.fetch(_CLAIM, *_names(keys), [key.digest for key in keys])
    except asyncpg.LockNotAvailableError:
        raise KeyBusy(MOMENT) from None
    if len(taken) == len(keys):
        return {}
    mine = {(row["principal"], row["route"], row["key"]) for row in taken}
    before = [key for key in keys if (key.principal, key.route, key.key) not in mine]
    rows = await tx.fetch(_READ, *_names(before))
    found = {(row["principal"], row["route"], row["key"]): row for row in rows}
    return {key: _answered(key, found.get((key.principal, key.route, key.key))) for key in before}


def _answered(key: Key, row: asyncpg.Record | None) -> Rendered | Problem:
    if row is None:
        return KeyBusy(MOMENT)
    if row["body_hash"] != key.digest:
        return KeyReused(Both("use a new key for a new request", "新请求请使用新的 Idempotency-Key"), field=HEADER)
    return Rendered(row["status"], {**row["headers"], REPLAYED: "true"}, row["answer"])


async def keep(tx: Tx, answers: Mapping[Key, Rendered]) -> None:
    """Keep the answers beside what the commands did."""
    if answers:
        rendered = answers.values()
        columns = [one.status for one in rendered], [dict(one.headers) for one in rendered], [one.body for one in rendered]
        await tx.execute(_KEEP, *_names(answers), *columns)


async def release(tx: Tx, keys: Sequence[Key]) -> None:
    """Let go of keys that were claimed, as their commands did nothing."""
    if keys:
        await tx.execute(_RELEASE, *_names(keys))


def _names(keys: Iterable[Key]) -> tuple[list[str], list[str], list[str]]:
    keys = list(keys)
    return [key.principal for key in keys], [key.route for key in keys], [key.key for key in keys]
