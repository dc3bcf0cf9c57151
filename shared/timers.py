"""Timers: rows that are due at a business time, run by one leader in the transaction that removes them; each kind in one of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import structlog

from shared.clock import Clock
from shared.database.pool import Database, Tx, away
from shared.messaging.waiting import either
from shared.problems import Unavailable

POLL_SECONDS = 0.2
AT_ONCE = 100
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Due:
    """A timer whose time has come; `due` is business time."""

    kind: str
    subject: UUID
    due: datetime
    payload: dict[str, Any]


TimerHandler: TypeAlias = Callable[[Tx, Sequence[Due], datetime], Awaitable[None]]
TimerHandlers: TypeAlias = Mapping[str, TimerHandler]
"""By kind. (tx, due, now): runs in the transaction that removes the rows, and may set them anew for later.

It locks what the timers are about and then looks whether they still hold: a command may have cancelled or moved one meanwhile.
"""

_SET = """
INSERT INTO timer (kind, subject, due_at, payload)
SELECT $1, n.subject, n.due_at, $4 FROM unnest($2::uuid[], $3::timestamptz[]) AS n (subject, due_at) ORDER BY n.subject
ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload, tries = 0, retry_at = NULL
"""
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('timers', 0))"
_READY = "t.due_at <= $1 AND (t.retry_at IS NULL OR t.retry_at <= clock_timestamp())"
# Kinds nobody here handles stay: another release may.
_KINDS = f"""
SELECT k FROM unnest($2::text[]) AS k
CROSS JOIN LATERAL (SELECT t.due_at FROM timer t WHERE t.kind = k AND {_READY} ORDER BY t.due_at LIMIT 1) AS first ORDER BY first.due_at
"""
# The rows are not locked: a command locks its order and then its timer, so a timer is locked only after the handler has the order.
_DUE = f"SELECT kind, subject, due_at, payload FROM timer t WHERE t.kind = $2 AND {_READY} ORDER BY t.due_at LIMIT $3"
# Locked by subject, as those who set several do.
_REMOVE = """
WITH done AS (
    SELECT t.subject FROM timer t JOIN unnest($2::uuid[], $3::timestamptz[]) AS d (subject, due_at) ON d.subject = t.subject
    WHERE t.kind = $1 AND t.due_at = d.due_at ORDER BY t.subject FOR UPDATE OF t
)
DELETE FROM timer t USING done WHERE t.kind = $1 AND t.subject = done.subject
"""
_FAILED = """
UPDATE timer SET tries = least(tries + 1, 1000), retry_at = clock_timestamp() + least(power(2, tries), 300) * interval '1 second'
WHERE kind = $1 AND subject = $2 AND due_at = $3
"""

log = structlog.get_logger()


async def set_timer(tx: Tx, kind: str, subject: UUID, due: datetime, payload: dict[str, Any] | None = None) -> None:
    """Set, or move, the one timer of that kind on that subject."""
    await set_timers(tx, kind, {subject: due}, payload)


async def set_timers(tx: Tx, kind: str, due: Mapping[UUID, datetime], payload: dict[str, Any] | None = None) -> None:
    """As `set_timer`, for several subjects, each with its own time."""
    if due:
        await tx.execute(_SET, kind, list(due), list(due.values()), payload or {})


async def cancel_timer(tx: Tx, kind: str, subject: UUID) -> None:
    """Remove it; nothing happens when there is none."""
    await cancel_timers(tx, kind, [subject])


async def cancel_timers(tx: Tx, kind: str, subjects: Collection[UUID]) -> None:
    """As `cancel_timer`, for several subjects, which the caller has locked."""
    if subjects:
        await tx.execute("DELETE FROM timer WHERE kind = $1 AND subject = ANY($2::uuid[])", kind, list(subjects))


class Timers:
    """Runs what is due. `work` is what the holder of the lease does."""

    def __init__(self, database: Database, clock: Clock, handlers: TimerHandlers, stopping: asyncio.Event) -> None:
        self._database, self._clock, self._handlers, self._stopping = database, clock, handlers, stopping

    async def work(self) -> None:
        """Looks each 200 ms until `stopping`; a batch that has begun is finished."""
        while not self._stopping.is_set():
            try:
                ran = await self.run_due()
            except Exception as error:
                if not (away(error) or isinstance(error, Unavailable)):
                    raise
                log.warning("timers.paused", error=type(error).__name__)
                await either(self._stopping, seconds=PAUSE_SECONDS)
                continue
            if ran < AT_ONCE:
                await either(self._stopping, seconds=POLL_SECONDS)

    async def run_due(self) -> int:
        """One batch of each kind that is due now, at most AT_ONCE of each; how many ran.

        A kind has a transaction of its own: it locks what it is about in one order, and would not among the locks of others. One that
        fails is tried again later, the others are not held up.
        """
        async with self._database.connection() as connection:
            kinds = [row["k"] for row in await connection.fetch(_KINDS, self._clock.now(), list(self._handlers))]
        return sum([await self._batch(kind) for kind in kinds])

    async def _batch(self, kind: str) -> int:
        ran = await self._run(kind, AT_ONCE)
        return ran if ran is not None else await self._singly(kind)

    async def _singly(self, kind: str) -> int:
        ran = 0
        for _ in range(AT_ONCE):
            one = await self._run(kind, 1)
            if one == 0:
                break
            ran += one or 0
        return ran

    async def _run(self, kind: str, limit: int) -> int | None:
        """How many ran in one transaction; None when the handler failed: nothing was done then, and a single one will be tried later."""
        claimed: list[Due] = []
        try:
            async with self._database.transaction() as tx:
                if not await tx.fetchval(_ALONE):
                    return 0
                now = self._clock.now()
                claimed = [Due(*row) for row in await tx.fetch(_DUE, now, kind, limit)]
                if claimed:
                    await self._handlers[kind](tx, claimed, now)
                    # What a handler or a command has set anew has another time, and stays.
                    await tx.execute(_REMOVE, kind, [due.subject for due in claimed], [due.due for due in claimed])
        except Exception as error:
            if away(error) or isinstance(error, Unavailable) or not claimed:
                raise
            if limit == 1:
                await self._failed(claimed[0], error)
            return None
        return len(claimed)

    async def _failed(self, due: Due, error: Exception) -> None:
        log.error("timer.failed", kind=due.kind, subject=str(due.subject), error=type(error).__name__)
        async with self._database.transaction() as tx:
            await tx.execute(_FAILED, due.kind, due.subject, due.due)
