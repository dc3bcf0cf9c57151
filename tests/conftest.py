"""Fixtures that every test may use. Servers are started by the first test that asks for them and stopped after the last."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import structlog
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

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

GROUPS = {"deploy": "suite", "flows": "suite", "faults": "faults", "benchmarks": "benches", "house": "tools"}
"""By folder, tests that share a suite or run tools: where several processes share the tests, one does all of a group."""


def group_of(nodeid: str) -> str:
    """The test itself, if it is of none."""
    return GROUPS.get(nodeid.split("/")[1], nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The processes begin with the groups, the largest first; then they share what stands alone, so that none is idle before the end.

    pytest-xdist's own groups are kept in names of tests, which pytest no longer lets it change.
    """
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = group_of
    return scheduler


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Of two processes that share the tests, both load all of them: one begins at the end, so that each finds half of them compiled."""
    report = yield
    if isinstance(collector, pytest.Directory) and (_place(collector.config) or 0) % 2:
        report.result.reverse()
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever was loaded first, all that share the tests have them in the same order."""
    if _place(config) is not None:
        items.sort(key=lambda item: item.path.parts)


def _place(config: pytest.Config) -> int | None:
    """Of this process among those that share the tests; None where one does all of them."""
    given: dict[str, str] | None = getattr(config, "workerinput", None)
    return int(given["workerid"].removeprefix("gw")) if given else None


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
    """`await make_database("orders")`: a pool of the runtime role on a migrated database, the test's own and as it is at first."""
    async with AsyncExitStack() as stack:

        async def make(service: str) -> "Database":
            return (await stack.enter_async_context(databases.lent(service))).database

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
