"""notifications as its callers see it."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp.test_utils import TestClient

from shared.contracts.customers import Role
from shared.web.auth import Principal, Verifier

LI = "li.wei:merchandiser"
CHEN = "chen.jie:merchandiser"
BOSS = "wang.fang:manager"


class Trusting(Verifier):
    """Takes `login:role` at its word."""

    def __init__(self) -> None:
        pass

    async def principal(self, authorization: str | None) -> Principal:
        login, _, role = (authorization or "").removeprefix("Bearer ").partition(":")
        roles: dict[str, Role] = {"merchandiser": "merchandiser", "manager": "manager"}
        return Principal(login, roles=frozenset({roles[role]}))


class Api:
    def __init__(self, client: "TestClient[Any, Any]") -> None:
        self._client = client

    async def call(self, who: str, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any, Mapping[str, str]]:
        sent = {"Authorization": f"Bearer {who}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = None if body is None else orjson.dumps(body)
        async with self._client.request(method, path, data=data, headers=sent) as response:
            text = await response.read()
            return response.status, orjson.loads(text) if text else None, response.headers

    async def get(self, who: str, path: str) -> Any:
        status, body, _ = await self.call(who, "GET", path)
        assert status == 200, body
        return body

    async def status(self, who: str, path: str) -> int:
        return (await self.call(who, "GET", path))[0]
