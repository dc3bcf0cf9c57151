"""The record against the stream: what the stream lacks of a service's own events, and telling that again.

The record is what happened; the stream is a copy of it that may be cut, or lost with its disk. What the outbox still holds is on
its way and not lacking. An event told again is known to every inbox that has it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from shared.contracts.text import Both
from shared.database.pool import AWAY as DATABASE_AWAY
from shared.database.pool import Database, Tx
from shared.ids import new_id
from shared.messaging import epochs, metrics, retained
from shared.messaging.bus import AWAY as BROKER_AWAY
from shared.messaging.bus import Bus
from shared.messaging.provision import MAX_AGE_DAYS, Refused, readers, replay_subject
from shared.messaging.publish import BATCH_MAX, Outgoing, publish
from shared.messaging.waiting import either
from shared.problems import Conflict, Unavailable

KEPT = timedelta(days=MAX_AGE_DAYS) - timedelta(hours=1)
"""What is older the stream may have forgotten, as it should."""
WATCH_SECONDS = 300.0
PUT_OFF_SECONDS = 10.0
SKEW = timedelta(minutes=1)
"""The clocks of the two servers may differ by this."""
PAUSE_SECONDS = 1.0
PATIENCE = 120
"""Pauses before the broker is given up."""
SORT_SECONDS = 600.0
LISTED = 100
SETTLED_SECONDS = 10.0
"""A younger gap may be filled by what is on its way."""

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('gendan-reconcile'))"
_NOW = "SELECT clock_timestamp()"
_ROWS = """
SELECT r.position, r.recorded_at, r.event_id, r.aggregate, r.sequence, r.subject FROM record r
WHERE r.position >= $1 AND ($2::timestamptz IS NULL OR r.recorded_at >= $2)
  AND NOT EXISTS (SELECT FROM outbox o WHERE o.position = r.position)
  AND NOT EXISTS (SELECT FROM outbox_parked p WHERE p.position = r.position)
ORDER BY r.position
"""
_BODIES = """
SELECT k.position, r.body FROM unnest($1::bigint[], $2::timestamptz[]) AS k (position, recorded_at)
CROSS JOIN LATERAL (SELECT body FROM record WHERE recorded_at = k.recorded_at AND position = k.position LIMIT 1) AS r
"""
_COUNT = """
SELECT (SELECT count(*) FROM record WHERE recorded_at >= $1) - (SELECT count(*) FROM outbox WHERE recorded_at >= $1)
     - (SELECT count(*) FROM outbox_parked WHERE recorded_at >= $1)
"""
_GAPS = """
SELECT h.publisher, h.aggregate, coalesce(max(c.last_sequence), 0) + 1 AS first, min(h.sequence) - 1 AS last, count(*) AS held
FROM held h LEFT JOIN consumed c ON c.publisher = h.publisher AND c.aggregate = h.aggregate
GROUP BY h.publisher, h.aggregate
HAVING min(h.sequence) > coalesce(max(c.last_sequence), 0) + 1 AND min(h.since) < clock_timestamp() - $1 * interval '1 second'
ORDER BY min(h.since) LIMIT $2
"""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lacking:
    """An event of the record that is to be told again."""

    position: int
    recorded_at: datetime
    event_id: UUID
    aggregate: UUID
    sequence: int
    subject: str


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of the record is meant; without either what the stream should hold."""

    position: int | None = None
    since: datetime | None = None


async def lacking(tx: Tx, bus: Bus, service: str, span: Span) -> AsyncIterator[list[Lacking]]:
    """What the stream lacks, in record order. `tx` is a repeatable-read transaction in which nothing was done yet.

    What is published in this snapshot was in the stream before the reading of the stream begins.
    """
    since = span.since or (await tx.fetchval(_NOW) - KEPT if span.position is None else None)
    known = await retained.ids(bus, service, readers(service)[0])
    async for rows in _recorded(tx, span.position or 0, since):
        if found := [row for row in rows if row.event_id not in known]:
            yield found


async def republish(database: Database, bus: Bus, service: str, span: Span) -> int:
    """Tell what the stream lacks again, in record order; how many. Raises one of bus.AWAY or Refused when the broker stays away."""
    async with snapshot(database) as tx:
        return await _tell(tx, bus, service, lacking(tx, bus, service, span))


