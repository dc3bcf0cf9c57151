"""Who may work when: one at a time, replaced when killed, replaced when frozen, and shares that are fair."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from pydantic import SecretStr

from shared.messaging.leases import Leases
from tests.shared.messaging.conftest import eventually
from tests.support.databases import Databases

ROOT = Path(__file__).parents[3]


@pytest_asyncio.fixture(loop_scope="session")
async def url(databases: Databases) -> AsyncIterator[SecretStr]:
    async with databases.lent("orders") as copy:
        yield SecretStr(databases.runtime_url("orders", copy.name))


class Process:
    """Leases of one process, as a task: what it holds is in `held`."""

    def __init__(self, url: SecretStr) -> None:
        self.leases = Leases(url, "test")
        self.stopping = asyncio.Event()
        self.held: set[str] = set()

    async def run(self, parts: int) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.leases.run(self.stopping))
            tasks.create_task(self.leases.lead("one", lambda: self._work("one"), self.stopping))
            tasks.create_task(self.leases.share("part", parts, lambda number: self._work(f"part-{number}"), self.stopping))

    async def _work(self, name: str) -> None:
        self.held.add(name)
        try:
            await self.stopping.wait()
        finally:
            self.held.discard(name)

    def parts(self) -> int:
        return len(self.held - {"one"})


@asynccontextmanager
async def process(url: SecretStr, parts: int = 8) -> AsyncIterator[Process]:
    started = Process(url)
    task = asyncio.create_task(started.run(parts))
    try:
        yield started
    finally:
        started.stopping.set()
        async with asyncio.timeout(10):
            await task


@asynccontextmanager
async def other_process(url: SecretStr) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.shared.messaging.holder", url.get_secret_value(), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert started.stderr is not None
        async with asyncio.timeout(15):
            assert await started.stderr.readline() == b"held\n"
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def test_one_holds_and_hands_over_when_it_stops(url: SecretStr) -> None:
    async with AsyncExitStack() as later:
        async with process(url) as first:
            await eventually(lambda: "one" in first.held and first.parts() == 8)
            second = await later.enter_async_context(process(url))
            await eventually(lambda: first.parts() == second.parts() == 4)
            assert not first.held & second.held
            assert "one" in first.held
        await eventually(lambda: "one" in second.held and second.parts() == 8)


async def test_three_share_eight(url: SecretStr) -> None:
    async with process(url) as a, process(url) as b, process(url) as c:
        await eventually(lambda: sorted(p.parts() for p in (a, b, c)) == [2, 3, 3])
        assert len(a.held | b.held | c.held) == 9
        assert sum(len(p.held) for p in (a, b, c)) == 9


async def test_a_killed_holder_is_replaced_at_once(url: SecretStr) -> None:
    async with other_process(url) as dying, process(url) as heir:
        await eventually(lambda: heir.leases.replicas == 2)
        assert "one" not in heir.held
        # Frozen, it renews nothing; and what it holds would last for a day.
        dying.send_signal(signal.SIGSTOP)
        connection = await asyncpg.connect(url.get_secret_value())
        await connection.execute("UPDATE lease SET expires_at = clock_timestamp() + interval '1 day' WHERE name = 'one'")
        await connection.close()
        assert "one" not in heir.held
        dying.send_signal(signal.SIGKILL)
        await eventually(lambda: "one" in heir.held)


async def test_a_frozen_holder_is_replaced_and_stops_when_it_wakes(url: SecretStr) -> None:
    async with other_process(url) as frozen, process(url) as heir:
        await eventually(lambda: heir.leases.replicas == 2)
        frozen.send_signal(signal.SIGSTOP)
        await eventually(lambda: "one" in heir.held, 30)
        frozen.send_signal(signal.SIGCONT)
        assert frozen.stderr is not None
        async with asyncio.timeout(20):
            assert await frozen.stderr.readline() == b"left\n"
        assert "one" in heir.held


async def test_work_stops_when_the_leases_cannot_be_renewed(url: SecretStr, monkeypatch: pytest.MonkeyPatch) -> None:
    async with process(url) as holder:
        await eventually(lambda: "one" in holder.held)

        async def never(stopping: bool) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(holder.leases, "_round", never)
        await eventually(lambda: not holder.held and not holder.leases.valid())
        monkeypatch.undo()
        await eventually(lambda: "one" in holder.held)


async def test_a_failing_work_ends_the_process(url: SecretStr) -> None:
    leases, stopping = Leases(url, "test"), asyncio.Event()

    async def fail() -> None:
        raise ValueError("broken")

    async def run() -> None:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            tasks.create_task(leases.run(stopping))
            tasks.create_task(leases.lead("one", fail, stopping))

    with pytest.raises(ExceptionGroup) as raised:
        await run()
    assert raised.group_contains(ValueError, match="broken")
