"""A service as a process: it starts without a broker, drains on SIGTERM, and dies when a part of it does."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest

from shared.database.pool import Database
from tests.shared.web.issuer import ISSUER, Issuer
from tests.shared.web.server import until
from tests.support.databases import Databases

NOWHERE = "nats://127.0.0.1:9"


@dataclass
class Toys:
    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None

    def said(self, event: str) -> dict[str, Any] | None:
        return next((line for line in self.lines if line["event"] == event), None)

    async def url(self) -> str:
        async def listening() -> object:
            assert self.process.returncode is None, self.lines
            return self.said("service.listening")

        await until(listening, 30)
        return f"http://127.0.0.1:{self.said('service.listening')['port']}"  # type: ignore[index]

    async def exit_code(self, seconds: float = 25) -> int:
        async with asyncio.timeout(seconds):
            await asyncio.gather(self.process.wait(), self.reading or asyncio.sleep(0))
        return self.process.returncode or 0


Start = Callable[..., Any]


@pytest.fixture
def start(web_name: str, databases: Databases, issuer: Issuer) -> Start:
    @asynccontextmanager
    async def started(*arguments: str, **environment: str) -> AsyncIterator[Toys]:
        settings = {
            "ENVIRONMENT": "test",
            "DATABASE_URL": databases.runtime_url("customers", web_name),
            "NATS_URL": NOWHERE,
            "LISTEN_PORT": "0",
            "JWKS_URL": issuer.url,
            "ISSUER": ISSUER,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.shared.web.toy_service", *arguments),
            env={**os.environ, **{f"GENDAN_{name}": value for name, value in settings.items()}, **environment},
            stdout=asyncio.subprocess.PIPE,
        )
        toys = Toys(process)
        toys.reading = asyncio.create_task(_read(toys))
        try:
            yield toys
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await toys.reading

    return started


async def _read(toys: Toys) -> None:
    assert toys.process.stdout is not None
    async for line in toys.process.stdout:
        if line.startswith(b"{"):
            toys.lines.append(orjson.loads(line))


async def get(url: str, token: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status


async def test_sigterm_lets_requests_finish(start: Start, issuer: Issuer, web_database: Database) -> None:
    async with start() as toys:
        url = await toys.url()
        assert await get(f"{url}/readyz", "") == 200
        sleeping = asyncio.create_task(get(f"{url}/api/sleeps", issuer.mint()))
        await until(sleeps_in(web_database))
        toys.process.send_signal(signal.SIGTERM)
        assert await sleeping == 200
        assert await toys.exit_code() == 0
        assert toys.said("service.stopped")
        with pytest.raises(aiohttp.ClientConnectorError):
            await get(f"{url}/readyz", "")


def sleeps_in(database: Database) -> Callable[[], Awaitable[object]]:
    async def sleeps() -> object:
        async with database.connection() as tx:
            return await tx.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(1) AS toy_sleeps'")

    return sleeps


async def test_a_second_signal_ends_it_at_once(start: Start, issuer: Issuer) -> None:
    async with start() as toys:
        url = await toys.url()
        hanging = asyncio.create_task(get(f"{url}/api/hangs", issuer.mint()))
        await until(lambda: _said(toys, "toy.hangs"), 30)
        toys.process.send_signal(signal.SIGTERM)
        await until(lambda: _said(toys, "service.draining"))
        toys.process.send_signal(signal.SIGTERM)
        assert await toys.exit_code() == 1
        with pytest.raises(aiohttp.ClientError):
            await hanging


async def test_what_hangs_is_cut_off_after_the_deadline(start: Start, issuer: Issuer) -> None:
    async with start(GENDAN_DRAIN_DEADLINE="2") as toys:
        url = await toys.url()
        hanging = asyncio.create_task(get(f"{url}/api/hangs", issuer.mint()))
        await until(lambda: _said(toys, "toy.hangs"), 30)
        toys.process.send_signal(signal.SIGTERM)
        assert await toys.exit_code() in (0, 1)
        with pytest.raises(aiohttp.ClientError):
            await hanging


async def _said(toys: Toys, event: str) -> object:
    return toys.said(event)


@pytest.mark.parametrize("how", ["dies", "ends"])
async def test_a_dead_task_ends_the_process(start: Start, how: str) -> None:
    async with start(TOY=how) as toys:
        assert await toys.exit_code() == 1
        died = toys.said("process.died")
        assert died is not None
        assert ("as told" if how == "dies" else "ended while it was needed") in died["exception"]


async def test_settings_that_are_missing_are_named_without_values(start: Start) -> None:
    async with start(GENDAN_LISTEN_PORT="not-a-port") as toys:
        assert await toys.exit_code() == 1


async def test_a_command_of_its_own(start: Start) -> None:
    async with start("count") as toys:
        assert toys.process.stdout is not None
        assert await toys.exit_code() == 0
