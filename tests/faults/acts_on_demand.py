"""What is asked of the suite: more than it can do, or as much as ever while the broker is away."""

import asyncio
from pathlib import Path

from tests.faults.acts import now
from tests.faults.crowd import Crowd
from tests.faults.ground import Ground
from tests.faults.load import Load

TIMES = 5
GOODPUT, COLLAPSED = 0.8, 0.5
"""Of what was taken of a crowd that waits for its answers, so much should be taken of one that is TIMES as many and does not wait, and no
less: the crowd takes its part of the same cores."""
GROWTH = 1.25
"""Memory afterwards over memory before, at most: nobody is kept in a queue without end."""
WRITES_GO_ON = 0.8
"""Of the rate that is asked for, so much at least is taken without the broker."""
AFTERWARDS = 20
"""Delays a second while what waited is drained: with as many as before the cores would have no time for mails and reports."""


async def overload(ground: Ground, load: Load) -> float:
    """A crowd makes orders, then five times as many come as can be taken, then again as before."""
    crowd = Crowd(load)
    await crowd.steady(ground.seconds / 10)
    memory = _memory(ground)
    before = await crowd.steady(ground.seconds / 4)
    flood = await crowd.flood(TIMES * before.rate, ground.seconds)
    ended = now()
    after = await crowd.steady(ground.seconds / 4)
    peak = (before.rate + after.rate) / 2
    grown = _memory(ground) / memory
    taken, missed = flood.rate / peak, " (missed)" if flood.rate < GOODPUT * peak else ""
    ground.notes.append(
        f"{taken:.0%}, aim {GOODPUT:.0%}{missed}, of the {peak:.0f} orders/s taken before and after, {flood.refused} refused;"
        f" 99 % taken within {flood.slowest(0.99):.2f} s, before within {before.slowest(0.99):.2f} s; memory {grown:.2f} x"
    )
    assert flood.refused > 0, "it was not too much"
    assert taken >= COLLAPSED, "much less was taken than without the flood"
    assert grown <= GROWTH, "memory grew"
    return ended


def _memory(ground: Ground) -> int:
    """Pages of orders in memory."""
    return int(Path(f"/proc/{ground.suite.pid('orders')}/statm").read_text().split()[1])


async def _logged(load: Load, seconds: float) -> float:
    """Delays logged a second."""
    before = len(load.delays)
    await asyncio.sleep(seconds)
    return (len(load.delays) - before) / seconds


async def broker_away(ground: Ground, load: Load) -> float:
    """Writes go on as before, and what they record waits."""
    await ground.suite.stop("nats", kill=True)
    meanwhile = await _logged(load, ground.seconds)
    async with ground.suite.database("orders") as database:
        waiting = await database.fetchval("SELECT count(*) FROM outbox")
    ground.notes.append(f"{meanwhile:.0f} delays/s logged meanwhile; {waiting} events waited")
    assert meanwhile >= WRITES_GO_ON * load.rate, "writes did not go on"
    assert waiting > 0, "nothing waited for the broker"
    load.rate = min(load.rate, AFTERWARDS)
    await ground.suite.start("nats")
    return now()
