"""The databases that tests are given: what one wrote is not there for the next."""

import asyncpg

from shared.ids import new_id
from shared.messaging.record import Facts
from tests.shared.messaging.telling import supplier, tell
from tests.support.databases import Databases

TABLES = "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables WHERE schemaname <> 'at_first' ORDER BY 1"
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"


async def test_a_database_is_lent_as_it_is_at_first(databases: Databases) -> None:
    async with databases.lent("orders") as copy:
        first, before = copy.name, await _held(databases, copy.name)
        await tell(copy.database, Facts(new_id(), 0, [supplier()]))
        async with copy.database.transaction() as tx:
            await tx.execute("UPDATE calendar SET version = version + 1")
        assert await _held(databases, first) != before
    async with databases.lent("orders") as copy:
        assert (copy.name, await _held(databases, first)) == (first, before)


async def test_one_with_other_tables_or_with_somebody_at_work_is_lent_no_more(databases: Databases) -> None:
    async with databases.lent("orders") as changed:
        owner = await asyncpg.connect(databases.migrator_url("orders", changed.name))
        await owner.execute("ALTER TABLE supplier ADD COLUMN colour text")
        await owner.close()
    async with databases.lent("orders") as left:
        assert left.name != changed.name
        somebody = await asyncpg.connect(databases.runtime_url("orders", left.name))
    somebody.terminate()
    async with databases.lent("orders") as fresh:
        assert fresh.name not in {changed.name, left.name}


async def _held(databases: Databases, name: str) -> object:
    owner = await asyncpg.connect(databases.migrator_url("orders", name))
    try:
        tables = [row[0] for row in await owner.fetch(TABLES)]
        rows = {table: [str(row[0]) for row in await owner.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")] for table in tables}
        return rows, await owner.fetch(SEQUENCES)
    finally:
        await owner.close()
