"""Numbered SQL migrations: each applied once, never changed afterwards, by one process at a time."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from pydantic import SecretStr

from shared.database.pool import Tx

PLATFORM = Path(__file__).parent / "migrations"
NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
NO_TRANSACTION = "-- no-transaction"
LOCK = 0x67656E64
LOCK_WAIT = "60s"
"""How long a second `migrate` waits for the first."""
PARTITIONED = ("record",)
MONTHS_AHEAD = 3

log = structlog.get_logger()


class Drifted(Exception):
    """A migration that was applied has another text now, or is gone: the database is not what the files say."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `name` is `platform/0001_platform.sql` or `<service>/0001_first.sql`."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def in_transaction(self) -> bool:
        return not self.text.startswith(NO_TRANSACTION)


async def migrate(url: SecretStr, service: str, folder: Path) -> list[str]:
    """Apply what is missing, platform first, as the migrator role; the names applied.

    Raises Drifted when an applied file has changed. A file that starts with `-- no-transaction` runs outside one and holds one statement.
    """
    connection = await asyncpg.connect(url.get_secret_value(), timeout=10, server_settings={"lock_timeout": "5s", "timezone": "UTC"})
    try:
        await _lock(connection)
        await _prepare(connection, service)
        applied = await _applied(connection)
        wanted = migrations(service, folder)
        _refuse_drift(applied, wanted)
        names = [migration.name for migration in wanted if migration.name not in applied]
        for migration in wanted:
            if migration.name in names:
                await _apply(connection, migration)
                log.info("migration.applied", service=service, migration=migration.name)
        for table in PARTITIONED:
            await connection.execute("SELECT make_partitions($1::text::regclass, $2)", table, MONTHS_AHEAD)
        return names
    finally:
        await connection.close(timeout=5)


def migrations(service: str, folder: Path) -> list[Migration]:
    """The platform's and the service's files in order; ValueError for a misnamed file or a number used twice."""
    return [*_in_folder("platform", PLATFORM), *_in_folder(service, folder)]


def expected(service: str, folder: Path) -> dict[str, str]:
    """SHA-256 of every migration this code needs, by name."""
    return {migration.name: migration.sha256 for migration in migrations(service, folder)}


async def missing(tx: Tx, service: str, folder: Path) -> list[str]:
    """Migrations this code needs and the database lacks: not ready while there are any. May be asked as the runtime role."""
    try:
        applied = await _applied(tx)
    except asyncpg.UndefinedTableError:
        applied = {}
    return [name for name, sha256 in expected(service, folder).items() if applied.get(name) != sha256]


def _in_folder(prefix: str, folder: Path) -> list[Migration]:
    found: dict[str, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        if not NAME.fullmatch(path.name):
            raise ValueError(f"{path.name}: a migration is named 0001_what_it_does.sql")
        if path.name[:4] in found:
            raise ValueError(f"{prefix}: two migrations are numbered {path.name[:4]}")
        found[path.name[:4]] = Migration(f"{prefix}/{path.name}", path.read_text())
    return list(found.values())


async def _lock(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # The session's lock goes with the connection, also when the process is killed.
    await connection.execute(f"SET lock_timeout = '{LOCK_WAIT}'")
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    await connection.execute("SET lock_timeout = '5s'")


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]", service: str) -> None:
    """Names the runtime role to the migrations and makes the ledger. What tables come later the runtime role may use, not change."""
    runtime = f"{service}_runtime"
    await connection.execute("SELECT set_config('gendan.runtime', $1, false)", runtime)
    await connection.execute(f"""
        GRANT USAGE ON SCHEMA public TO {runtime};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {runtime};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {runtime};
        CREATE TABLE IF NOT EXISTS migration (
            name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
        );
        REVOKE INSERT, UPDATE, DELETE ON migration FROM {runtime};
    """)


async def _applied(connection: Any) -> dict[str, str]:
    return {row["name"]: row["sha256"] for row in await connection.fetch("SELECT name, sha256 FROM migration")}


def _refuse_drift(applied: dict[str, str], wanted: list[Migration]) -> None:
    files = {migration.name: migration.sha256 for migration in wanted}
    # A name that only the ledger knows was applied by a newer release, which has changed none of ours.
    changed = [name for name, sha256 in applied.items() if files.get(name, sha256) != sha256]
    if changed:
        raise Drifted(f"changed since it was applied: {', '.join(sorted(changed))}")


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    ledger = "INSERT INTO migration (name, sha256) VALUES ($1, $2)"
    if not migration.in_transaction:
        await connection.execute(migration.text)
        await connection.execute(ledger, migration.name, migration.sha256)
        return
    async with connection.transaction():
        await connection.execute(migration.text)
        await connection.execute(ledger, migration.name, migration.sha256)
