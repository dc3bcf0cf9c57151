"""notifications on a real database, with a mail server of the test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio

from services.notifications.templates.render import prepare
from shared.database.pool import Database
from tests.notifications.sink import Sink, running_sink
from tests.notifications.world import World


@pytest_asyncio.fixture(loop_scope="session")
async def world(make_database: Callable[[str], Awaitable[Database]]) -> World:
    prepare()
    made = World(await make_database("notifications"))
    await made.staff()
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def sink() -> AsyncIterator[Sink]:
    async with running_sink() as server:
        yield server
