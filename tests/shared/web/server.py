"""A running server, and how tests ask it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from shared.database.pool import Database
from shared.web.edge import Edge
from shared.web.health import Health
from shared.web.jwks import KeySet
from tests.shared.web.issuer import Issuer


@dataclass
class Answer:
    status: int
    headers: Any
    body: bytes
    json: Any


@dataclass
class Server:
    """The running server and what stands behind it."""

    url: str
    session: aiohttp.ClientSession
    issuer: Issuer
    keys: KeySet
    database: Database
    edge: Edge
    health: Health

    async def ask(self, method: str, path: str, *, token: str | None = "", headers: dict[str, str] | None = None, **rest: Any) -> Answer:
        """One request, signed by default by a merchandiser; None sends no token."""
        signed = {} if token is None else {"Authorization": f"Bearer {token or self.issuer.mint()}"}
        async with (
            asyncio.timeout(20),
            self.session.request(method, self.url + path, headers={**signed, **(headers or {})}, **rest) as answer,
        ):
            body = await answer.read()
            return Answer(answer.status, answer.headers, body, await answer.json(content_type=None) if b"{" in body[:1] else None)


async def until(true: Callable[[], Awaitable[object]], seconds: float = 10) -> None:
    """Ask again and again until it is true; TimeoutError after the deadline."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - nothing tells us when
            await asyncio.sleep(0.01)
