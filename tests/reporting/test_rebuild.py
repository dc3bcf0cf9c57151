"""A rebuilt projection equals the live one, and the running service does not notice the swap."""

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.reporting.app import MIGRATIONS
from services.reporting.projections import rebuild as module
from services.reporting.projections.rebuild import rebuild
from services.reporting.reports import store
from services.reporting.reports.catalogue import REPORTS
from services.reporting.reports.counts import COUNTS, CountsQuery
from services.reporting.reports.domain import Scope
from shared.clock import SystemClock
from shared.database.pool import Database
from shared.messaging.applying import Applier
from shared.messaging.reading import Message
from shared.messaging.received import Received
from shared.problems import Conflict
from tests.reporting.conftest import Reporting
from tests.reporting.histories import DISPATCH, START, RandomHistory, consume, dump

ROOT = Path(__file__).parents[2]
EVERYTHING = Scope(None, START.date())


def shuffled(told: Sequence[Received[Any]], chance: random.Random) -> list[Received[Any]]:
    """Another order between aggregates, the same within each."""
    queues: dict[Any, list[Received[Any]]] = {}
    for received in told:
        queues.setdefault(received.aggregate, []).append(received)
    order: list[Received[Any]] = []
    while queues:
        aggregate = chance.choice(list(queues))
        order.append(queues[aggregate].pop(0))
        if not queues[aggregate]:
            del queues[aggregate]
    return order


async def consume_in_batches(database: Database, told: Sequence[Received[Any]], chance: random.Random) -> None:
    """Random batches through the real inbox, with deliveries repeated and batches out of order."""
    applier = Applier("reporting-0", 0, database, SystemClock(), DISPATCH, "hold")
    messages = [Message(received.type, received.body, {}, n) for n, received in enumerate(told, 1)]
    batches: list[list[Message]] = []
    position = 0
    while position < len(messages):
        size = chance.randint(1, 25)
        batches.append(messages[max(0, position - chance.randint(0, 5)) : position + size])
        position += size
    for n in range(0, len(batches) - 1, 7):
        batches[n : n + 2] = reversed(batches[n : n + 2])
    for batch in [*batches, messages[: len(messages) // 3]]:
        await applier.apply(batch)


@pytest.mark.parametrize("seed", range(6))
async def test_rebuilt_equals_live(reporting: Reporting, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(module, "BATCH", chance.choice([1, 7, 100]))
    told = shuffled(RandomHistory(seed).tell(250), chance)
    await consume_in_batches(reporting.database, told, chance)
    live = await dump(reporting.database)
    assert sum(len(rows) for rows in live.values()) > 100
    rebuilt = await rebuild(reporting.migrator_url, MIGRATIONS)
    assert rebuilt.events == len(told)
    assert await dump(reporting.database) == live


async def test_batching_does_not_matter(reporting: Reporting) -> None:
    told = RandomHistory(99).tell(300)
    await consume(reporting.database, told)
    at_once = await dump(reporting.database)
    async with reporting.database.transaction() as tx:
        count = await tx.fetchval("SELECT count(*) FROM archive")
    assert count == len(told)
    await rebuild(reporting.migrator_url, MIGRATIONS)
    assert await dump(reporting.database) == at_once


async def test_archive_is_append_only_and_exact(reporting: Reporting) -> None:
    told = RandomHistory(5).tell(20)
    await consume(reporting.database, told)
    async with reporting.database.connection() as connection:
        bodies = [row["body"] for row in await connection.fetch("SELECT body FROM archive ORDER BY position")]
        assert bodies == [received.body for received in told]
        for statement in ("DELETE FROM archive", "UPDATE archive SET type = ''", "TRUNCATE archive"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_running_service_survives_the_swap(reporting: Reporting) -> None:
    """Writers and readers with cached statements go on through two rebuilds; nothing is lost, nothing fails."""
    database = reporting.database
    told = RandomHistory(7).tell(1500)
    shards = [[r for r in told if hash(r.aggregate) % 3 == shard] for shard in range(3)]
    written = asyncio.Event()

    async def write(mine: list[Received[Any]]) -> None:
        for start in range(0, len(mine), 5):
            await consume(database, mine[start : start + 5])
            await asyncio.sleep(0.001)

    async def read() -> int:
        reads = 0
        while not written.is_set():
            async with database.connection() as tx:
                for report in REPORTS.values():
                    await store.page(tx, report, report.query(), EVERYTHING)
            reads += 1
        return reads

    async def rebuild_often() -> int:
        times = 0
        while not written.is_set():
            await rebuild(reporting.migrator_url, MIGRATIONS)
            times += 1
        return times

    async def all_written() -> None:
        try:
            await asyncio.gather(*(write(mine) for mine in shards))
        finally:
            written.set()

    _, reads, rebuilds = await asyncio.gather(all_written(), read(), rebuild_often())
    assert reads > 0
    assert rebuilds >= 2
    live = await dump(database)
    await rebuild(reporting.migrator_url, MIGRATIONS)
    assert await dump(database) == live
    async with database.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM archive") == len(told)
        assert (await store.page(tx, COUNTS, CountsQuery(), EVERYTHING))[0]


async def test_only_one_rebuild_at_a_time(reporting: Reporting) -> None:
    await consume(reporting.database, RandomHistory(3).tell(400))
    outcomes = await asyncio.gather(*(rebuild(reporting.migrator_url, MIGRATIONS) for _ in range(2)), return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) <= 1
    assert all(isinstance(outcome, Conflict | module.Rebuilt) for outcome in outcomes)


async def test_rebuilt_schema_has_the_shape_of_the_migrated_one(reporting: Reporting) -> None:
    shape = """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, c.relacl::text AS rights
        FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE s.nspname = 'projection' AND a.attnum > 0 ORDER BY 1, 2
    """
    async with reporting.database.connection() as connection:
        before = await connection.fetch(shape)
        await rebuild(reporting.migrator_url, MIGRATIONS)
        assert await connection.fetch(shape) == before
        schemas = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'projection%'")
    assert [row["nspname"] for row in schemas] == ["projection"]


async def test_the_command(reporting: Reporting) -> None:
    told = RandomHistory(11).tell(60)
    await consume(reporting.database, told)
    before = await dump(reporting.database)
    settings = {
        "GENDAN_DATABASE_URL": reporting.runtime_url.get_secret_value(),
        "GENDAN_MIGRATOR_URL": reporting.migrator_url.get_secret_value(),
        "GENDAN_JWKS_URL": "http://127.0.0.1:9/jwks.json",
        "GENDAN_ISSUER": "urn:gendan:test",
        "GENDAN_ENVIRONMENT": "test",
    }
    command = [sys.executable, "-m", "services.reporting", "rebuild"]
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **settings}, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, output
    assert b"rebuild.done" in output
    assert await dump(reporting.database) == before
