"""The customers service on a real database, with a clock of the test's own and tokens that are taken at their word."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio

from shared.database.pool import Database
from tests.customers.calls import ADMIN, Api, person, served
from tests.support.calls import StoppedClock


@pytest_asyncio.fixture(loop_scope="session")
async def api(make_database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Api]:
    async with served(await make_database("customers"), StoppedClock()) as api:
        yield api


@pytest_asyncio.fixture(loop_scope="session")
async def staffed(api: Api) -> Api:
    """A manager and two merchandisers are in the directory."""
    for login, name, roles in (
        ("wang.fang", "Wang Fang", ["manager"]),
        ("li.wei", "Li Wei", ["merchandiser"]),
        ("chen.jie", "Chen Jie", ["merchandiser"]),
    ):
        answer = await api.put(ADMIN, f"/api/customers/staff/{login}", person(name, roles=roles))
        assert answer.status == 201, answer.body
    return api
