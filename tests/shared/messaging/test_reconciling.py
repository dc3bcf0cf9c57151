"""The stream is a copy: what it lacks is told again, to all or to one, and nobody has an effect twice."""

import asyncio
import shutil
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from shared.config import Settings
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database
from shared.ids import new_id
from shared.messaging import reconciling, refill, retained
from shared.messaging.bus import Bus
from shared.messaging.provision import provision
from shared.messaging.reconciling import Span
from shared.messaging.record import Facts
from shared.republish import reconcile, republish
from tests.shared.messaging.conftest import Network, operator
from tests.shared.messaging.telling import effects, keep, supplier, tell
from tests.shared.messaging.test_consumer import until_applied

HANDLERS = [(SupplierCreated, keep)]
LOST = "DELETE FROM outbox"


def bus_of(network: Network, service: str) -> AbstractAsyncContextManager[Bus]:
    return Bus(network.broker.url, service, SecretStr(network.broker.passwords[service]), "test").up(10)


def settings(network: Network, service: str) -> Settings:
    password = SecretStr(network.broker.passwords[service])
    return Settings(
        database_url=SecretStr("unused"),
        jwks_url="none",
        issuer="none",
        nats_url=network.broker.url,
        nats_user=service,
        nats_password=password,
    )


async def streamed(network: Network, subject: str = "gendan.>") -> list[tuple[UUID, int]]:
    """(aggregate, sequence) of what the stream holds, in its order."""
    async with operator(network.broker) as client:
        stream = client.jetstream()
        reader = await stream.pull_subscribe(subject, stream="GENDAN" if subject == "gendan.>" else "GENDAN_REPLAY")
        found = []
        while (await reader.consumer_info()).num_pending:
            found += [orjson.loads(message.data) for message in await reader.fetch(500, timeout=1)]
        return [(UUID(event["subject"]), event["sequence"]) for event in found]


async def recorded(database: Database) -> list[tuple[UUID, int]]:
    async with database.connection() as tx:
        return [(row["aggregate"], row["sequence"]) for row in await tx.fetch("SELECT aggregate, sequence FROM record ORDER BY position")]


async def lose(database: Database) -> None:
    """What waits to be published never will be: as if the stream had lost it."""
    async with database.connection() as tx:
        await tx.execute(LOST)


async def relayed(database: Database) -> None:
    async with asyncio.timeout(10), database.connection() as tx:
        while await tx.fetchval("SELECT count(*) FROM outbox"):  # noqa: ASYNC110 - the outbox is in a database
            await asyncio.sleep(0.02)


def aggregates(count: int) -> list[UUID]:
    return [new_id() for _ in range(count)]


def facts(whose: Iterable[UUID], version: int, count: int) -> list[Facts]:
    return [Facts(aggregate, version, [supplier() for _ in range(count)]) for aggregate in whose]


async def test_a_deleted_store_is_filled_again_in_record_order(network: Network, tmp_path: Path) -> None:
    reporting = await network.database_with_effects("reporting")
    orders = await network.start("orders")
    known, late = aggregates(20), aggregates(5)
    running = await network.start("reporting", HANDLERS)
    await tell(orders.database, *facts(known, 0, 10))
    await until_applied(reporting, known, 10)
    await running.stop()
    # Acknowledged by a broker that then loses it, before reporting has taken it.
    await tell(orders.database, *facts([*known, *late], 10, 0), *facts(late, 0, 10))
    await relayed(orders.database)
    await network.broker.process.stop()
    shutil.rmtree(tmp_path / "nats" / "jetstream")
    await network.broker.process.start()
    async with operator(network.broker) as client:
        await provision(client)
    await network.start("reporting", HANDLERS)
    assert await streamed(network) == []

    await republish("orders", orders.database, settings(network, "orders"), [])

    assert await streamed(network) == await recorded(orders.database)
    await until_applied(reporting, [*known, *late], 10)
    await tell(orders.database, *facts(known, 10, 1), *facts(late, 10, 1))
    await until_applied(reporting, [*known, *late], 11)


async def test_only_what_the_stream_lacks_is_told_again(network: Network) -> None:
    database = await network.database("orders")
    whose = aggregates(30)
    await tell(database, *facts(whose, 0, 5))
    await lose(database)
    await tell(database, *facts(whose, 5, 5))
    orders = await network.start("orders")
    await relayed(orders.database)
    async with bus_of(network, "orders") as bus:
        assert await reconciling.count_lacking(database, bus, "orders") == 150
        assert await reconciling.republish(database, bus, "orders", Span()) == 150
        assert await reconciling.republish(database, bus, "orders", Span()) == 0
        assert await reconciling.count_lacking(database, bus, "orders") == 0
    found = await streamed(network)
    assert sorted(found) == sorted(await recorded(database))
    assert found[150:] == (await recorded(database))[:150]


