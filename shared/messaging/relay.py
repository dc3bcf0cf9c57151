"""The relay: publishes what the service recorded, in the order of the record, and forgets it when the broker has it.

One per service, by lease. Whatever the outcome of a publish, the same rows come again until they are acknowledged; the broker
and the inboxes know an event by its id and its sequence. A broker that is away costs no event anything.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import structlog

from shared.database.pool import AWAY as DATABASE_AWAY
from shared.database.pool import Database, Tx
from shared.messaging import epochs, metrics
from shared.messaging.bus import AWAY as BROKER_AWAY
from shared.messaging.bus import Bus
from shared.messaging.leases import Leases
from shared.messaging.provision import Refused
from shared.messaging.publish import BATCH_MAX, Outgoing, TooLarge, publish
from shared.messaging.waiting import either
from shared.problems import Unavailable
from shared.trouble import Trouble

POLL_SECONDS = 0.1
POLL_ALONE_SECONDS = 1.0
"""Without other replicas every commit wakes the relay; the poll is for what another process recorded."""
PAUSES = (0.05, 0.1, 0.25, 0.5, 1.0)
LONGEST_REST = 0.05

# LIMIT 1 keeps the planner to one index lookup per row, in the one partition it is in.
_CLAIM = """
SELECT o.position, r.event_id AS id, r.aggregate, r.subject, r.body
FROM (SELECT position, recorded_at FROM outbox ORDER BY position LIMIT $1) AS o
CROSS JOIN LATERAL (
    SELECT event_id, aggregate, subject, body FROM record
    WHERE recorded_at = o.recorded_at AND position = o.position LIMIT 1
) AS r
ORDER BY o.position
"""
_DONE = "DELETE FROM outbox WHERE position = ANY($1::bigint[])"
_PARK = """
WITH gone AS (DELETE FROM outbox WHERE position = ANY($1::bigint[]) RETURNING position, recorded_at)
INSERT INTO outbox_parked (position, recorded_at, aggregate, reason)
SELECT g.position, g.recorded_at, r.aggregate, $2 FROM gone g JOIN record r ON r.recorded_at = g.recorded_at AND r.position = g.position
ON CONFLICT (position) DO NOTHING
"""
_PARKED = "SELECT DISTINCT aggregate FROM outbox_parked"
_BACKLOG = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float8 AS age,
       (SELECT count(*) FROM (SELECT FROM outbox LIMIT 100000) AS waiting) AS waiting,
       (SELECT count(*) FROM outbox_parked) AS parked
FROM (SELECT recorded_at FROM outbox ORDER BY position LIMIT 1) AS oldest
"""

log = structlog.get_logger()


class Relay:
    """`work` is what the holder of the lease does."""

    def __init__(self, service: str, database: Database, bus: Bus, leases: Leases, stopping: asyncio.Event) -> None:
        self._service, self._database, self._bus, self._leases, self._stopping = service, database, bus, leases, stopping
        self._wake = asyncio.Event()
        self._parked: frozenset[UUID] = frozenset()
        self._epoch = epochs.FIRST
        self._failures = 0
        self._paused = Trouble("relay.paused")

    def nudge(self) -> None:
        """There may be something to publish."""
        self._wake.set()

    async def work(self) -> None:
        """Publishes until `stopping`, then once more what is there.

        It rests as long as publishing took: the busier the broker is, the more goes together, which costs it less.
        """
        await self._load()
        now = asyncio.get_running_loop().time
        while not self._stopping.is_set():
            self._wake.clear()
            began = now()
            if not await self._step():
                await either(self._stopping, seconds=min(now() - began, LONGEST_REST))
                await either(self._wake, self._stopping, seconds=POLL_SECONDS if self._leases.replicas > 1 else POLL_ALONE_SECONDS)
        await self._step()

    async def _step(self) -> bool:
        """Publishes one claim; whether there may be more at once."""
        try:
            claimed = await self._claim()
            all_sent = not claimed or (self._leases.valid() and await self._send(claimed))
            self._failures = 0
            self._paused.over()
            return len(claimed) == BATCH_MAX or not all_sent
        except (*BROKER_AWAY, *DATABASE_AWAY, asyncpg.InterfaceError, Unavailable, Refused) as error:
            await self._pause(error)
            return True

    async def _claim(self) -> list[Outgoing]:
        async with self._database.connection() as tx:
            return [Outgoing(**row, epoch=self._epoch) for row in await tx.fetch(_CLAIM, BATCH_MAX)]

    async def _send(self, claimed: Sequence[Outgoing]) -> bool:
        """Publishes and forgets them; false when one had to be parked instead, and the rest is yet to be sent."""
        blocked = [outgoing for outgoing in claimed if outgoing.aggregate in self._parked]
        if blocked:
            await self._park(blocked, "after a parked event of its aggregate")
        free = [outgoing for outgoing in claimed if outgoing.aggregate not in self._parked]
        try:
            await publish(self._bus, free)
        except TooLarge as error:
            # What came before it is not to blame, also of its own aggregate.
            before = free[: free.index(error.outgoing)]
            await publish(self._bus, before)
            await self._done(before)
            log.error("relay.parked", event_id=str(error.outgoing.id), aggregate=str(error.outgoing.aggregate), reason=str(error))
            await self._park([error.outgoing], f"too large: {error}")
            return False
        await self._done(free)
        return True

    async def _done(self, published: Sequence[Outgoing]) -> None:
        async with self._database.connection() as tx:
            await tx.execute(_DONE, [outgoing.position for outgoing in published])
        metrics.PUBLISHED.inc(len(published))

    async def _park(self, outgoing: Sequence[Outgoing], reason: str) -> None:
        async with self._database.connection() as tx:
            await tx.execute(_PARK, [one.position for one in outgoing], reason)
        self._parked |= {one.aggregate for one in outgoing}

    async def _pause(self, error: Exception) -> None:
        """The broker or the database is away: wait for it, longer each time, and count nothing against the events."""
        seconds = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        self._paused.met(error=type(error).__name__, detail=str(error)[:200])
        await either(self._stopping, seconds=seconds)

    async def _load(self) -> None:
        while True:
            try:
                async with self._database.connection() as tx:
                    self._parked = frozenset(row["aggregate"] for row in await tx.fetch(_PARKED))
                    self._epoch = (await epochs.known(tx)).get(self._service, epochs.FIRST)
                    return
            except (*DATABASE_AWAY, asyncpg.InterfaceError, Unavailable) as error:
                await self._pause(error)


async def measure(tx: Tx) -> None:
    """Sets the backlog's gauges."""
    row = await tx.fetchrow(_BACKLOG)
    if row is not None:
        metrics.OUTBOX_AGE.set(row["age"])
        metrics.OUTBOX_ROWS.set(row["waiting"])
        metrics.OUTBOX_PARKED.set(row["parked"])
