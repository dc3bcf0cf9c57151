"""An operator's desk: the platform's own routes of a service, on a real server, before a spine's database."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from shared.clock import SystemClock
from shared.config import Settings
from shared.database.pool import Database
from shared.operating.api import routes_of
from shared.web.app import build_app
from shared.web.auth import Verifier
from shared.web.edge import Edge
from shared.web.endpoint import Site
from shared.web.health import Health
from shared.web.jwks import KeySet
from shared.web.turns import Turns
from tests.shared.web.issuer import ISSUER, Issuer
from tests.shared.web.server import Answer, Server


class Desk:
    """Calls as the administrator `root` unless another token is given."""

    def __init__(self, server: Server, service: str) -> None:
        self._server, self._service = server, service
        self.issuer = server.issuer

    async def ask(self, method: str, path: str, *, token: str | None = None, **rest: Any) -> Answer:
        return await self._server.ask(method, f"/api/{self._service}{path}", token=token or self.issuer.mint("root", ["admin"]), **rest)

    async def get(self, path: str) -> Any:
        answer = await self.ask("GET", path)
        assert answer.status == 200, answer.body
        return answer.json

    async def letters(self, **filters: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("/dead-letters?" + "&".join(f"{k}={v}" for k, v in filters.items())))["items"]
        return found

    async def decide(self, letter: str, deed: str, **body: str) -> Answer:
        return await self.ask("POST", f"/dead-letters/{letter}/{deed}?wait=5", json=body or None)


@asynccontextmanager
async def desk_of(service: str, database: Database) -> AsyncIterator[Desk]:
    issuer = Issuer()
    await issuer.start()
    settings = Settings(database_url=SecretStr("unused"), jwks_url=issuer.url, issuer=ISSUER, environment="test")
    keys, edge = KeySet(issuer.url), Edge(64, Turns(8))
    health = Health(service, Path(__file__).parents[3] / "services" / service / "migrations", database, list)
    site = Site(settings, database, SystemClock(), Verifier(keys, ISSUER))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(issuer.stop)
        http = web.AppRunner(build_app(service, [routes_of(service)], site, health, edge), access_log=None, auto_decompress=False)
        await http.setup()
        stack.push_async_callback(http.cleanup)
        await web.TCPSite(http, "127.0.0.1", 0).start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        host, port = http.addresses[0][:2]
        yield Desk(Server(f"http://{host}:{port}", session, issuer, keys, database, edge, health), service)
