"""Which rows are done, on what, and where their results go. GENDAN_FAULTS_SEED repeats a run."""

import asyncio
import os
import secrets
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local import nats, postgres
from tests.faults import results
from tests.faults.ground import Ground, ready_ground
from tests.faults.results import Result
from tests.faults.rows import ROWS, Row
from tests.support.asked import WHOLE

SEED = int(os.environ.get("GENDAN_FAULTS_SEED") or secrets.randbelow(1_000_000))
SMALL = {"nats": "48m", "postgres": "400m"}

_done: list[Result] = []
_skipped: list[str] = []


class Common:
    """The suite that the rows share. A row that broke it has it dropped, and the next begins on a fresh one."""

    def __init__(self, make_folder: Callable[[str], Path]) -> None:
        self._make_folder = make_folder
        self._stack = AsyncExitStack()
        self._ground: Ground | None = None

    async def ground(self) -> Ground:
        if self._ground is None:
            self._ground = await self._stack.enter_async_context(ready_ground(self._make_folder("faults")))
        return self._ground

    async def drop(self) -> None:
        self._ground = None
        await self._stack.aclose()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def common(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Common]:
    shared = Common(tmp_path_factory.mktemp)
    yield shared
    await shared.drop()


@asynccontextmanager
async def small_ground(folder: Path, row: Row) -> AsyncIterator[Ground]:
    """A suite of which one server was moved to a small disk; skips the test where no such disk can be made."""
    part = row.small_disk
    assert part is not None
    disk = folder / "disk"
    disk.mkdir()
    done = await asyncio.to_thread(_run, "mount", "-t", "tmpfs", "-o", f"size={SMALL[part]}", "tmpfs", str(disk))
    if done:
        reason = f"a small disk cannot be mounted: {done}"
        _skipped.append(f"{row.name} ({reason})")
        pytest.skip(reason)
    try:
        async with ready_ground(folder / "suite") as ground:
            home = ground.suite.home
            data = home.nats if part == "nats" else postgres.cluster_folder(home.postgres)
            await ground.suite.stop(part)
            for command in (("cp", "-a", f"{data}/.", str(disk)), ("mount", "--move", str(disk), str(data))):
                assert not await asyncio.to_thread(_run, *command)
            await ground.suite.start(part)
            try:
                yield ground
            finally:
                await ground.suite.stop(part)
                await asyncio.to_thread(_run, "umount", str(data))
    finally:
        await asyncio.to_thread(_run, "umount", str(disk))


def _run(*command: str) -> str:
    """Empty when it went well, else why not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except OSError as error:
        return str(error)
    return done.stderr.strip() if done.returncode else ""


@pytest.fixture
def seed() -> int:
    return SEED


@pytest.fixture
def keep() -> Iterator[list[Result]]:
    """The page has the table as soon as every row is done."""
    yield _done
    if WHOLE and len(_done) + len(_skipped) == len(ROWS):
        results.keep(_done, SEED, _versions(), _skipped)


def pytest_report_header() -> str:
    return f"faults: seed {SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _done:
        return
    terminalreporter.section(f"faults, seed {SEED}")
    for line in results.printed(_done):
        terminalreporter.write_line(line)
    terminalreporter.write_line(results.summary(_done))
    if WHOLE and len(_done) + len(_skipped) == len(ROWS):
        terminalreporter.write_line(f"kept in {results.PAGE.relative_to(Path.cwd())}")


def _versions() -> list[str]:
    server = subprocess.run([nats.binary(), "--version"], capture_output=True, text=True, timeout=30, check=True).stdout.split()[-1]
    return [f"PostgreSQL {postgres.MAJOR}", f"NATS {server}"]
