"""Connections to the broker that come back by themselves.

The library's own reconnection is not used: it can hang on a frozen peer, it buffers what the caller believes has failed,
and requests in flight are never told. Here a lost connection fails everything that was asked over it, and a new client is built.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError, NoRespondersError
from nats.errors import Error as NatsError
from pydantic import SecretStr

from shared.messaging.provision import inbox_prefix
from shared.messaging.waiting import either

OLDEST = (2, 14)
"""Older servers cannot reset a consumer."""
CONNECT_SECONDS = 2
CLOSE_SECONDS = 1.0
RETRY_SECONDS = 0.2
PING_SECONDS = 5
WATCH_SECONDS = 1.0
PROBE_SECONDS = 4.0
PROBE_DEADLINE = 7
"""Seconds. A server that does not answer in time is left: the library's own pings take longer, and can hang on a full socket."""
REQUEST_SECONDS = 5.0

AWAY = (NatsError, OSError, TimeoutError)
"""The broker is away or does not answer in time: nothing is known of what was asked."""

log = structlog.get_logger()


class TooOld(Exception):
    """The broker's version lacks what the suite relies on."""


class Bus:
    """A connection as one user. `run` keeps it up; nothing is buffered while it is down."""

    def __init__(self, url: str, user: str | None, password: SecretStr | None, name: str) -> None:
        self._servers = [server.strip() for server in url.split(",")]
        self._user, self._password, self._name = user, password, name
        self._client: Client | None = None
        self._lost = asyncio.Event()
        self._unreachable = False
        self._probe_at = 0.0
        self._answers: dict[str, asyncio.Future[Msg]] = {}
        self._tokens = itertools.count()
        self._inbox = ""
        self.connected = asyncio.Event()

    @property
    def client(self) -> Client:
        """The client of this moment; it is never reconnected, so whoever keeps it sees it closed. Raises ConnectionClosedError."""
        if self._client is None or self._client.is_closed:
            raise ConnectionClosedError
        return self._client

    async def run(self, stopping: asyncio.Event) -> None:
        """Keeps the connection up until `stopping`, then closes it. Raises TooOld for a server that cannot be used."""
        try:
            while not stopping.is_set():
                if self._client is not None and not self._client.is_closed:
                    await either(self._lost, stopping, seconds=WATCH_SECONDS)
                    if await self._answering(self._client, stopping):
                        continue
                await self._forget()
                if not await self._connect():
                    await either(stopping, seconds=RETRY_SECONDS)
        finally:
            await self._forget()

    @asynccontextmanager
    async def up(self, seconds: float) -> AsyncIterator["Bus"]:
        """Connected, and kept so for as long as it lasts. Raises ConnectionClosedError when it is not in time, and what `run` does."""
        stopping = asyncio.Event()
        task = asyncio.create_task(self.run(stopping))
        try:
            await either(self.connected, task, seconds=seconds)
            if not self.connected.is_set():
                raise ConnectionClosedError
            yield self
        finally:
            stopping.set()
            await task

    async def request(self, subject: str, data: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
        """One request; raises one of AWAY at once when the connection is lost, and when there is no answer in time."""
        token = str(next(self._tokens))
        answer: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
        client = self.client
        self._answers[token] = answer
        try:
            await client.publish(subject, data, f"{self._inbox}.{token}", headers)
            async with asyncio.timeout(REQUEST_SECONDS):
                found = await answer
        finally:
            self._answers.pop(token, None)
        if found.headers and found.headers.get("Status") == "503":
            raise NoRespondersError
        return found.data

    async def _connect(self) -> bool:
        client = Client()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.connect(
                    self._servers,
                    name=self._name,
                    user=self._user,
                    password=self._password.get_secret_value() if self._password else None,
                    inbox_prefix=inbox_prefix(self._user or "anyone"),
                    allow_reconnect=False,
                    connect_timeout=CONNECT_SECONDS,
                    # How often each address is tried before the next round.
                    max_reconnect_attempts=1,
                    ping_interval=PING_SECONDS,
                    max_outstanding_pings=2,
                    pending_size=-1,
                    skip_subject_validation=True,
                    error_cb=self._on_error,
                    closed_cb=self._on_closed,
                )
            self._inbox = client.new_inbox()
            await client.subscribe(f"{self._inbox}.*", cb=self._on_answer)
        except AWAY as error:
            if not self._unreachable:
                log.warning("nats.unreachable", connection=self._name, error=type(error).__name__)
            self._unreachable = True
            await _close(client)
            return False
        version = client.connected_server_version
        if (version.major, version.minor) < OLDEST:
            await _close(client)
            raise TooOld(f"nats-server {version.major}.{version.minor} is too old: {OLDEST[0]}.{OLDEST[1]} or newer is needed")
        self._client = client
        self._lost.clear()
        self._unreachable = False
        self.connected.set()
        log.info("nats.connected", connection=self._name)
        return True

    async def _answering(self, client: Client, stopping: asyncio.Event) -> bool:
        """From time to time a round trip; false when there is no answer in time."""
        if asyncio.get_running_loop().time() < self._probe_at:
            return True
        probe = asyncio.create_task(_round_trip(client))
        try:
            await either(probe, self._lost, stopping)
            silent = probe.done() and not probe.result() and not self._lost.is_set()
        finally:
            probe.cancel()
        self._probe_at = asyncio.get_running_loop().time() + PROBE_SECONDS
        if silent:
            log.warning("nats.silent", connection=self._name)
        return not silent

    async def _forget(self) -> None:
        """Fails whatever still waits for the lost connection."""
        self.connected.clear()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionClosedError())
        client, self._client = self._client, None
        if client is not None:
            await _close(client)

    # The library's callbacks must never raise: its tasks would die of it.

    async def _on_answer(self, message: Msg) -> None:
        answer = self._answers.get(message.subject.rpartition(".")[2])
        if answer is not None and not answer.done():
            answer.set_result(message)

    async def _on_error(self, error: Exception) -> None:
        # A refused subject is reported here only; whoever asked sees a timeout.
        if self.connected.is_set():
            log.error("nats.error", connection=self._name, error=type(error).__name__, detail=str(error)[:200])

    async def _on_closed(self) -> None:
        self._lost.set()


async def _round_trip(client: Client) -> bool:
    """Whether the server answers in time; the library swallows a cancellation where its socket is full, so nothing here relies on one."""
    try:
        await client.flush(PROBE_DEADLINE)
    except AWAY:
        return False
    return True


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.close()
    except AWAY as error:
        log.warning("nats.close_failed", error=type(error).__name__)
    # What the library would still write to a peer that reads nothing must not keep the socket open.
    writer = getattr(getattr(client, "_transport", None), "_io_writer", None)
    if writer is not None:
        writer.transport.abort()
