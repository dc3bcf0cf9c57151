"""The customers service as its callers see it, and bodies to send."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import structlog
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.customers.app import SERVICE
from services.customers.settings import CustomersSettings
from shared.database.pool import Database
from shared.service import Running
from shared.web.app import build_app
from shared.web.edge import Edge
from shared.web.endpoint import Site
from shared.web.health import Health
from shared.web.signing import new_key
from shared.web.turns import Turns
from tests.support import calls
from tests.support.calls import StoppedClock, TrustingVerifier

ISSUER = "urn:gendan:test"
KEY = new_key()


class Api(calls.Api):
    """The service, which can be set otherwise."""

    def with_settings(self, **changes: Any) -> AbstractAsyncContextManager["Api"]:
        """The same service, on the same database, set otherwise."""
        return served(self.database, self.clock, **changes)

    def parts(self, **changes: Any) -> Running:
        """What a command of the service is given, without a spine."""
        spine: Any = None
        return Running(SERVICE, settings(**changes), self.database, self.clock, structlog.get_logger(), spine)


def settings(**changes: Any) -> CustomersSettings:
    signing_key = SecretStr(KEY.decode())
    given = {"database_url": SecretStr("none"), "jwks_url": "none", "issuer": ISSUER, "signing_key": signing_key, "environment": "test"}
    return CustomersSettings(**{**given, **changes})


@asynccontextmanager
async def served(database: Database, clock: StoppedClock, **changes: Any) -> AsyncIterator[Api]:
    site = Site(settings(**changes), database, clock, TrustingVerifier())
    health = Health("customers", SERVICE.migrations, database, list)
    app = build_app(SERVICE.name, list(SERVICE.routes), site, health, Edge(64, Turns(8)))
    async with TestClient(TestServer(app)) as client:
        yield Api(client, database, clock)


ADMIN = "root:admin"
MANAGER = "wang.fang:manager"
LI = "li.wei:merchandiser"
CHEN = "chen.jie:merchandiser"


def person(name: str = "Li Wei", **changes: Any) -> dict[str, object]:
    known = {"name": name, "department": "sales", "language": "zh-CN", "time_zone": "Asia/Shanghai", "email": "staff@example.org"}
    return {**known, "roles": ["merchandiser"], **changes}


def customer(code: str = "NA", **changes: Any) -> dict[str, object]:
    return {"code": code, "name": "Namibia", "country": "NA", "language": "en", "time_zone": "Africa/Windhoek", **changes}


def profile(**changes: Any) -> dict[str, object]:
    known = customer(**changes)
    del known["code"]
    return known


def contact(name: str = "Maria Nangolo", **changes: Any) -> dict[str, object]:
    known = {"name": name, "salutation": f"Dear {name}", "roles": ["orders"], "email": "maria@example.org", "language": "en"}
    return {**known, "time_zone": "Africa/Windhoek", "country": "NA", **changes}
