"""From the stream into effects, each once and in order, over every kind of interruption."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import asyncpg

from shared.contracts.envelope import STREAM
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database
from shared.ids import new_id
from shared.messaging.provision import provision
from shared.messaging.record import Facts
from tests.shared.messaging.conftest import Network, eventually, operator
from tests.shared.messaging.telling import effects, keep, supplier, tell

ROOT = Path(__file__).parents[3]
HANDLERS = [(SupplierCreated, keep)]


async def until_applied(database: Database, aggregates: Iterable[UUID], each: int, seconds: float = 30.0) -> None:
    """Waits until each aggregate's events 1 .. `each` took effect, in order."""
    wanted = {aggregate: list(range(1, each + 1)) for aggregate in aggregates}
    try:
        async with asyncio.timeout(seconds):
            while await effects(database) != wanted:  # noqa: ASYNC110 - the effects are in a database
                await asyncio.sleep(0.02)
    except TimeoutError:
        found = await effects(database)
        missing = {str(key): len(found.get(key, [])) for key in wanted if found.get(key) != wanted[key]}
        raise AssertionError(f"applied of each: {missing}; {await _set_aside(database)}") from None


async def _set_aside(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """What the inbox knows of events without an effect."""
    async with database.connection() as tx:
        held = "SELECT shard, reason, what, tries, min(sequence), count(*), min(retry_at - now()) FROM held GROUP BY 1, 2, 3, 4"
        letters = "SELECT consumer, error, tries, count(*) FROM dead_letter GROUP BY 1, 2, 3"
        leases = "SELECT name, holder, backend_pid, expires_at - clock_timestamp() FROM lease ORDER BY name"
        queries = {"held": held, "dead letters": letters, "leases": leases}
        return {name: [tuple(row) for row in await tx.fetch(query)] for name, query in queries.items()}


async def test_events_of_all_shards_take_effect_in_order(network: Network) -> None:
    database = await network.database_with_effects("reporting")
    orders = await network.start("orders")
    await network.start("reporting", HANDLERS)
    aggregates = [new_id() for _ in range(64)]
    await tell(orders.database, *(Facts(aggregate, 0, [supplier() for _ in range(20)]) for aggregate in aggregates))
    for aggregate in aggregates[:10]:
        await tell(orders.database, Facts(aggregate, 20, [supplier()]))
    for aggregate in aggregates[10:]:
        await tell(orders.database, Facts(aggregate, 20, [supplier()]))
    await until_applied(database, aggregates, 21)


async def test_the_broker_is_killed_again_and_again(network: Network) -> None:
    database = await network.database_with_effects("reporting")
    orders = await network.start("orders")
    await network.start("reporting", HANDLERS)
    aggregates = [new_id() for _ in range(16)]

    async def write() -> None:
        for version in range(0, 40, 2):
            await tell(orders.database, *(Facts(aggregate, version, [supplier(), supplier()]) for aggregate in aggregates))
            await asyncio.sleep(0.05)

    async def disturb() -> None:
        for _ in range(4):
            await asyncio.sleep(0.4)
            await network.broker.restart(kill=True)

    await asyncio.gather(write(), disturb())
    await until_applied(database, aggregates, 40)


async def test_the_database_cuts_every_connection_again_and_again(network: Network) -> None:
    await network.database_with_effects("reporting")
    orders = await network.start("orders")
    await network.start("reporting", HANDLERS)
    aggregates = [new_id() for _ in range(16)]
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reporting_runtime' AND datname = current_database()"
    admin = await asyncpg.connect(network.postgres.url(network.names["reporting"]))
    for version in range(10):
        await tell(orders.database, *(Facts(aggregate, version, [supplier()]) for aggregate in aggregates))
        await admin.execute(cut)
    await admin.close()
    await until_applied(await network.database("reporting"), aggregates, 10)


async def test_replicas_share_and_take_over(network: Network) -> None:
    database = await network.database_with_effects("reporting")
    orders = await network.start("orders")
    first = await network.start("reporting", HANDLERS)
    aggregates = [new_id() for _ in range(32)]

    async def write() -> None:
        for version in range(60):
            await tell(orders.database, *(Facts(aggregate, version, [supplier()]) for aggregate in aggregates))
            await asyncio.sleep(0.05)

    async def change() -> None:
        second = await network.start("reporting", HANDLERS)
        await eventually(lambda: second.spine.leases.replicas == 2)
        await asyncio.sleep(1.0)
        await first.stop()

    await asyncio.gather(write(), change())
    await until_applied(database, aggregates, 60)


async def test_a_deleted_consumer_comes_back_without_effects_twice(network: Network) -> None:
    database = await network.database_with_effects("reporting")
    orders = await network.start("orders")
    await network.start("reporting", HANDLERS)
    aggregates = [new_id() for _ in range(16)]
    await tell(orders.database, *(Facts(aggregate, 0, [supplier()]) for aggregate in aggregates))
    await until_applied(database, aggregates, 1)
    async with operator(network.broker) as client:
        for shard in range(8):
            await client.jetstream().delete_consumer(STREAM, f"reporting-{shard}")
        await tell(orders.database, *(Facts(aggregate, 1, [supplier()]) for aggregate in aggregates))
        await provision(client)
    await until_applied(database, aggregates, 2)


@asynccontextmanager
async def reader(network: Network) -> AsyncIterator[asyncio.subprocess.Process]:
    url, password = network.url("reporting").get_secret_value(), network.broker.passwords["reporting"]
    arguments = ("-m", "tests.shared.messaging.reader", url, network.broker.url, password)
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_an_event_that_kills_the_process_is_parked_by_a_later_process(network: Network) -> None:
    database = await network.database_with_effects("reporting")
    orders = await network.start("orders")
    killer, good = new_id(), [new_id() for _ in range(32)]
    await tell(orders.database, Facts(killer, 0, [supplier("kill")]), *(Facts(aggregate, 0, [supplier()]) for aggregate in good))
    deaths = 0
    while await _survived(network, database) is False:
        deaths += 1
        assert deaths <= 5
    assert deaths == 5
    async with reader(network):
        await until_applied(database, good, 1)
    async with database.connection() as tx:
        assert [row["aggregate"] for row in await tx.fetch("SELECT aggregate FROM dead_letter")] == [killer]


async def _survived(network: Network, database: Database) -> bool:
    """Whether a new process lives until the dead letter is written, and does the rest of its work; false when it dies first."""
    async with reader(network) as process, asyncio.timeout(30):
        while process.returncode is None:
            async with database.connection() as tx:
                if await tx.fetchval("SELECT EXISTS (SELECT FROM dead_letter) AND NOT EXISTS (SELECT FROM held WHERE reason <> 'parked')"):
                    return True
            await asyncio.sleep(0.05)
        assert process.returncode == 9
    return False


async def test_a_killed_process_loses_and_doubles_nothing(network: Network) -> None:
    database = await network.database_with_effects("reporting")
    orders = await network.start("orders")
    aggregates = [new_id() for _ in range(32)]

    async def write() -> None:
        for version in range(0, 120, 4):
            await tell(orders.database, *(Facts(aggregate, version, [supplier() for _ in range(4)]) for aggregate in aggregates))
            await asyncio.sleep(0.1)

    writing = asyncio.create_task(write())
    for _ in range(3):
        async with reader(network):
            count = sum(map(len, (await effects(database)).values()))
            await _more_than(database, count + 50)
    async with reader(network):
        await writing
        await until_applied(database, aggregates, 120)


async def _more_than(database: Database, count: int) -> None:
    async with asyncio.timeout(20):
        while sum(map(len, (await effects(database)).values())) <= count:  # noqa: ASYNC110 - the effects are in a database
            await asyncio.sleep(0.01)
