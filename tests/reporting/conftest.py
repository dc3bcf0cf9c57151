"""A migrated reporting database with its names: the rebuild connects as another role."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr

from services.reporting.app import MIGRATIONS, SERVICE
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
from tests.shared.messaging.conftest import broker, impatient, network
from tests.shared.web.issuer import ISSUER, Issuer
from tests.shared.web.server import Server
from tests.support.databases import Databases

__all__ = ["broker", "impatient", "network"]


@dataclass(frozen=True)
class Reporting:
    database: Database
    migrator_url: SecretStr
    runtime_url: SecretStr


@pytest_asyncio.fixture(loop_scope="session")
async def reporting(databases: Databases) -> AsyncIterator[Reporting]:
    async with databases.lent("reporting") as copy:
        urls = (SecretStr(url("reporting", copy.name)) for url in (databases.migrator_url, databases.runtime_url))
        yield Reporting(copy.database, *urls)


@pytest_asyncio.fixture(loop_scope="session")
async def api(reporting: Reporting) -> AsyncIterator[Server]:
    """reporting's routes on a real server; `ask` with a token of `api.issuer`."""
    database, issuer = reporting.database, Issuer()
    await issuer.start()
    settings = Settings(database_url=SecretStr("unused"), jwks_url=issuer.url, issuer=ISSUER, environment="test")
    keys, edge = KeySet(issuer.url), Edge(64, Turns(8))
    health = Health("reporting", MIGRATIONS, database, list)
    site = Site(settings, database, SystemClock(), Verifier(keys, ISSUER))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(issuer.stop)
        http = web.AppRunner(build_app("reporting", SERVICE.routes, site, health, edge), access_log=None, auto_decompress=False)
        await http.setup()
        stack.push_async_callback(http.cleanup)
        await web.TCPSite(http, "127.0.0.1", 0).start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        host, port = http.addresses[0][:2]
        yield Server(f"http://{host}:{port}", session, issuer, keys, database, edge, health)
