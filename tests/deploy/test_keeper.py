"""A part that is kept running: also one that cannot run is held, so that somebody may put it right."""

import asyncio
import sys
from pathlib import Path

from deploy.local.journal import Log, Terminal
from deploy.local.keeper import Keeper
from deploy.local.process import Part


async def test_a_part_that_cannot_start_is_held_and_let_go_again(tmp_path: Path) -> None:
    hold, good = tmp_path / "hold", tmp_path / "good"
    good.touch()
    script = f"import os, time\nwhile os.path.exists({str(good)!r}): time.sleep(0.01)"
    changed = asyncio.Event()

    async def ready() -> bool:
        return good.exists()

    part = Part("part", [sys.executable, "-c", script], ready=ready, start_deadline=5)
    log, events = Log(tmp_path, "part", Terminal(quiet=True)), Log(tmp_path, "events", Terminal(quiet=True))
    keeper = Keeper(part, log, events, hold, changed.set)

    async def until(state: str) -> None:
        async with asyncio.timeout(20):
            while keeper.health.state != state:
                changed.clear()
                await changed.wait()

    await keeper.start()
    try:
        good.unlink()
        await until("waiting")
        hold.touch()
        await until("held")
        assert keeper.health.pid is None
        good.touch()
        hold.unlink()
        await until("running")
    finally:
        await keeper.stop()
        log.close()
        events.close()
