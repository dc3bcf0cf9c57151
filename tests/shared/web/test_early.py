"""Answers that come before the whole request has: the client reads them, and no rest of a body is taken for a request."""

import asyncio
import json

import pytest

from tests.shared.web import toy
from tests.shared.web.server import Server, until
from tests.support.wire import Said, Wire, wire

SIZE = 5_000_000
HIDDEN = b"GET /api/toys/hidden HTTP/1.1\r\nHost: toys\r\n\r\n"
"""What a body consists of that would be obeyed if it were misread."""
BODY = HIDDEN * (SIZE // len(HIDDEN))
NEXT = "/api/toys/next"


async def signed(site: Server, line: Wire, method: str, path: str, **headers: str | int) -> None:
    await line.head(method, path, Authorization=f"Bearer {site.issuer.mint()}", Content_Type="application/json", **headers)


async def beginning(line: Wire) -> Said:
    """The answer to a body of which the first part came."""
    await line.send(BODY[:50_000])
    return await line.answer()


async def asked_for(site: Server) -> list[str]:
    """Routes that were asked for."""
    text = (await site.ask("GET", "/metrics", token=None)).body.decode()
    return [line for line in text.splitlines() if line.startswith("gendan_http_request_seconds_count")]


async def test_a_body_that_is_too_large_ends_its_connection(site: Server) -> None:
    before = await asked_for(site)
    async with wire(site.url) as line:
        await signed(site, line, "POST", "/api/toys", Content_Length=len(BODY))
        answer = await beginning(line)
        assert (answer.status, answer.last) == (413, True)
        # The client sends on, and another request after it.
        await line.send(BODY[50_000:] + HIDDEN)
        assert await line.ended()
    assert not [one for one in set(await asked_for(site)) - set(before) if "/api/toys/{name}" in one]


async def test_chunks_that_are_too_many_end_their_connection(site: Server) -> None:
    async with wire(site.url) as line:
        await signed(site, line, "POST", "/api/toys", Transfer_Encoding="chunked")
        chunk = b"%x\r\n%b\r\n" % (len(BODY) // 10, BODY[: len(BODY) // 10])
        await line.send(chunk * 2)
        answer = await line.answer()
        assert (answer.status, answer.last) == (413, True)
        await line.send(chunk + b"0\r\n\r\n" + HIDDEN)
        assert await line.ended()


async def test_nobody_who_is_unknown_is_listened_to(site: Server) -> None:
    async with wire(site.url) as line:
        await line.head("POST", "/api/toys", Content_Type="application/json", Content_Length=len(BODY))
        answer = await beginning(line)
        assert (answer.status, answer.last) == (401, True)
        await line.send(BODY[50_000:])
        assert await line.ended()


async def test_who_is_turned_away_in_the_midst_of_his_body_connects_anew(site: Server) -> None:
    waiting = [asyncio.create_task(site.ask("GET", "/api/waits")) for _ in range(9)]

    async def full() -> bool:
        return any(task.done() for task in waiting)

    await until(full)
    async with wire(site.url) as line:
        await signed(site, line, "POST", "/api/toys", Content_Length=len(BODY))
        answer = await beginning(line)
        assert (answer.status, answer.last) == (503, True)
        await line.send(BODY[50_000:] + HIDDEN)
        assert await line.ended()
    toy.slow.set()
    assert sorted(answer.status for answer in await asyncio.gather(*waiting)) == [200] * 8 + [503]


@pytest.mark.parametrize("signature", ["", "Bearer nonsense"])
async def test_a_refusal_after_the_whole_request_keeps_the_connection(site: Server, signature: str) -> None:
    small = json.dumps({"name": "small"}).encode()
    async with wire(site.url) as line:
        for _ in range(3):
            head = f"POST /api/toys HTTP/1.1\r\nHost: x\r\nAuthorization: {signature}\r\nContent-Type: application/json\r\n"
            await line.send(f"{head}Content-Length: {len(small)}\r\n\r\n".encode() + small)
            answer = await line.answer()
            assert (answer.status, answer.last) == (401, False)
        await signed(site, line, "GET", NEXT)
        assert (await line.answer()).status == 200
