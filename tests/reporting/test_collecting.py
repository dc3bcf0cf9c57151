"""The archive from the stream in bulk comes to what the ordinary way comes to, and the ordinary way goes on from there."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from nats.aio.client import Client
from pydantic import SecretStr

from services.reporting.app import MIGRATIONS, SERVICE
from services.reporting.archive import store
from services.reporting.archive.collecting import Collected, Collecting
from services.reporting.projections.rebuild import rebuild
from shared.clock import SystemClock
from shared.contracts.envelope import subject_of
from shared.database.pool import Database, Tx
from shared.messaging import epochs, retained
from shared.messaging.alone import alone
from shared.messaging.bus import Bus
from shared.messaging.leases import Leases
from shared.messaging.received import Received
from shared.messaging.spine import Parts, Spine
from shared.problems import Conflict
from tests.reporting.conftest import Reporting
from tests.reporting.histories import RandomHistory, dump
from tests.reporting.test_rebuild import ROOT, shuffled
from tests.shared.messaging.conftest import Network, eventually, operator
from tests.support.servers import Nats

EPOCH = 2
"""Of orders, in these tests."""
DEADLINE = 60.0


@dataclass(frozen=True)
class Telling:
    """A message as it is put into the stream."""

    subject: str
    body: bytes
    epoch: int = EPOCH

    @classmethod
    def of(cls, event: Received[Any], body: bytes | None = None, epoch: int | None = None) -> "Telling":
        own = EPOCH if event.publisher == "orders" else epochs.FIRST
        return cls(subject_of(event.type, event.aggregate), body or event.body, epoch or own)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retained, "AT_ONCE", 60)


def history(seed: int) -> list[Received[Any]]:
    chance = random.Random(seed)
    return shuffled(RandomHistory(seed).tell(400), chance)


def troubled(told: Sequence[Received[Any]], chance: random.Random) -> tuple[list[Telling], Received[Any]]:
    """The history with all that can be wrong with a stream, and the event that it lacks."""
    orders = [event for event in told if event.type == "orders.order.created.v1"]
    missing, broken, unkept, repeated = orders[:4]
    lines: list[Telling] = []
    for event in told:
        if event is missing:
            continue
        body = event.body
        if event is broken:
            body = body.replace(b'"trade_type":"export"', b'"trade_type":7')
        if event is unkept:
            body = body.replace(b'"customer_po":"PO-', b'"customer_po":"\\u0000PO-')
        lines.append(Telling.of(event, body))
        if chance.random() < 0.2:
            lines.insert(chance.randrange(max(0, len(lines) - 80), len(lines)), lines[-1])
    # Of a history that was left: it has other facts in the same places.
    left = [Telling.of(repeated, repeated.body.replace(b"PO-", b"OLD-"), 1)]
    nothing = [Telling("gendan.orders.7.order.created.v1", b"{}"), Telling("gendan.orders.99.order.created.v1", b"{}")]
    return [*left, *nothing, *lines, *chance.sample(lines, 40)], missing


async def publish(client: Client, tellings: Sequence[Telling]) -> None:
    for telling in tellings:
        await client.jetstream().publish(telling.subject, telling.body, headers=epochs.marked(telling.epoch) or None)


@asynccontextmanager
async def served(broker: Nats, database: Database, url: SecretStr) -> AsyncIterator[None]:
    """reporting's own consumption, on that database."""
    password = SecretStr(broker.passwords["reporting"])
    spine = Spine(Parts("reporting", database, url, broker.url, "reporting", password, SystemClock(), SERVICE.handlers))
    stopping = asyncio.Event()
    running = asyncio.create_task(spine.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        async with asyncio.timeout(DEADLINE):
            await running


async def caught_up(client: Client, database: Database) -> None:
    """Until reporting has acknowledged everything, and nothing is being tried."""
    context = client.jetstream()

    async def done() -> bool:
        found = [await context.consumer_info("GENDAN", f"reporting-{shard}") for shard in range(8)]
        async with database.connection() as tx:
            trying = await tx.fetchval("SELECT count(*) FROM held WHERE reason IN ('waiting', 'failing')")
        return not trying and not any(info.num_pending or info.num_ack_pending for info in found)

    async with asyncio.timeout(DEADLINE):
        while not await done():  # noqa: ASYNC110  the broker knows, not this loop
            await asyncio.sleep(0.05)


def bus_of(broker: Nats) -> AbstractAsyncContextManager[Bus]:
    return Bus(broker.url, "reporting", SecretStr(broker.passwords["reporting"]), "test").up(10)


async def collect(broker: Nats, database: Database) -> Collected:
    async with bus_of(broker) as bus:
        return await Collecting("reporting", database, SystemClock(), SERVICE.handlers, "hold").run(bus)


async def left_by(database: Database) -> dict[str, list[Any]]:
    """What consumption leaves beside the projections: all but the times and positions, and new ids."""
    queries = {
        "archive": "SELECT publisher, aggregate, sequence, type, body FROM archive ORDER BY 1, 2, 3",
        "order": """SELECT publisher, aggregate, array_agg(sequence ORDER BY position) FROM archive GROUP BY 1, 2 ORDER BY 1, 2""",
        "consumed": "SELECT publisher, aggregate, last_sequence FROM consumed ORDER BY 1, 2",
        "held": "SELECT publisher, aggregate, sequence, shard, reason, what, type, body, headers FROM held ORDER BY 1, 2, 3",
        "letters": """SELECT consumer, publisher, aggregate, sequence, event_id, type, headers, body, error, tries, state FROM dead_letter
                      ORDER BY aggregate, sequence, type""",
        "epoch": "SELECT publisher, number FROM epoch ORDER BY 1",
        "customers": "SELECT id, code, name, owner FROM known_customer ORDER BY 1",
        "staff": "SELECT id, login, department FROM known_staff ORDER BY 1",
    }
    async with database.connection() as tx:
        return {name: [tuple(row) for row in await tx.fetch(query)] for name, query in queries.items()}


async def set_epoch(database: Database) -> None:
    async with database.transaction() as tx:
        await epochs.follow(tx, "orders", EPOCH)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.usefixtures("impatient", "small_parts")
async def test_it_comes_to_what_consuming_comes_to(network: Network, reporting: Reporting, seed: int) -> None:
    broker, consuming = network.broker, await network.database("reporting")
    told = history(seed)
    tellings, missing = troubled(told, random.Random(seed))
    for database in (consuming, reporting.database):
        await set_epoch(database)
    async with operator(broker) as client:
        await publish(client, tellings)
        async with served(broker, consuming, network.url("reporting")):
            await caught_up(client, consuming)

        collected = await collect(broker, reporting.database)
        await rebuild(reporting.migrator_url, MIGRATIONS)
        assert collected.messages == len(tellings) - 1
        assert 0 < collected.copied < len(told)
        # What failed is tried again as on any day.
        async with served(broker, reporting.database, reporting.runtime_url):
            await caught_up(client, reporting.database)

        left = await left_by(consuming)
        assert {len(left["letters"]), len(left["epoch"])} == {3, 1}
        assert {row[4] for row in left["held"]} == {"gap", "parked"}
        assert await left_by(reporting.database) == left
        live = await dump(consuming)
        assert await dump(reporting.database) == live
        assert sum(len(rows) for rows in live.values()) > 100

        # The ordinary way goes on: what the stream lacked comes, and what waited for it follows.
        async with served(broker, reporting.database, reporting.runtime_url):
            await publish(client, [Telling.of(missing), Telling.of(told[-1])])
            await caught_up(client, reporting.database)
    key = missing.aggregate
    left = await left_by(reporting.database)
    assert [row[2] for row in left["archive"] if row[1] == key] == [event.sequence for event in told if event.aggregate == key]
    assert key not in {row[1] for row in left["held"]}
    live = await dump(reporting.database)
    await rebuild(reporting.migrator_url, MIGRATIONS)
    assert await dump(reporting.database) == live


@pytest.mark.usefixtures("small_parts")
async def test_stopped_halfway_it_goes_on_where_it_stood(broker: Nats, reporting: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    told = history(5)
    calls = 0

    async def dies(tx: Tx, rows: Sequence[store.Row], copy: Any = store.copy) -> None:
        nonlocal calls
        calls += 1
        await copy(tx, rows)
        if calls == 3:
            raise ConnectionError("the process ends here")

    async with operator(broker) as client:
        await publish(client, [Telling.of(event) for event in told])
    with monkeypatch.context() as patched:
        patched.setattr(store, "copy", dies)
        with pytest.raises(ConnectionError):
            await collect(broker, reporting.database)
    halfway = len((await left_by(reporting.database))["archive"])
    assert 0 < halfway < len(told)

    again = await collect(broker, reporting.database)
    assert again.copied < len(told) - 60
    left = await left_by(reporting.database)
    assert len(left["archive"]) == len(told)
    assert [row for row in left["order"] if row[2] != sorted(row[2])] == []
    assert (await collect(broker, reporting.database)).copied == 0
    assert await left_by(reporting.database) == left


async def test_a_lost_database_follows_the_epochs_of_the_stream(broker: Nats, reporting: Reporting) -> None:
    told = history(6)
    async with operator(broker) as client:
        await publish(client, [Telling.of(event) for event in told])
        await collect(broker, reporting.database)
        left = await left_by(reporting.database)
        assert left["epoch"] == [("orders", EPOCH)]
        assert len(left["archive"]) == len(told)
        # One that has heard of a publisher waits for its `rewind`, as on any day.
        order = next(event for event in told if event.type == "orders.supplier.created.v1")
        await publish(client, [Telling.of(order, epoch=EPOCH + 1)])
    with pytest.raises(epochs.Ahead):
        await collect(broker, reporting.database)


async def test_it_has_the_inbox_for_itself(network: Network) -> None:
    database = await network.database("reporting")
    started = await network.start("reporting", SERVICE.handlers)
    await eventually(lambda: not started.spine.unready())
    with pytest.raises(Conflict):
        async with alone(Leases(network.url("reporting"), "test")):
            raise AssertionError("somebody else consumes")
    await started.stop()
    async with alone(Leases(network.url("reporting"), "test")), database.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM lease WHERE name LIKE 'shard-%'") == 8


async def test_the_command(broker: Nats, reporting: Reporting) -> None:
    told = history(7)
    async with operator(broker) as client:
        await publish(client, [Telling.of(event) for event in told])
    settings = {
        "GENDAN_DATABASE_URL": reporting.runtime_url.get_secret_value(),
        "GENDAN_MIGRATOR_URL": reporting.migrator_url.get_secret_value(),
        "GENDAN_NATS_URL": broker.url,
        "GENDAN_NATS_USER": "reporting",
        "GENDAN_NATS_PASSWORD": broker.passwords["reporting"],
        "GENDAN_JWKS_URL": "http://127.0.0.1:9/jwks.json",
        "GENDAN_ISSUER": "urn:gendan:test",
        "GENDAN_ENVIRONMENT": "test",
    }
    command = [sys.executable, "-m", "services.reporting", "rebuild", "--from-stream"]
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **settings}, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), DEADLINE)
    assert process.returncode == 0, output
    assert sum(len(rows) for rows in (await dump(reporting.database)).values()) > 100
    assert len((await left_by(reporting.database))["archive"]) == len(told)
