"""The proxy itself: each fault does what it says, so that what the services stand was really done to them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.faults.proxy import Proxy

SOON = 0.3


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """Before a server that answers each line with itself, and `bye` by hanging up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (line := await reader.readline()) not in (b"", b"bye\n"):
                writer.write(line)
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    proxy = Proxy(lambda: int(server.sockets[0].getsockname()[1]))
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
        server.close()


class Line:
    """A connection that says a line and hears one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, proxy: Proxy) -> "Line":
        return cls(*await asyncio.open_connection("127.0.0.1", proxy.port))

    async def says(self, text: bytes) -> bytes:
        self.writer.write(text + b"\n")
        return await self.hears()

    async def hears(self) -> bytes:
        async with asyncio.timeout(SOON):
            return (await self.reader.readline()).strip()


async def test_it_passes_and_delays(proxy: Proxy) -> None:
    line = await Line.to(proxy)
    assert await line.says(b"one") == b"one"
    proxy.delay(SOON)
    with pytest.raises(TimeoutError):
        await line.says(b"two")
    proxy.heal()
    async with asyncio.timeout(5):
        assert await line.reader.readline() == b"two\n"
    line.writer.close()


@pytest.mark.parametrize("way", ["up", "down"])
async def test_what_is_held_arrives_later(proxy: Proxy, way: str) -> None:
    line = await Line.to(proxy)
    proxy.hold("up" if way == "up" else "down")
    with pytest.raises(TimeoutError):
        await line.says(b"one")
    proxy.heal()
    assert await line.hears() == b"one"
    line.writer.close()


async def test_what_is_dropped_never_arrives(proxy: Proxy) -> None:
    line, left, quiet = await Line.to(proxy), await Line.to(proxy), await Line.to(proxy)
    assert await quiet.says(b"one") == b"one"
    proxy.drop("down")
    for one, word in ((line, b"one"), (left, b"bye")):
        with pytest.raises(TimeoutError):
            await one.says(word)
    assert proxy.lost == len(b"one\n")
    proxy.heal()
    for one in (line, left):
        with pytest.raises(ConnectionResetError):
            await one.hears()
    assert await quiet.says(b"two") == b"two"
    quiet.writer.close()


async def test_it_resets_and_refuses(proxy: Proxy) -> None:
    line = await Line.to(proxy)
    assert await line.says(b"one") == b"one"
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        await line.hears()
    with pytest.raises(ConnectionResetError):
        await (await Line.to(proxy)).says(b"one")
    proxy.heal()
    again = await Line.to(proxy)
    assert await again.says(b"two") == b"two"
    again.writer.close()


async def test_it_swallows_the_answer_to_what_it_was_told(proxy: Proxy) -> None:
    proxy.swallow(b"commit")
    line = await Line.to(proxy)
    assert await line.says(b"begin") == b"begin"
    with pytest.raises(ConnectionResetError):
        await line.says(b"commit")
    assert proxy.swallowed == 1
    again = await Line.to(proxy)
    assert await again.says(b"commit") == b"commit"
    again.writer.close()
