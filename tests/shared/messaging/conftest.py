"""A broker with the suite's streams per test, and spines of services on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import nats as nats_client
import pytest
import pytest_asyncio
from nats.aio.client import Client
from pydantic import SecretStr

from shared.clock import SystemClock
from shared.database.pool import Database, Tx
from shared.messaging.provision import provision
from shared.messaging.received import Handlers
from shared.messaging.spine import OnParked, Parts, Spine
from shared.timers import TimerHandlers
from tests.shared.messaging.telling import make_effect_table
from tests.support.databases import Databases
from tests.support.servers import Nats, Postgres, running_nats


async def eventually(met: Callable[[], object], seconds: float = 15.0) -> None:
    """Waits until `met` answers something true; AssertionError when it does not in time."""
    try:
        async with asyncio.timeout(seconds):
            while not met():  # noqa: ASYNC110 - what is waited for is on servers and in other processes
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError("did not happen in time") from None


@asynccontextmanager
async def operator(broker: Nats) -> AsyncIterator[Client]:
    client = await nats_client.connect(broker.url, user="operator", password=broker.passwords["operator"], allow_reconnect=False)
    try:
        yield client
    finally:
        await client.close()


@pytest_asyncio.fixture(loop_scope="session")
async def broker(tmp_path: Path) -> AsyncIterator[Nats]:
    async with running_nats(tmp_path) as server:
        async with operator(server) as client:
            await provision(client)
        yield server


@dataclass
class Network:
    """Services on one broker, each with a database of its own."""

    broker: Nats
    postgres: Postgres
    databases: Databases
    stack: AsyncExitStack
    names: dict[str, str] = field(default_factory=dict)

    async def database(self, service: str) -> Database:
        if service not in self.names:
            self.names[service] = (await self.stack.enter_async_context(self.databases.lent(service))).name
        database = await self.databases.open(service, self.names[service])
        self.stack.push_async_callback(database.close)
        return database

    async def database_with_effects(self, service: str) -> Database:
        """The service's database with the table that `telling.keep` writes to."""
        database = await self.database(service)
        await make_effect_table(self.databases.migrator_url(service, self.names[service]))
        return database

    @asynccontextmanager
    async def owned(self, service: str) -> AsyncIterator[Tx]:
        """A transaction of the role that owns the service's tables."""
        owner = await asyncpg.connect(self.databases.migrator_url(service, self.names[service]))
        try:
            async with owner.transaction():
                yield owner
        finally:
            await owner.close()

    def url(self, service: str) -> SecretStr:
        return SecretStr(self.databases.runtime_url(service, self.names[service]))

    async def start(
        self, service: str, handlers: Handlers = (), timers: TimerHandlers | None = None, on_parked: OnParked = "hold"
    ) -> "Started":
        database = await self.database(service)
        password = SecretStr(self.broker.passwords[service])
        parts = Parts(
            service, database, self.url(service), self.broker.url, service, password, SystemClock(), handlers, timers or {}, on_parked
        )
        started = Started(database, Spine(parts), asyncio.Event())
        started.task = asyncio.create_task(started.spine.run(started.stopping))
        self.stack.push_async_callback(started.stop)
        return started


@dataclass
class Started:
    """A running spine; `stop` lets it finish, `task` shows how it ended."""

    database: Database
    spine: Spine
    stopping: asyncio.Event
    task: "asyncio.Task[None] | None" = None

    async def stop(self) -> None:
        self.stopping.set()
        if self.task is not None:
            async with asyncio.timeout(10):
                await self.task


@pytest_asyncio.fixture(loop_scope="session")
async def network(broker: Nats, postgres: Postgres, databases: Databases) -> AsyncIterator[Network]:
    async with AsyncExitStack() as stack:
        yield Network(broker, postgres, databases, stack)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed events are tried again at once."""
    monkeypatch.setattr("shared.messaging.applying.BACKOFF", (0.0,) * 5)


@pytest_asyncio.fixture(loop_scope="session")
async def database(make_database: Callable[[str], Awaitable[Database]], databases: Databases) -> Database:
    """reporting's, with a table of effects that refuses to have one twice."""
    made = await make_database("reporting")
    async with made.connection() as tx:
        name = await tx.fetchval("SELECT current_database()")
    await make_effect_table(databases.migrator_url("reporting", name))
    return made
