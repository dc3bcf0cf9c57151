"""Servers that stand still with their connections open: noticed, left, and found again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from nats.aio.client import Client
from structlog.testing import capture_logs

from shared.contracts.envelope import STREAM, shard_of
from shared.database.pool import Database, away
from shared.ids import new_id
from shared.messaging import pull as pull_module
from shared.messaging.bus import AWAY
from shared.messaging.pull import Pull
from shared.messaging.record import Facts
from shared.problems import Unavailable
from tests.shared.messaging.conftest import Network, eventually
from tests.shared.messaging.telling import supplier, tell
from tests.shared.messaging.test_reconciling import bus_of, relayed
from tests.support.servers import Nats

FULL = 64 * 1024


@contextmanager
def frozen(*pids: int) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def pid_of(broker: Nats) -> int:
    pid = broker.process.pid
    assert pid is not None
    return pid


async def test_a_frozen_broker_is_left_in_time_and_found_again(network: Network) -> None:
    async with bus_of(network, "orders") as bus:
        with capture_logs() as logs, frozen(pid_of(network.broker)):
            await eventually(lambda: not bus.connected.is_set(), 60)
        # By our own watchdog: the library alone takes twice as long.
        assert "nats.silent" in [line["event"] for line in logs]
        await asyncio.wait_for(bus.connected.wait(), 10)
        assert await bus.request("gendan.orders.0.supplier.created.v1", b"{}")


async def test_a_frozen_broker_with_a_full_socket_keeps_neither_callers_nor_the_socket(network: Network) -> None:
    async with bus_of(network, "orders") as bus:
        client = bus.client
        writer = transport_of(client)
        with frozen(pid_of(network.broker)):
            asked = [asyncio.create_task(bus.request("gendan.orders.0.supplier.created.v1", b" " * FULL)) for _ in range(400)]
            answers = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 60)
            assert all(isinstance(answer, AWAY) for answer in answers)
            await eventually(lambda: not bus.connected.is_set(), 60)
            await eventually(writer.is_closing)
            # Closed for good, not waiting to write what nobody reads.
            await eventually(lambda: writer.get_extra_info("socket") is None or writer.get_extra_info("socket").fileno() == -1)
        await asyncio.wait_for(bus.connected.wait(), 10)


def transport_of(client: Client) -> asyncio.Transport:
    transport: Any = client._transport
    found: asyncio.Transport = transport._io_writer.transport
    return found


async def test_a_consumer_that_is_kept_waiting_is_reset(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Acknowledgements that never arrive leave the broker waiting for them, for a minute, while its heartbeats go on."""
    monkeypatch.setattr(pull_module, "QUIET_SECONDS", 1.0)
    orders = await network.start("orders")
    aggregate = new_id()
    for version in range(0, 1500, 500):
        await tell(orders.database, Facts(aggregate, version, [supplier() for _ in range(500)]))
    await relayed(orders.database)
    shard = shard_of(aggregate)
    async with bus_of(network, "reporting") as bus:
        pull = Pull(bus, STREAM, f"reporting-{shard}")
        seen: list[int] = []
        lost = True
        with capture_logs() as logs:
            async with asyncio.timeout(30):
                while len(set(seen)) < 1500:
                    taken = await pull.take(500, 0.2)
                    if taken is None:
                        continue
                    seen += [message.stream_sequence for message in taken.messages]
                    lost = lost and not any(line["event"] == "pull.silent" for line in logs)
                    if not lost:
                        await pull.acknowledge(taken)
        assert [line["consumer"] for line in logs if line["event"] == "pull.silent"] == [pull.durable]
        await pull.close()


async def test_an_idle_consumer_is_left_alone(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_module, "QUIET_SECONDS", 0.2)
    async with bus_of(network, "reporting") as bus:
        pull = Pull(bus, STREAM, "reporting-0")
        with capture_logs() as logs:
            for _ in range(10):
                assert await pull.take(500, 0.2) is None
        assert [line for line in logs if line["event"] in ("pull.silent", "pull.reset")] == []
        await pull.close()


@asynccontextmanager
async def watched(database: Database) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.create_task(database.watch(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


async def backends(database: Database, size: int) -> list[int]:
    """The pids of all connections of a pool."""
    open_at_once = asyncio.Barrier(size)

    async def one() -> int:
        async with database.connection() as tx:
            await open_at_once.wait()
            return int(await tx.fetchval("SELECT pg_backend_pid()"))

    return list(await asyncio.gather(*(one() for _ in range(size))))


async def test_a_pool_of_stuck_connections_is_replaced(network: Network) -> None:
    await network.database("orders")
    database = await network.databases.open("orders", network.names["orders"], size=3)
    async with watched(database):
        pids = await backends(database, 3)
        with capture_logs() as logs, frozen(*pids):
            stuck = [asyncio.create_task(ask(database)) for _ in range(3)]
            await eventually_asked(database)
            # Without the watchdog each query holds its connection for ten seconds.
            assert "database.pool_replaced" in [line["event"] for line in logs]
            answers = await asyncio.wait_for(asyncio.gather(*stuck, return_exceptions=True), 20)
            assert all(isinstance(answer, Exception) for answer in answers)
        assert await ask(database) == 1
    await database.close()


async def test_a_busy_pool_is_not_replaced(network: Network) -> None:
    await network.database("orders")
    database = await network.databases.open("orders", network.names["orders"], size=2)

    async def busy() -> None:
        for _ in range(8):
            async with database.connection() as tx:
                await tx.fetchval("SELECT pg_sleep(0.9)")

    with capture_logs() as logs:
        async with watched(database):
            await asyncio.gather(*(busy() for _ in range(2)))
    assert [line for line in logs if line["event"] == "database.pool_replaced"] == []
    await database.close()


async def ask(database: Database) -> int:
    async with database.connection() as tx:
        return int(await tx.fetchval("SELECT 1"))


async def eventually_asked(database: Database) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await ask(database)
            except Exception as error:
                if not (away(error) or isinstance(error, Unavailable)):
                    raise
            else:
                return