async def test_what_waits_in_the_outbox_is_not_lacking_and_a_span_bounds_what_is(network: Network) -> None:
    database = await network.database("orders")
    first, second = aggregates(3), aggregates(3)
    await tell(database, *facts(first, 0, 2))
    await lose(database)
    between = datetime.now(UTC)
    await tell(database, *facts(second, 0, 2))
    async with bus_of(network, "orders") as bus:
        assert await reconciling.republish(database, bus, "orders", Span(since=between + timedelta(hours=1))) == 0
        assert await reconciling.republish(database, bus, "orders", Span(position=5)) == 2
        assert await reconciling.republish(database, bus, "orders", Span()) == 4
    assert await streamed(network) == [(first[2], 1), (first[2], 2), *[(one, n) for one in first[:2] for n in (1, 2)]]


async def test_one_service_alone_is_told_everything(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refill, "LOOK_SECONDS", 0.5)
    database = await network.database("orders")
    whose = aggregates(40)
    await tell(database, *facts(whose, 0, 30))
    await lose(database)
    reporting, notifications = await network.database_with_effects("reporting"), await network.database_with_effects("notifications")
    started = [await network.start(service, HANDLERS) for service in ("reporting", "notifications")]
    arguments = settings(network, "orders")

    await republish("orders", database, arguments, ["--to", "reporting"])
    await until_applied(reporting, whose, 30)
    # Told twice is applied once.
    await republish("orders", database, arguments, ["--to", "reporting"])
    async with operator(network.broker) as client, asyncio.timeout(20):
        while (await client.jetstream().stream_info("GENDAN_REPLAY")).state.messages:  # noqa: ASYNC110 - the broker knows
            await asyncio.sleep(0.1)
    await until_applied(reporting, whose, 30)
    assert await effects(notifications) == {}
    assert await streamed(network) == []
    for one in started:
        await one.stop()


async def test_the_command_says_what_is_missing(network: Network) -> None:
    database, arguments = await network.database("orders"), settings(network, "orders")
    whose = new_id()
    await reconcile("orders", database, arguments, [])
    await tell(database, Facts(whose, 0, [supplier()]))
    await lose(database)
    with capture_logs() as logs, pytest.raises(SystemExit) as ended:
        await reconcile("orders", database, arguments, [])
    assert ended.value.code == 1
    (said,) = [line for line in logs if line["event"] == "reconcile.lacks"]
    assert (said["aggregate"], said["sequence"]) == (str(whose), 1)


async def test_a_gap_is_reported_where_it_is_felt(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "SETTLED_SECONDS", 0.0)
    database, whose = await network.database("orders"), new_id()
    await tell(database, Facts(whose, 0, [supplier(), supplier()]))
    await lose(database)
    await tell(database, Facts(whose, 2, [supplier(), supplier()]))
    reporting = await network.database_with_effects("reporting")
    await network.start("reporting", HANDLERS)
    orders = await network.start("orders")
    await relayed(orders.database)
    async with asyncio.timeout(10), reporting.connection() as tx:
        while not (found := await reconciling.gaps(tx)):  # noqa: ASYNC110 - the inbox is in a database
            await asyncio.sleep(0.05)
    (gap,) = found
    assert (gap["publisher"], gap["aggregate"], gap["first"], gap["last"]) == ("orders", whose, 1, 2)
    with pytest.raises(SystemExit):
        await reconcile("reporting", reporting, settings(network, "reporting"), [])
    await republish("orders", database, settings(network, "orders"), [])
    await until_applied(reporting, [whose], 4)
    await reconcile("reporting", reporting, settings(network, "reporting"), [])


async def test_the_running_service_notices(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "WATCH_SECONDS", 0.1)
    orders = await network.start("orders")
    with capture_logs() as logs:
        await tell(orders.database, Facts(new_id(), 0, [supplier()]))
        await relayed(orders.database)
        await asyncio.sleep(1)
        assert [line for line in logs if line["event"] == "stream.lacks"] == []
        async with orders.database.transaction() as tx:
            await tx.execute(
                "INSERT INTO record (event_id, aggregate, sequence, type, subject, body) VALUES ($1, $1, 1, 't', 's', '')", new_id()
            )
        async with asyncio.timeout(10):
            while not any(line["event"] == "stream.lacks" and line["count"] == 1 for line in logs):  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(0.05)


def test_ids_are_told_apart() -> None:
    some, others = [new_id() for _ in range(2000)], [new_id() for _ in range(2000)]
    ids = retained.Ids()
    for id in some:
        ids.add(str(id))
    ids.add("no id")
    assert all(id in ids for id in some)
    assert not any(id in ids for id in others)
    assert len(ids) == 2000
