"""A small HTTP client for the suite's own API: a signed-in person's view of it, for the demo, tests and commands."""

import io
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from shared.contracts.text import Language

DEADLINE = 60.0


class Unexpected(AssertionError):
    """An answer with another status than the caller needs; the text shows request, status and body."""

    def __init__(self, answer: "Answer") -> None:
        super().__init__(f"{answer.method} {answer.path} answered {answer.status}: {answer.text[:2000]}")
        self.answer = answer


@dataclass(frozen=True)
class Answer:
    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    elapsed_ms: float

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    @property
    def json(self) -> Any:
        return orjson.loads(self.content) if self.content else None

    @property
    def etag(self) -> str | None:
        return self.headers.get("ETag")

    @property
    def problem(self) -> Any:
        """The members of a problem; without a `detail` it is none of ours, but the gateway's or of what stands before it."""
        return self.json if "json" in self.headers.get("Content-Type", "") else {}

    def expect(self, *statuses: int) -> Any:
        """The body of an answer that went well (any 2xx, or one of `statuses`); Unexpected otherwise."""
        if self.status in statuses or (not statuses and 200 <= self.status < 300):
            return self.json if "json" in self.headers.get("Content-Type", "") else self.text
        raise Unexpected(self)


class Client:
    """Calls the gateway with one token. Paths begin with /api/."""

    def __init__(
        self,
        base: str,
        token: str | None = None,
        connections: int = 20,
        tls: ssl.SSLContext | None = None,
        language: Language | None = None,
    ) -> None:
        """`tls` says whom to trust at an https address, where that is not what this machine trusts; `language` is that of refusals."""
        self.base = base
        self.token = token
        self._tls = tls
        self._language = language
        self._connections = connections
        self._opened: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
    ) -> Answer:
        """Any answer is returned, errors too; aiohttp's ClientError or TimeoutError when there is none."""
        sent = dict(headers or {})
        if json is not None:
            data = orjson.dumps(json)
            sent.setdefault("Content-Type", "application/json")
        params = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        began = time.perf_counter()
        async with self._session().request(
            method,
            path,
            data=_payload(data),
            params=params,
            headers=sent,
            timeout=aiohttp.ClientTimeout(total=deadline),
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
            elapsed = (time.perf_counter() - began) * 1000
            return Answer(method, path, answer.status, answer.headers, content, elapsed)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.request("GET", path, query=query)

    async def post(self, path: str, json: Any = None, *, key: str | None = None, correlation: str | None = None) -> Answer:
        """`key` is the Idempotency-Key, `correlation` the correlation id to be used."""
        headers = {name: value for name, value in (("Idempotency-Key", key), ("X-Correlation-Id", correlation)) if value}
        return await self.request("POST", path, json={} if json is None else json, headers=headers)

    async def put(self, path: str, json: Any, *, etag: str | None = None) -> Answer:
        return await self.request("PUT", path, json=json, headers={"If-Match": etag} if etag else None)

    async def patch(self, path: str, json: Any, *, etag: str | None = None) -> Answer:
        return await self.request("PATCH", path, json=json, headers={"If-Match": etag} if etag else None)

    async def delete(self, path: str, *, etag: str | None = None) -> Answer:
        return await self.request("DELETE", path, headers={"If-Match": etag} if etag else None)

    async def upload(self, path: str, content: bytes, content_type: str, *, deadline: float = 300, **query: Any) -> Answer:
        return await self.request("POST", path, data=content, headers={"Content-Type": content_type}, query=query, deadline=deadline)

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            said = {"Authorization": self.token and f"Bearer {self.token}", "Accept-Language": self._language}
            headers = {name: value for name, value in said.items() if value}
            connector = aiohttp.TCPConnector(limit=self._connections, ssl=self._tls if self._tls is not None else True)
            self._opened = aiohttp.ClientSession(self.base, headers=headers, connector=connector)
        return self._opened


def _payload(data: bytes | None) -> bytes | io.BytesIO | None:
    """aiohttp sends a file piece by piece, so that a large upload does not hold up the loop."""
    return io.BytesIO(data) if data is not None and len(data) > 500_000 else data


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
