"""Which rows are done, on what, and where their results go.

GENDAN_FAULTS=quick or all asks for more rows than every run does, GENDAN_FAULTS_SEED repeats a run.
"""

import asyncio
import os
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local import nats, postgres
from tests.faults import results
from tests.faults.ground import Ground, ready_ground
from tests.faults.results import Result

WHOLE = os.environ.get("GENDAN_FAULTS") == "all"
QUICK = os.environ.get("GENDAN_FAULTS") == "quick"
SEED = int(os.environ.get("GENDAN_FAULTS_SEED") or secrets.randbelow(1_000_000))
SMALL = "48m"

_done: list[Result] = []
_skipped: list[str] = []
_wanted: list[str] = []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def common(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    async with ready_ground(tmp_path_factory.mktemp("faults")) as ground:
        yield ground


@asynccontextmanager
async def small_ground(folder: Path) -> AsyncIterator[Ground]:
    """A suite whose broker is on a disk of SMALL; skips the test where no such disk can be made."""
    store = folder / "nats"
    store.mkdir(parents=True)
    done = await asyncio.to_thread(_run, "mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(store))
    if done:
        reason = f"a small disk cannot be mounted: {done}"
        _skipped.append(f"disk full ({reason})")
        pytest.skip(reason)
    try:
        async with ready_ground(folder) as ground:
            yield ground
    finally:
        await asyncio.to_thread(_run, "umount", str(store))


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
def keep() -> list[Result]:
    return _done


def pytest_report_header() -> str:
    return f"faults: seed {SEED}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    _wanted.extend(item.nodeid for item in items if "test_faults.py" in item.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _done:
        return
    terminalreporter.section(f"faults, seed {SEED}")
    for line in results.printed(_done):
        terminalreporter.write_line(line)
    if WHOLE and len(_done) + len(_skipped) == len(_wanted):
        results.keep(_done, SEED, _versions(), _skipped)
        terminalreporter.write_line(f"kept in {results.PAGE.relative_to(Path.cwd())}")


def _versions() -> list[str]:
    server = subprocess.run([nats.binary(), "--version"], capture_output=True, text=True, timeout=30, check=True).stdout.split()[-1]
    return [f"PostgreSQL {postgres.MAJOR}", f"NATS {server}"]
