"""A cheap load generator: requests prepared as bytes, sent over keep-alive connections, answers read for their status and length alone.

It shares the cores with what it measures, so it does as little as it can: no session, no headers parsed but two.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson

HEAD_END = b"\r\n\r\n"
ANSWER_SECONDS = 60.0
"""How long nothing may be answered."""


def prepared(method: str, path: str, token: str, body: object = None, headers: Mapping[str, str] | None = None) -> bytes:
    """A request as it goes over the wire."""
    content = b"" if body is None else orjson.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"] if content else []
    return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass
class Answered:
    """What came of a load: how many answers of each status, and how long each took in seconds.

    In an open loop the time counts from when the request was due, also when it could not be sent then.
    """

    began: float = 0.0
    """By the clock of the running loop."""
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    refused: set[int] = field(default_factory=set)
    """Which requests, counted from 0, were answered with an error; of an open loop only."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def require(self, status: int) -> "Answered":
        """Itself, when every answer had that status; otherwise the measurement is worth nothing: RuntimeError."""
        if set(self.statuses) != {status}:
            raise RuntimeError(f"{status} was expected of all, and came: {dict(self.statuses)}")
        return self


class Connection(asyncio.Protocol):
    """One keep-alive connection that answers one request at a time. Use `connect`."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._buffer = b""
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self.head = b""
        """Of the last answer: its status and headers."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(HEAD_END)
        if end < 0 or self._waiting is None:
            return
        total = end + len(HEAD_END) + _length(self._buffer[:end])
        if len(self._buffer) >= total:
            self.head = self._buffer[:end]
            answer = int(self._buffer[9:12]), self._buffer[end + len(HEAD_END) : total]
            self._buffer = self._buffer[total:]
            waiting, self._waiting = self._waiting, None
            if not waiting.done():
                waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionResetError("closed before the answer"))

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        self._transport.close()


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    if at < 0:
        if b"transfer-encoding:" in lowered:
            raise ValueError("an answer in chunks is not understood")
        return 0
    return int(lowered[at + 15 :].split(b"\r\n", 1)[0])


async def connect(url: str) -> Connection:
    """A connection to the server at `url` (http)."""
    server = urlsplit(url)
    async with asyncio.timeout(10):
        _, connection = await asyncio.get_running_loop().create_connection(Connection, server.hostname or "", server.port or 80)
    return connection


async def closed_loop(url: str, requests: Iterable[bytes], clients: int) -> Answered:
    """Each client sends the next request as soon as it has its answer, until there are none left. Each request is sent once."""
    connections = [await connect(url) for _ in range(clients)]
    answered, left = Answered(), iter(requests)
    loop = asyncio.get_running_loop()
    answered.began = began = loop.time()
    try:
        async with asyncio.TaskGroup() as group:
            for connection in connections:
                group.create_task(_client(connection, left, answered))
        answered.seconds = loop.time() - began
    finally:
        for connection in connections:
            connection.close()
    return answered


async def _client(connection: Connection, requests: Iterator[bytes], answered: Answered) -> None:
    loop = asyncio.get_running_loop()
    for request in requests:
        began = loop.time()
        status, _ = await connection.send(request)
        answered.latencies.append(loop.time() - began)
        answered.statuses[status] += 1


async def open_loop(url: str, requests: Iterable[bytes], rate: float, connections: int = 32, answered: Answered | None = None) -> Answered:
    """Sends `rate` requests a second whatever the answers do. What finds no free connection waits; its time counts from when it was due.

    Who gives `answered` can look at it meanwhile.
    """
    free: asyncio.Queue[Connection] = asyncio.Queue()
    made = [await connect(url) for _ in range(connections)]
    for connection in made:
        free.put_nowait(connection)
    answered = Answered() if answered is None else answered
    loop = asyncio.get_running_loop()

    async def one(number: int, request: bytes, due: float) -> None:
        connection = await free.get()
        status, _ = await connection.send(request)
        free.put_nowait(connection)
        now = loop.time()
        deadline.reschedule(now + ANSWER_SECONDS)
        answered.latencies.append(now - due)
        answered.statuses[status] += 1
        if status >= 400:
            answered.refused.add(number)

    answered.began = began = loop.time()
    try:
        async with asyncio.timeout(ANSWER_SECONDS) as deadline, asyncio.TaskGroup() as group:
            for number, request in enumerate(requests):
                due = began + number / rate
                if (wait := due - loop.time()) > 0:
                    await asyncio.sleep(wait)
                group.create_task(one(number, request, due))
        answered.seconds = loop.time() - began
    finally:
        for connection in made:
            connection.close()
    return answered
