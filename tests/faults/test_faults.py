"""Every row of the fault table: under load something breaks, and nothing is lost, nothing happens twice, all is well soon after."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import pytest

from tests.faults.check import in_flight, judge, recovered, until_done
from tests.faults.conftest import QUICK, WHOLE, small_ground
from tests.faults.ground import Ground
from tests.faults.load import Load
from tests.faults.results import Result
from tests.faults.rows import ALWAYS, ROWS, Row

FIRST = 5
"""Delays told before the fault begins."""

CHOSEN = [row for row in ROWS if WHOLE or (row.seconds[0] is not None if QUICK else row.name in ALWAYS)]


@pytest.mark.timeout(900 if WHOLE else 240)
@pytest.mark.parametrize("row", CHOSEN, ids=[row.name.replace(" ", "-") for row in CHOSEN])
async def test_nothing_is_lost_and_nothing_happens_twice(
    row: Row, request: pytest.FixtureRequest, tmp_path: Path, seed: int, keep: list[Result], common: Ground
) -> None:
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(small_ground(tmp_path / "small")) if row.small_disk else common
        ground.random = Random(f"{seed} {row.name}")
        ground.seconds = float(row.seconds[WHOLE] or 0)
        ground.notes, ground.poisoned = [], 0
        try:
            result = await _done(row, ground)
        finally:
            await ground.mend()
        keep.append(result)
    assert result.verdict.wrong == [], f"seed {seed}"
    assert result.recovered is not None, f"seed {seed}: not recovered within {row.bound:g} s"


async def _done(row: Row, ground: Ground) -> Result:
    loop = asyncio.get_running_loop()
    rate = row.rate[WHOLE]
    before = await _set_aside(ground)
    load = await Load.prepare(ground.suite, rate)
    stopping = asyncio.Event()
    working = asyncio.create_task(load.run(stopping))
    try:
        async with asyncio.timeout(60):
            while len(load.delays) < FIRST:  # noqa: ASYNC110  each is another task's
                await asyncio.sleep(0.05)
        ended = await row.act(ground, load)
        well = await recovered(load, row.bound)
        seconds = loop.time() - ended
    finally:
        stopping.set()
        await asyncio.wait([working])
    working.result()
    assert await until_done(ground.suite, row.bound), f"still under way: {await in_flight(ground.suite)}"
    if row.after is not None:
        await row.after(ground, load)
    verdict = await judge(ground, load)
    aside = await _set_aside(ground) - before - ground.poisoned
    if aside:
        verdict.lost += aside
        verdict.wrong.append(f"{aside} events were parked")
    if load.repeats:
        ground.notes.append(f"{load.repeats} requests repeated")
    return Result(row.name, row.what, ground.seconds, rate, verdict, seconds if well else None, ground.notes)


async def _set_aside(ground: Ground) -> int:
    """Events given up by a relay or a consumer."""
    total = 0
    for service in ("customers", "orders", "notifications", "reporting"):
        async with ground.suite.database(service) as database:
            total += await database.fetchval("SELECT (SELECT count(*) FROM dead_letter) + (SELECT count(*) FROM outbox_parked)")
    return total
