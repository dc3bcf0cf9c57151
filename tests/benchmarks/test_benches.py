"""Every bench in its smallest size, without its peers: that it still runs, and finds what it says it finds. No figure is judged."""

from collections.abc import AsyncIterator
from importlib import import_module
from typing import get_args

import pytest
import pytest_asyncio

from benchmarks.ground import Ground, fresh
from benchmarks.method import Effort
from benchmarks.running import BENCHES
from deploy.local.commands.app import Bench
from deploy.local.home import Home
from tests.support.asked import WHOLE

SMALLEST = Effort(rounds=int(WHOLE), scale=0.002)
# The others start several services several times, which takes a minute; they come with `./gendan test faults --all`.
SHORT = ("relay", "consume", "rebuild", "import")
CHOSEN = tuple(BENCHES) if WHOLE else SHORT


@pytest_asyncio.fixture(scope="function" if WHOLE else "module", loop_scope="session")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Of each its own, as `./gendan bench` gives it; the SHORT ones leave each other alone and share one."""
    async with fresh(Home(tmp_path_factory.mktemp("bench"))) as made:
        yield made


def test_the_command_line_names_them_all() -> None:
    assert set(get_args(Bench)) == {"all", *BENCHES}


@pytest.mark.parametrize("name", CHOSEN)
async def test_a_bench_runs(name: str, ground: Ground) -> None:
    rows = await import_module(BENCHES[name]).run(ground, SMALLEST)
    assert rows
    assert len({(row.name, row.against) for row in rows}) == len(rows)
    assert [row for row in rows if row.value < 0 and not row.unit.startswith("MB per")] == []
    assert [row for row in rows if (row.against is None) != (row.ratio is None) or (row.reach is None) != (row.reached is None)] == []
