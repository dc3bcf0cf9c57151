"""The customers service as its callers see it: requests, what it told, and bodies to send."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.customers.app import SERVICE
from services.customers.settings import CustomersSettings
from shared.clock import Clock
from shared.contracts.customers import Role
from shared.contracts.envelope import Envelope
from shared.database.pool import Database
from shared.messaging.keys import key_of
from shared.messaging.personal import unseal
from shared.service import Running
from shared.web.app import build_app
from shared.web.auth import Principal, Unauthorized, Verifier
from shared.web.edge import Edge
from shared.web.endpoint import Site
from shared.web.health import Health
from shared.web.signing import new_key

ISSUER = "urn:gendan:test"
KEY = new_key()
WHEN = datetime(2013, 1, 15, 8, 0, tzinfo=UTC)


class StoppedClock(Clock):
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = WHEN

    def now(self) -> datetime:
        return self.time


class TrustingVerifier(Verifier):
    """Takes `Bearer login:role,role` at its word."""

    def __init__(self) -> None:
        pass

    async def principal(self, authorization: str | None) -> Principal:
        login, _, roles = (authorization or "").removeprefix("Bearer").strip().partition(":")
        if not login:
            raise Unauthorized("send a token")
        known: tuple[Role, ...] = ("merchandiser", "clerk", "planner", "finance", "manager", "admin")
        return Principal(login, roles=frozenset(role for role in known if role in roles.split(",")))


@dataclass
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def slug(self) -> str:
        return str(self.body["type"]).rsplit(":", 1)[-1]

    @property
    def fields(self) -> dict[str, str]:
        return {error["field"]: error["reason"] for error in self.body["errors"]}


class Api:
    """The service as its callers see it, and what it has told."""

    def __init__(self, client: "TestClient[Any, Any]", database: Database, clock: StoppedClock) -> None:
        self._client = client
        self.database = database
        self.clock = clock

    def with_settings(self, **changes: Any) -> AbstractAsyncContextManager["Api"]:
        """The same service, on the same database, set otherwise."""
        return served(self.database, self.clock, **changes)

    def parts(self, **changes: Any) -> Running:
        """What a command of the service is given, without a spine."""
        spine: Any = None
        return Running(SERVICE, settings(**changes), self.database, self.clock, structlog.get_logger(), spine)

    async def call(self, who: str, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """`who` is `login:role,role`; header names are written with underscores."""
        sent = {"Authorization": f"Bearer {who}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = None if body is None else orjson.dumps(body)
        async with self._client.request(method, path, data=data, headers=sent) as response:
            text = await response.read()
            return Answer(response.status, orjson.loads(text) if text else None, response.headers)

    async def get(self, who: str, path: str) -> Answer:
        return await self.call(who, "GET", path)

    async def post(self, who: str, path: str, body: object, **headers: str) -> Answer:
        return await self.call(who, "POST", path, body, **headers)

    async def put(self, who: str, path: str, body: object, **headers: str) -> Answer:
        return await self.call(who, "PUT", path, body, **headers)

    async def told(self) -> list[Envelope]:
        """Everything in the record, in its order."""
        async with self.database.connection() as connection:
            rows = await connection.fetch("SELECT body FROM record ORDER BY position")
        return [Envelope.model_validate_json(row["body"]) for row in rows]

    async def opened(self, told: Envelope, text: str, kind: Any) -> Any:
        """The personal block of an event."""
        async with self.database.connection() as connection:
            key = await key_of(connection, told.subject)
        assert key is not None
        return unseal(key, told.subject, text, kind)


def settings(**changes: Any) -> CustomersSettings:
    signing_key = SecretStr(KEY.decode())
    given = {"database_url": SecretStr("none"), "jwks_url": "none", "issuer": ISSUER, "signing_key": signing_key, "environment": "test"}
    return CustomersSettings(**{**given, **changes})


@asynccontextmanager
async def served(database: Database, clock: StoppedClock, **changes: Any) -> AsyncIterator[Api]:
    site = Site(settings(**changes), database, clock, TrustingVerifier())
    health = Health("customers", SERVICE.migrations, database, list)
    app = build_app(SERVICE.name, list(SERVICE.routes), site, health, Edge(64))
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
