"""A TCP proxy that misbehaves when told to, to stand between a service and one of its servers."""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

Way = Literal["up", "down"]
"""up: from the service to its server; down: back."""
BOTH: tuple[Way, Way] = ("up", "down")
CHUNK = 65536
AT_ONCE = struct.pack("ii", 1, 0)


class Proxy:
    """Passes bytes on from `port` to whatever port `target` names at each new connection. All faults last until `heal`."""

    def __init__(self, target: Callable[[], int]) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self._open = {way: asyncio.Event() for way in BOTH}
        self._dropped: set[Way] = set()
        self._delay = 0.0
        self._refusing = False
        self._mark: bytes | None = None
        self.swallowed = 0
        """Answers that `swallow` took away so far."""
        self._to_swallow = 0
        self.lost = 0
        """Bytes that `drop` took away so far."""
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.heal()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.reset()
            while self._links:  # noqa: ASYNC110  each ends by itself
                await asyncio.sleep(0.01)

    def hold(self, *ways: Way) -> None:
        """A network cut: what is sent waits, an end of connection too, new connections get no answer; all of it arrives after `heal`."""
        for way in ways or BOTH:
            self._open[way].clear()

    def drop(self, *ways: Way) -> None:
        """What is sent is gone. `heal` resets the connections that lost something: no stream goes on over a hole."""
        self._dropped |= set(ways or BOTH)

    def delay(self, seconds: float) -> None:
        """Every piece waits so long, each way."""
        self._delay = seconds

    def refuse(self) -> None:
        """Resets every connection, and each new one."""
        self._refusing = True
        self.reset()

    def reset(self) -> None:
        """Cuts every connection there is, so that both ends hear of it."""
        for link in tuple(self._links):
            link.cut()

    def swallow(self, mark: bytes, times: int = 1) -> None:
        """The next `times` answers to something with `mark` in it are lost, and their connections cut: done, and nobody was told."""
        self._mark, self._to_swallow, self.swallowed = mark, times, 0

    def heal(self) -> None:
        for gate in self._open.values():
            gate.set()
        self._dropped.clear()
        self._delay, self._refusing, self._mark, self._to_swallow = 0.0, False, None, 0
        for link in tuple(self._links):
            if link.damaged:
                link.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            _cut(writer)
            return
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target())
        except OSError:
            _cut(writer)
            return
        link = _Link(self, (reader, writer), (to_reader, to_writer))
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)

    async def passes(self, link: "_Link", way: Way, piece: bytes) -> bool:
        """Whether the piece is to be sent on, once it may; an empty one is the end of the connection."""
        if self._delay:
            await asyncio.sleep(self._delay)
        await self._open[way].wait()
        if way in self._dropped:
            link.damaged = True
            self.lost += len(piece)
            if not piece:  # nobody hears of the end either
                await link.gone.wait()
            return False
        if self._mark is not None and way == "up" and self._mark in link.tail + piece:
            link.awaited = True
        link.tail = piece[-len(self._mark or b"") :] if way == "up" else link.tail
        if way == "down" and link.awaited and self._to_swallow and piece:
            self._to_swallow -= 1
            self.swallowed += 1
            link.cut()
            return False
        return True


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, service: Stream, server: Stream) -> None:
        self._proxy, self._service, self._server = proxy, service, server
        self.damaged = False
        self.awaited = False
        self.tail = b""
        self.gone = asyncio.Event()

    async def run(self) -> None:
        up = asyncio.create_task(self._pump("up", self._service[0], self._server[1]))
        down = asyncio.create_task(self._pump("down", self._server[0], self._service[1]))
        gone = asyncio.create_task(self.gone.wait())
        try:
            await asyncio.wait((up, down, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down, gone):
                task.cancel()
            await asyncio.gather(up, down, gone, return_exceptions=True)
            for _, writer in (self._service, self._server):
                writer.close()

    def cut(self) -> None:
        for _, writer in (self._service, self._server):
            _cut(writer)
        self.gone.set()

    async def _pump(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        piece = b"-"
        while piece:
            try:
                piece = await reader.read(CHUNK)
            except OSError:
                piece = b""
            if await self._proxy.passes(self, way, piece) and piece:
                with suppress(OSError):
                    writer.write(piece)
                    await writer.drain()


def _cut(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with a reset, unsent bytes and all."""
    found = writer.get_extra_info("socket")
    if found is not None:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()
