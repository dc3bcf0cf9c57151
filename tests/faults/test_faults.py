"""Every row of the fault table: under load something breaks, and nothing is lost, nothing happens twice, all is well soon after."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import pytest

from shared.contracts.topology import SERVICES
from tests.faults.check import Verdict, in_flight, judge, recovered, until_done
from tests.faults.conftest import Common, small_ground
from tests.faults.ground import Ground
from tests.faults.load import Load
from tests.faults.results import Result
from tests.faults.rows import ROWS, Row
from tests.support.asked import WHOLE

FIRST = 5
"""Delays told before the fault begins."""

CHOSEN = [row for row in ROWS if WHOLE or row.seconds[0] is not None]


@pytest.mark.timeout(900 if WHOLE else 240)
@pytest.mark.parametrize("row", CHOSEN, ids=[row.name.replace(" ", "-") for row in CHOSEN])
async def test_nothing_is_lost_and_nothing_happens_twice(row: Row, tmp_path: Path, seed: int, keep: list[Result], common: Common) -> None:
    async with AsyncExitStack() as stack:
        small = small_ground(tmp_path, row) if row.small_disk else None
        ground = await common.ground() if small is None else await stack.enter_async_context(small)
        ground.random = Random(f"{seed} {row.name}")
        ground.seconds = float(row.seconds[WHOLE] or 0)
        ground.notes, ground.poisoned = [], 0
        result = await _result(row, ground)
        keep.append(result)
        if result.failed and small is None:
            await common.drop()
    assert result.failed is None, f"seed {seed}"
    assert result.verdict is not None
    assert result.verdict.wrong == [], f"seed {seed}"
    assert result.recovered is not None, f"seed {seed}: not recovered within {row.bound:g} s"


async def _result(row: Row, ground: Ground) -> Result:
    """Also of a row that could not be done to its end: what was lost and doubled up to then is judged as far as it can be."""
    result = Result(row.name, row.what, ground.seconds, row.rate[WHOLE], row.goal, ground.notes)
    try:
        aside = await _set_aside(ground)
        load = await Load.prepare(ground.suite, result.rate)
        if row.stocked:
            await load.stock_up(int(result.rate * ground.seconds))
        try:
            result.recovered = await _broken(row, ground, load)
        finally:
            await ground.mend()
            result.verdict = await _verdict(row, ground, load, aside)
    except (Exception, pytest.fail.Exception) as error:
        result.failed = f"{type(error).__name__}: {error}".splitlines()[0]
    return result


async def _broken(row: Row, ground: Ground, load: Load) -> float | None:
    """Does what the row does, under load; how many seconds after it all was well again, None if it was not in time."""
    loop = asyncio.get_running_loop()
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
    return seconds if well else None


async def _verdict(row: Row, ground: Ground, load: Load, aside: int) -> Verdict:
    settled = await until_done(ground.suite, row.bound)
    verdict = await judge(ground, load)
    if not settled:
        verdict.wrong.append(f"still under way: {await in_flight(ground.suite)}")
    parked = await _set_aside(ground) - aside - ground.poisoned
    if parked:
        verdict.lost += parked
        verdict.wrong.append(f"{parked} events were parked")
    if load.repeats:
        ground.notes.append(f"{load.repeats} requests repeated")
    return verdict


async def _set_aside(ground: Ground) -> int:
    """Events given up by a relay or a consumer."""
    total = 0
    for service in SERVICES:
        async with ground.suite.database(service) as database:
            total += await database.fetchval("SELECT (SELECT count(*) FROM dead_letter) + (SELECT count(*) FROM outbox_parked)")
    return total
