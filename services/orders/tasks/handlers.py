"""Tells what is to be done and what is not any more, beside all commands: what was noted soon after its commit, everything once a day.

It is the work of the one process that holds the lease. Nothing is locked: what changes meanwhile is noted again.
"""

import asyncio
from datetime import date

import structlog

from services.orders.tasks import store
from shared.clock import Clock
from shared.database.pool import Database, away
from shared.messaging.record import Stamp, append
from shared.problems import Unavailable
from shared.process import pause
from shared.service import Running

POLL_SECONDS = 0.3
AGAIN_SECONDS = 2.0
REST = 4
"""How many times as long as a look took there is none: what changes meanwhile is looked at together, and once."""
AT_ONCE = 200
IN_A_ROW = 100
"""Tasks that are told before commands have their turn."""

log = structlog.get_logger()


async def tasks(running: Running) -> None:
    """Look for as long as the process runs; only the one that holds the lease does."""
    await running.leases.lead("tasks", lambda: _work(running), running.stopping)


async def _work(running: Running) -> None:
    """Whoever begins compares everything: nothing is lost by what happened while nobody looked."""
    now, compared = asyncio.get_running_loop().time, date.min
    while not running.stopping.is_set():
        began = now()
        try:
            if compared != (today := running.clock.now().date()):
                await compare(running.database, running.clock)
                compared = today
            await look(running.database, running.clock)
            wait = min(max(POLL_SECONDS, REST * (now() - began)), AGAIN_SECONDS)
        except Exception as error:
            if not (away(error) or isinstance(error, Unavailable)):
                log.exception("tasks.stumbled")
            wait = AGAIN_SECONDS
        await pause(running.stopping, wait)


async def look(database: Database, clock: Clock) -> int:
    """Look at what was noted first, in one transaction; how many roots that were."""
    now = clock.now()
    async with database.command() as tx:
        roots = await store.claim(tx, AT_ONCE)
        if roots:
            stamp, differs = Stamp.of_timer(now), await store.look(tx, roots, now)
            for start in range(0, len(differs), IN_A_ROW):
                await append(tx, stamp, [store.facts(row) for row in differs[start : start + IN_A_ROW]])
    return len(roots)


async def compare(database: Database, clock: Clock) -> None:
    """Note all that stands otherwise than it was told."""
    async with database.transaction() as tx:
        await store.compare(tx, clock.now())
