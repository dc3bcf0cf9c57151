"""Fixtures that every test may use. Servers are started by the first test that asks for them and stopped after the last."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import structlog
from hypothesis import HealthCheck, settings

from tests.support.servers import Nats, Postgres, running_nats, running_postgres

if TYPE_CHECKING:  # pure tests load no driver
    from deploy.local.suite import Suite
    from shared.database.pool import Database, Tx
    from tests.support.databases import Databases

# How long an example takes says more about the machine than about the code. A change is checked on the same examples each time;
# `./gendan test --hypothesis-profile=explore --timeout=0` looks for new ones, for as long as that takes.
_any = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("gendan", _any, derandomize=True)
settings.register_profile("explore", _any, max_examples=2000)
settings.load_profile("gendan")

TESTS = Path(__file__).parent
ONE_WORKER = frozenset({"benchmarks", "deploy", "faults", "flows", "house"})
"""Folders whose tests run suites and tools of their own: where several processes share the tests, one does all of these."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(TESTS).parts[0] in ONE_WORKER:
            item.add_marker(pytest.mark.xdist_group("suites"))


@pytest.fixture(autouse=True)
def log_settings() -> Iterator[None]:
    """A command that runs within a test sets up the log of its process, which is the tests'."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A PostgreSQL of the session. It does not sync: start one with `running_postgres(folder, durable=True)` where that matters."""
    async with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nats(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nats]:
    """A broker of the session, without streams: url, passwords[user]."""
    async with running_nats(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def databases(postgres: Postgres) -> "AsyncIterator[Databases]":
    """Names and URLs of databases, for tests that need more than `make_database` gives."""
    from tests.support.databases import Databases

    made = Databases(postgres)
    try:
        yield made
    finally:
        await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def make_database(databases: "Databases") -> "AsyncIterator[Callable[[str], Awaitable[Database]]]":
    """`await make_database("orders")`: a pool of the runtime role on a fresh migrated copy, dropped after the test."""
    async with AsyncExitStack() as stack:

        async def make(service: str) -> "Database":
            name = await databases.clone(service)
            stack.push_async_callback(databases.drop, name)
            database = await databases.open(service, name)
            stack.push_async_callback(database.close)
            return database

        yield make


@pytest_asyncio.fixture(loop_scope="session")
async def tx(databases: "Databases") -> "AsyncIterator[Callable[[str], Awaitable[Tx]]]":
    """`await tx("orders")`: a transaction in the service's migrated database, rolled back after the test."""
    async with AsyncExitStack() as stack:

        async def begin(service: str) -> "Tx":
            return await stack.enter_async_context(databases.rolled_back(service))

        yield begin


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def suite(tmp_path_factory: pytest.TempPathFactory) -> "AsyncIterator[Suite]":
    """The whole suite, shared by the session: who moves its clock or stops a part puts it back. See deploy/local/suite.py."""
    from tests.support.suite import running_suite

    async with running_suite(tmp_path_factory.mktemp("suite")) as running:
        yield running
