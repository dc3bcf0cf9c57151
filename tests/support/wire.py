"""HTTP/1.1 byte by byte, on one connection: for what a client library would hide."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

DEADLINE = 20.0


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def last(self) -> bool:
        """Whether the server takes no more on this connection."""
        return self.headers.get("connection", "").lower() == "close"


class Wire:
    """A connection whose two directions fail apart: what has come is read, also when the server listens no more."""

    def __init__(self, host: str, line: socket.socket) -> None:
        self._host, self._line, self._come = host, line, b""

    async def send(self, part: bytes) -> None:
        async with asyncio.timeout(DEADLINE):
            await asyncio.get_running_loop().sock_sendall(self._line, part)

    async def head(self, method: str, path: str, **headers: str | int) -> None:
        """The head of a request; an underscore in a header's name is a hyphen."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    async def answer(self) -> Said:
        """The next answer; EOFError when the connection ends before it."""
        async with asyncio.timeout(DEADLINE):
            while b"\r\n\r\n" not in self._come:
                await self._more()
            head, self._come = self._come.split(b"\r\n\r\n", 1)
            first, *lines = head.decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            size = int(headers.get("content-length", 0))
            while len(self._come) < size:
                await self._more()
            body, self._come = self._come[:size], self._come[size:]
        return Said(int(first.split()[1]), headers, body)

    async def ended(self) -> bool:
        """Waits for the end of the connection; false when something else comes."""
        if self._come:
            return False
        try:
            async with asyncio.timeout(DEADLINE):
                await self._more()
        except (EOFError, ConnectionError):
            return True
        return False

    async def _more(self) -> None:
        part = await asyncio.get_running_loop().sock_recv(self._line, 65_536)
        if not part:
            raise EOFError("the connection ended")
        self._come += part


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[Wire]:
    """A connection to the server of that URL."""
    place = urlsplit(url)
    with socket.socket() as line:
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, (place.hostname, place.port))
        yield Wire(place.netloc, line)
