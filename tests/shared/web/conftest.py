"""A real server with toy routes, on a real database, with an issuer of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr

from shared.clock import SystemClock
from shared.config import Settings
from shared.database.pool import Database
from shared.web.app import build_app
from shared.web.auth import Verifier
from shared.web.edge import Edge
from shared.web.endpoint import Site
from shared.web.health import Health
from shared.web.jwks import KeySet
from shared.web.turns import Turns
from tests.shared.web import toy
from tests.shared.web.issuer import ISSUER, Issuer
from tests.shared.web.server import Server
from tests.support.databases import Databases

MIGRATIONS = Path(__file__).parents[3] / "services" / "customers" / "migrations"
IN_FLIGHT = 8


@pytest_asyncio.fixture(loop_scope="session")
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    await issuer.start()
    yield issuer
    await issuer.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def web_name(databases: Databases) -> AsyncIterator[str]:
    """A database for all these tests; any service's will do, it is the platform's tables that are used."""
    name = await databases.clone("customers")
    yield name
    await databases.drop(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def web_database(databases: Databases, web_name: str) -> AsyncIterator[Database]:
    database = await databases.open("customers", web_name)
    yield database
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def site(web_database: Database, issuer: Issuer) -> AsyncIterator[Server]:
    database = web_database
    async with database.connection() as tx:
        await tx.execute("DELETE FROM timer; DELETE FROM idempotency_key")
    settings = Settings(database_url=SecretStr("unused"), jwks_url=issuer.url, issuer=ISSUER, environment="test")
    keys = KeySet(issuer.url)
    edge = Edge(IN_FLIGHT, Turns(IN_FLIGHT))
    health = Health("customers", MIGRATIONS, database, lambda: ["nats: disconnected"])
    shared = Site(settings, database, SystemClock(), Verifier(keys, ISSUER))
    async with AsyncExitStack() as stack:
        http = web.AppRunner(build_app("toy", [toy.routes], shared, health, edge), access_log=None, auto_decompress=False)
        await http.setup()
        stack.push_async_callback(http.cleanup)
        await web.TCPSite(http, "127.0.0.1", 0).start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        host, port = http.addresses[0][:2]
        toy.reset()
        yield Server(f"http://{host}:{port}", session, issuer, keys, database, edge, health)
