"""SQL of backups and restores: what a database holds at one moment, and databases made beside those in use and put in their place."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg

from deploy.postgres import bootstrap
from deploy.postgres.bootstrap import Passwords

NEXT, BEFORE = "next", "before"
"""Ends of the names of databases that are being made, and of those put aside."""

_MOMENT = """
SELECT pg_export_snapshot() AS snapshot, clock_timestamp() AS taken_at, (SELECT coalesce(max(position), 0) FROM record) AS position,
       coalesce((SELECT number FROM epoch WHERE publisher = $1), 1) AS epoch
"""
# What is older the listeners have taken long ago, or wait for with a reason.
_JUST_TOLD = """
SELECT aggregate, max(sequence) AS last FROM record WHERE recorded_at > now() - interval '15 minutes' GROUP BY aggregate
"""
_BEHIND = """
SELECT EXISTS (
    SELECT FROM unnest($2::uuid[], $3::bigint[]) AS told (aggregate, last)
    LEFT JOIN consumed c ON c.publisher = $1 AND c.aggregate = told.aggregate
    WHERE coalesce(c.last_sequence, 0) < told.last)
"""
_EPOCH = "SELECT coalesce((SELECT number FROM epoch WHERE publisher = $1), 1)"
_EXISTS = "SELECT true FROM pg_database WHERE datname = $1"
_STATEMENT = "SELECT format($1, VARIADIC $2::text[])"
_DROP = "DROP DATABASE IF EXISTS %I WITH (FORCE)"
_CLONE = "CREATE DATABASE %I TEMPLATE %I OWNER %I"
_RENAME = "ALTER DATABASE %I RENAME TO %I"


async def moment(tx: "asyncpg.Connection[asyncpg.Record]", service: str) -> tuple[Mapping[str, Any], dict[UUID, int], dict[str, str]]:
    """In a repeatable-read transaction: its snapshot with how far the record is; what was told last, by aggregate; the migrations."""
    row = dict(await tx.fetchrow(_MOMENT, service) or {})
    told = {one["aggregate"]: one["last"] for one in await tx.fetch(_JUST_TOLD)}
    return row, told, await _migrations(tx)


async def migrations(database_url: str) -> dict[str, str]:
    """The SHA-256 of each migration that database had; UndefinedTableError for one that is no service's."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        return await _migrations(connection)
    finally:
        await connection.close(timeout=10)


async def behind(tx: "asyncpg.Connection[asyncpg.Record]", publisher: str, told: Mapping[UUID, int]) -> bool:
    """Whether a listener has yet to take something of that."""
    found: bool = await tx.fetchval(_BEHIND, publisher, list(told), list(told.values()))
    return found


async def epoch(database_url: str, publisher: str) -> int:
    """The publisher's epoch as that database knows it; 1 also for a database that is away or older than epochs."""
    try:
        connection = await asyncpg.connect(database_url, timeout=10)
    except asyncpg.InvalidCatalogNameError:
        return 1
    try:
        number: int = await connection.fetchval(_EPOCH, publisher)
        return number
    except asyncpg.UndefinedTableError:
        return 1
    finally:
        await connection.close(timeout=10)


async def make_next(admin_url: str, service: str, passwords: Passwords, *, empty: bool) -> str:
    """A database beside the service's own, empty or as that is now; its name. What an interrupted restore left is removed."""
    name = f"{service}_{NEXT}"
    await _run(admin_url, (_DROP, name))
    if not empty:
        await _run(admin_url, (_CLONE, name, service, f"{service}_migrator"))
    await bootstrap.ensure(admin_url, service, passwords, name)
    return name


async def swap(admin_url: str, services: Iterable[str]) -> None:
    """The new databases take the places of those in use, which are put aside: all or none."""
    admin = await asyncpg.connect(admin_url, timeout=10, command_timeout=60)
    try:
        async with admin.transaction():
            for service in services:
                if await admin.fetchval(_EXISTS, service):
                    await admin.execute(await admin.fetchval(_STATEMENT, _RENAME, [service, f"{service}_{BEFORE}"]))
                await admin.execute(await admin.fetchval(_STATEMENT, _RENAME, [f"{service}_{NEXT}", service]))
    finally:
        await admin.close(timeout=10)


async def drop(admin_url: str, services: Iterable[str], end: str) -> None:
    """Remove the databases of that end."""
    await _run(admin_url, *((_DROP, f"{service}_{end}") for service in services))


async def _migrations(tx: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    return {one["name"]: one["sha256"] for one in await tx.fetch("SELECT name, sha256 FROM migration")}


async def _run(admin_url: str, *statements: tuple[str, ...]) -> None:
    admin = await asyncpg.connect(admin_url, timeout=10, command_timeout=3600)
    try:
        for statement, *names in statements:
            await admin.execute(await admin.fetchval(_STATEMENT, statement, names))
    finally:
        await admin.close(timeout=10)
