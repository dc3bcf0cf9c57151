"""The schemas of the projections: the live one, and the one that a rebuild makes beside it."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from services.reporting.projections.store import LIVE
from shared.database.pool import Tx

NEXT = "projection_next"
OLD = "projection_old"
MARK = "_projection"
"""Migrations with this in their names shape the projections; a rebuild runs them, in order, on its new schema."""

_CLAIM = "SELECT pg_try_advisory_lock(hashtext('reporting.rebuild'))"
_LOCK_WAIT = 5
_ATTEMPTS = 60

_INDEXES = """
SELECT format('ALTER TABLE %I.%I DROP CONSTRAINT %I', $1::text, c.relname, k.conname) AS gone,
       format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', $1::text, c.relname, k.conname, pg_get_constraintdef(k.oid)) AS made
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = $1::text::regnamespace AND k.contype = 'p'
UNION ALL
SELECT format('DROP INDEX %I.%I', $1::text, i.indexname), i.indexdef
FROM pg_indexes i WHERE i.schemaname = $1 AND NOT EXISTS (
    SELECT FROM pg_constraint k WHERE k.conname = i.indexname AND k.connamespace = $1::text::regnamespace)
"""


async def claim(connection: Tx) -> bool:
    """Whether this session may rebuild; it keeps the right until it ends."""
    return bool(await connection.fetchval(_CLAIM))


def statements(migrations: Path) -> list[str]:
    """What makes the projections, in order."""
    return [file.read_text() for file in sorted(migrations.glob(f"[0-9]*{MARK}*.sql"))]


async def make_next(connection: Tx, shape: Sequence[str]) -> None:
    """An empty new schema, with what a rebuild that died left behind removed."""
    async with connection.transaction():
        await connection.execute(f"DROP SCHEMA IF EXISTS {NEXT} CASCADE")
        await connection.execute(f"CREATE SCHEMA {NEXT}")
        await connection.execute(f"GRANT USAGE ON SCHEMA {NEXT} TO reporting_runtime")
        await connection.execute("SELECT set_config('gendan.projection', $1, true)", NEXT)
        for statement in shape:
            await connection.execute(statement)


async def drop_indexes(connection: Tx) -> list[str]:
    """The new schema without its indexes, for filling; the statements that make them again."""
    async with connection.transaction():
        rows = await connection.fetch(_INDEXES, NEXT)
        for row in rows:
            await connection.execute(row["gone"])
    return [row["made"] for row in rows]


async def analyze_next(connection: Tx) -> None:
    """Fresh statistics, so that the first reports after the swap are planned well."""
    tables = await connection.fetch("SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1", NEXT)
    await connection.execute("ANALYZE " + ", ".join(row["name"] for row in tables))


async def swap(tx: Tx) -> None:
    """The new schema takes the live name. Statements that the running service has prepared are planned anew by the server."""
    await tx.execute(f"ALTER SCHEMA {LIVE} RENAME TO {OLD}")
    await tx.execute(f"ALTER SCHEMA {NEXT} RENAME TO {LIVE}")


async def drop_old(connection: Tx) -> None:
    """What a swap put aside, once nobody reads it any more; asyncpg.LockNotAvailableError when somebody goes on for minutes."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with connection.transaction():
                await connection.execute("SELECT set_config('lock_timeout', $1, true)", f"{_LOCK_WAIT}s")
                await connection.execute(f"DROP SCHEMA IF EXISTS {OLD} CASCADE")
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if attempt == _ATTEMPTS:
                raise
