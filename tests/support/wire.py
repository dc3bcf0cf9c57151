"""HTTP/1.1 byte by byte, on one connection: for what a client library would hide."""

import asyncio
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
    def __init__(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host, self._reader, self._writer = host, reader, writer

    async def send(self, part: bytes) -> None:
        self._writer.write(part)
        async with asyncio.timeout(DEADLINE):
            await self._writer.drain()

    async def head(self, method: str, path: str, **headers: str | int) -> None:
        """The head of a request; an underscore in a header's name is a hyphen."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    async def answer(self) -> Said:
        """The next answer; EOFError when the connection ends before it."""
        async with asyncio.timeout(DEADLINE):
            first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
            body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Said(int(first.split()[1]), headers, body)

    async def ended(self) -> bool:
        """Waits for the end of the connection; false when something else comes."""
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._reader.read(1) == b""
        except ConnectionError:
            return True


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[Wire]:
    """A connection to the server of that URL."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        yield Wire(place.netloc, reader, writer)
    finally:
        writer.close()
