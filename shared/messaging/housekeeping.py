"""What has to be done from time to time in every service database, by one process. What every one has is on technical time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeAlias

import asyncpg
import structlog

from shared.clock import Clock
from shared.database.migrate import MONTHS_AHEAD, PARTITIONED
from shared.database.pool import Database, Tx, away
from shared.messaging import metrics
from shared.messaging.relay import measure
from shared.messaging.waiting import either
from shared.problems import Unavailable

MEASURE_SECONDS = 2.0
TIDY_SECONDS = 60.0
REMOVED_AT_ONCE = 10_000

_EXPIRED = """
DELETE FROM idempotency_key WHERE (principal, route, key) IN (
    SELECT principal, route, key FROM idempotency_key WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT $1
)
"""
_HELD = "SELECT reason, count(*) AS count FROM held GROUP BY reason"

Tidy: TypeAlias = Callable[[Tx, datetime], Awaitable[None]]
"""(tx, now): removes what a service needs no more, by business time; at most REMOVED_AT_ONCE at a time."""

log = structlog.get_logger()


class Housekeeping:
    """`work` is what the holder of the lease does."""

    def __init__(self, database: Database, clock: Clock, tidies: Sequence[Tidy], stopping: asyncio.Event) -> None:
        self._database, self._clock, self._tidies, self._stopping = database, clock, tidies, stopping

    async def work(self) -> None:
        """Measures and tidies until `stopping`. What cannot be done now is done the next time."""
        tidy_at = 0.0
        while not self._stopping.is_set():
            now = asyncio.get_running_loop().time()
            try:
                async with self._database.connection() as tx:
                    await measure(tx)
                    await _count_held(tx)
                    if now >= tidy_at:
                        tidy_at = now + TIDY_SECONDS
                        await tidy(tx)
                        for remove in self._tidies:
                            await remove(tx, self._clock.now())
            except Exception as error:
                # A partition cannot be attached while a long transaction reads the table.
                if not (away(error) or isinstance(error, (Unavailable, asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError))):
                    raise
                log.warning("housekeeping.put_off", error=type(error).__name__)
            await either(self._stopping, seconds=MEASURE_SECONDS)


async def tidy(tx: Tx) -> None:
    """Removes expired idempotency keys and makes the partitions of the months to come."""
    await tx.execute(_EXPIRED, REMOVED_AT_ONCE)
    for table in PARTITIONED:
        for row in await tx.fetch("SELECT make_partitions($1::text::regclass, $2)", table, MONTHS_AHEAD):
            log.info("partition.made", partition=row[0])


async def _count_held(tx: Tx) -> None:
    found = {row["reason"]: row["count"] for row in await tx.fetch(_HELD)}
    for reason in ("gap", "waiting", "failing", "parked"):
        metrics.HELD.labels(reason).set(found.get(reason, 0))
