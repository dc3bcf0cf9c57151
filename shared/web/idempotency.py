"""Idempotency-Key: a POST that is sent again is answered again, and done once.

The key's row is written in the command's own transaction, so that the answer is kept exactly if the command
took effect. A second request with the same key waits for the first on that row. After 24 hours housekeeping
forgets it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import asyncpg
from aiohttp import web

from shared.database.pool import Tx
from shared.web.auth import Principal
from shared.web.problems import KeyBusy, KeyReused, Malformed
from shared.web.routes import Route

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

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
        raise Malformed("this address does not take Idempotency-Key", field=HEADER)
    if not _SHAPE.fullmatch(key):
        raise Malformed("8 to 128 visible ASCII characters", field=HEADER)
    return key


def key_of(value: str, principal: Principal, route: Route, request: web.Request, body: bytes) -> Key:
    digest = sha256(b"\n".join((request.raw_path.encode(), request.headers.get("If-Match", "").encode(), body)))
    return Key(principal.login, f"{route.method} {route.path}", value, digest.digest())


async def claim(tx: Tx, key: Key) -> Rendered | None:
    """Take the key, or give the answer it has got already. `KeyReused` for another request, `KeyBusy` when the wait was too long."""
    try:
        taken = await tx.fetchval(
            "INSERT INTO idempotency_key (principal, route, key, body_hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING true",
            key.principal,
            key.route,
            key.key,
            key.digest,
        )
    except asyncpg.LockNotAvailableError:
        raise KeyBusy("ask again in a moment") from None
    if taken:
        return None
    row = await tx.fetchrow(
        "SELECT body_hash, status, headers, answer FROM idempotency_key WHERE principal = $1 AND route = $2 AND key = $3",
        key.principal,
        key.route,
        key.key,
    )
    if row is None:
        raise KeyBusy("ask again in a moment")
    if row["body_hash"] != key.digest:
        raise KeyReused("use a new key for a new request", field=HEADER)
    return Rendered(row["status"], {**row["headers"], REPLAYED: "true"}, row["answer"])


async def store(tx: Tx, key: Key, answer: Rendered) -> None:
    """Keep the answer beside what the command did."""
    await tx.execute(
        "UPDATE idempotency_key SET status = $4, headers = $5, answer = $6 WHERE principal = $1 AND route = $2 AND key = $3",
        key.principal,
        key.route,
        key.key,
        answer.status,
        dict(answer.headers),
        answer.body,
    )
