"""The customers service on a real database, with a clock of the test's own and tokens that are taken at their word."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.customers.app import SERVICE
from shared.config import Settings
from shared.database.pool import Database
from shared.web.app import build_app
from shared.web.edge import Edge
from shared.web.endpoint import Site
from shared.web.health import Health
from tests.customers.calls import ADMIN, Api, StoppedClock, TrustingVerifier, person


@pytest_asyncio.fixture(loop_scope="session")
async def api(make_database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Api]:
    database, clock = await make_database("customers"), StoppedClock()
    settings = Settings(database_url=SecretStr("none"), jwks_url="none", issuer="none", environment="test")
    site = Site(settings, database, clock, TrustingVerifier())
    health = Health("customers", SERVICE.migrations, database, list)
    app = build_app(SERVICE.name, list(SERVICE.routes), site, health, Edge(64))
    async with TestClient(TestServer(app)) as client:
        yield Api(client, database, clock)


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
