"""Copies of a migrated database that serve one test after the other: what a test wrote is taken out again.

To make a copy, to connect to it and to drop it takes longer than most tests.
"""

from dataclasses import dataclass

import asyncpg

from shared.database.pool import Database
from shared.problems import Unavailable

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relname <> 'migration'
GROUP BY c.oid, n.nspname, c.relname
"""
_RESTORE = """
CREATE FUNCTION at_first.restore() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica SET lock_timeout = '2s' AS $$
BEGIN
{statements}
PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""
_EMPTIED = "IF EXISTS (SELECT FROM {name}) THEN DELETE FROM {name}; END IF;"
_AS_AT_FIRST = "DELETE FROM {name}; INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM at_first.{kept};"
_CATALOGUE = " UNION ALL ".join(
    f"SELECT count(*) AS rows, max(xmin::text::bigint) AS newest FROM {table}"
    for table in ("pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_trigger", "pg_proc", "pg_namespace")
)
_SOMEBODY = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    AND (application_name <> $1 OR state <> 'idle')
) OR EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""


@dataclass(frozen=True)
class Copy:
    """A copy and a pool of the service's runtime role on it."""

    name: str
    database: Database
    application: str
    _owner: "asyncpg.Connection[asyncpg.Record]"
    _catalogue: list[asyncpg.Record]

    @classmethod
    async def of(cls, name: str, database: Database, application: str, owner: "asyncpg.Connection[asyncpg.Record]") -> "Copy":
        """Remembers what is there; `owner` is a connection of the superuser, the copy's own from now on."""
        await owner.execute("CREATE SCHEMA at_first")
        statements = []
        for number, (table, columns) in enumerate(await owner.fetch(_TABLES)):
            if await owner.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                await owner.execute(f"CREATE TABLE at_first.t{number} AS TABLE {table}")
                statements.append(_AS_AT_FIRST.format(name=table, columns=columns, kept=f"t{number}"))
            else:
                statements.append(_EMPTIED.format(name=table))
        await owner.execute(_RESTORE.format(statements="\n".join(statements)))
        return cls(name, database, application, owner, await owner.fetch(_CATALOGUE))

    async def restored(self) -> bool:
        """Takes out what was written. Not so, and of no more use, where tables were changed or somebody is still at work."""
        try:
            await self.database.ping()
            if await self._owner.fetchval(_SOMEBODY, self.application) or await self._owner.fetch(_CATALOGUE) != self._catalogue:
                return False
            await self._owner.execute("SELECT at_first.restore()")
        except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        self.database.after_commit.clear()
        return True

    async def close(self) -> None:
        await self.database.close()
        await self._owner.close(timeout=10)
