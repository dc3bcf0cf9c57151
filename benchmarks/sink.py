"""A mail server that speaks the protocol and keeps nothing but when a mail came and what it belongs to."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_CORRELATION = re.compile(rb"^X-Correlation-ID: (\S+)\r$", re.MULTILINE)
_END = b"\r\n.\r\n"


@dataclass
class Sink:
    """`came`: when the mail of each correlation id was taken, in seconds since 1970; the first, should there be two."""

    came: dict[str, float] = field(default_factory=dict)
    mails: int = 0

    def take(self, content: bytes) -> None:
        found = _CORRELATION.search(content)
        self.mails += 1
        if found is not None:
            self.came.setdefault(found[1].decode(), time.time())


class Session(asyncio.Protocol):
    """One connection. Every command is taken; commands may come together."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._transport: asyncio.Transport
        self._buffer = b""
        self._in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink ready\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(_END if self._in_mail else b"\r\n")) >= 0:
            taken, self._buffer = self._buffer[:end], self._buffer[end + (len(_END) if self._in_mail else 2) :]
            self._transport.write(self._mail(taken) if self._in_mail else self._command(taken))

    def _mail(self, content: bytes) -> bytes:
        self._in_mail = False
        self._sink.take(content)
        return b"250 2.0.0 taken\r\n"

    def _command(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"DATA":
            self._in_mail = True
            return b"354 go on\r\n"
        return b"221 2.0.0 bye\r\n" if verb == b"QUIT" else b"250 2.0.0 fine\r\n"


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[Sink]:
    """A sink on that port of this machine, until the block is left."""
    sink = Sink()
    server = await asyncio.get_running_loop().create_server(lambda: Session(sink), "127.0.0.1", port)
    try:
        yield sink
    finally:
        server.close()
