"""notifications on a real database, with a mail server of the test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.notifications.app import SERVICE
from services.notifications.settings import NotificationSettings
from services.notifications.templates.render import prepare
from shared.database.pool import Database
from shared.web.app import build_app
from shared.web.edge import Edge
from shared.web.endpoint import Site
from shared.web.health import Health
from shared.web.turns import Turns
from tests.notifications.calls import Api, Trusting
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


@pytest_asyncio.fixture(loop_scope="session")
async def api(world: World) -> AsyncIterator[Api]:
    given = NotificationSettings(
        database_url=SecretStr("none"), jwks_url="none", issuer="none", environment="test", mail_from="desk@gendan.example"
    )
    site = Site(given, world.database, world.clock, Trusting())
    app = build_app(
        SERVICE.name, list(SERVICE.routes), site, Health(SERVICE.name, SERVICE.migrations, world.database, list), Edge(64, Turns(8))
    )
    async with TestClient(TestServer(app)) as client:
        yield Api(client)