async def republish_to(database: Database, bus: Bus, service: str, listener: str, span: Span) -> int:
    """Tell that part of the record, without bounds all of it, to one service alone; how many."""
    run = new_id().hex[-12:]
    async with snapshot(database) as tx:
        await tx.fetchval(_NOW)
        return await _tell(tx, bus, service, _recorded(tx, span.position or 0, span.since), listener, run)


async def gaps(tx: Tx) -> list[dict[str, Any]]:
    """Sequences of other publishers' aggregates that this service waits for: publisher, aggregate, first, last, held behind them."""
    return [dict(row) for row in await tx.fetch(_GAPS, SETTLED_SECONDS, LISTED)]


async def count_lacking(database: Database, bus: Bus, service: str) -> int:
    """How many events the stream lacks at least. Events told twice count for it and can hide some: `lacking` is exact."""
    async with database.connection() as tx:
        since: datetime = await tx.fetchval(_NOW) - KEPT
        recorded: int = await tx.fetchval(_COUNT, since)
    held = await retained.count_since(bus, service, readers(service)[1], since - SKEW)
    return max(0, recorded - held)


class Watch:
    """Looks from time to time whether the stream holds what was told. `work` is what the holder of the lease does."""

    def __init__(self, service: str, database: Database, bus: Bus, stopping: asyncio.Event) -> None:
        self._service, self._database, self._bus, self._stopping = service, database, bus, stopping

    async def work(self) -> None:
        while not self._stopping.is_set():
            seconds = WATCH_SECONDS
            try:
                count = await count_lacking(self._database, self._bus, self._service)
                metrics.LACKS.set(count)
                if count:
                    log.error("stream.lacks", count=count)
            except (*BROKER_AWAY, *DATABASE_AWAY, asyncpg.InterfaceError, asyncpg.QueryCanceledError, Unavailable, Refused) as error:
                log.info("watch.put_off", error=type(error).__name__)
                seconds = min(seconds, PUT_OFF_SECONDS)
            await either(self._stopping, seconds=seconds)


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[Tx]:
    """A transaction that sees one moment for as long as it takes; Conflict while another command has one."""
    async with database.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
        await tx.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        if not await tx.fetchval(_LOCK):
            raise Conflict(Both("another command compares the record with the stream", "另一命令正在核对记录与事件流"))
        yield tx


async def _recorded(tx: Tx, position: int, since: datetime | None) -> AsyncIterator[list[Lacking]]:
    cursor = await tx.cursor(_ROWS, position, since)
    # The first part waits for the whole to be sorted.
    while rows := await cursor.fetch(BATCH_MAX, timeout=SORT_SECONDS):
        yield [Lacking(*row) for row in rows]


async def _tell(tx: Tx, bus: Bus, service: str, found: AsyncIterator[list[Lacking]], listener: str | None = None, run: str = "") -> int:
    count, epoch = 0, (await epochs.known(tx)).get(service, epochs.FIRST)
    async for part in found:
        bodies = await tx.fetch(_BODIES, [one.position for one in part], [one.recorded_at for one in part])
        body = {row["position"]: row["body"] for row in bodies}
        events = [Outgoing(one.position, one.event_id, one.aggregate, one.subject, body[one.position], run, epoch) for one in part]
        if listener is not None:
            events = [replace(event, subject=replay_subject(listener, event.subject)) for event in events]
        await _publish(bus, events)
        count += len(part)
        log.info("republish.progress", events=count, position=part[-1].position)
    return count


async def _publish(bus: Bus, events: Sequence[Outgoing]) -> None:
    """Again and again while the broker is away, or has no room until its consumer has caught up."""
    for left in range(PATIENCE, -1, -1):
        try:
            await publish(bus, events)
            return
        except (*BROKER_AWAY, Refused) as error:
            if not left:
                raise
            if left % 10 == 0:
                log.warning("republish.paused", error=type(error).__name__, detail=str(error)[:200])
            await asyncio.sleep(PAUSE_SECONDS)
