"""A service as its callers see it: requests, answers, what it told; with a clock that stands and tokens taken at their word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp.test_utils import TestClient

from shared.clock import Clock
from shared.contracts.customers import ROLES
from shared.contracts.envelope import Envelope
from shared.contracts.text import Both
from shared.database.pool import Database
from shared.messaging.keys import key_of
from shared.messaging.personal import unseal
from shared.web.auth import Principal, Unauthorized, Verifier

WHEN = datetime(2013, 1, 15, 8, 0, tzinfo=UTC)


class StoppedClock(Clock):
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = WHEN

    def now(self) -> datetime:
        return self.time


class TrustingVerifier(Verifier):
    """Takes `Bearer login:role,role:name` at its word; the name may be left out."""

    def __init__(self) -> None:
        pass

    async def principal(self, authorization: str | None) -> Principal:
        login, roles, name = ((authorization or "").removeprefix("Bearer").strip() + "::").split(":")[:3]
        if not login:
            raise Unauthorized(Both("send a token", "请发送令牌"))
        return Principal(login, name or None, frozenset(role for role in ROLES if role in roles.split(",")))


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

    async def call(self, who: str, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """`who` is `login:role,role` or `login:role,role:name`; header names are written with underscores."""
        sent = {"Authorization": f"Bearer {who}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = None if body is None else orjson.dumps(body)
        async with self._client.request(method, path, data=data, headers=sent) as response:
            content = await response.read()
            body = orjson.loads(content) if content and response.content_type.endswith("json") else content.decode() or None
            return Answer(response.status, body, response.headers)

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
