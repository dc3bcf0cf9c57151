"""Batches that several shards of a process have at the same moment, applied in one transaction: a commit costs the same whatever is in it.

A shard that finds nobody applying goes at once; what comes to the others meanwhile goes together next. Where batches follow each other
there is a rest between them, as long as the last one took: the busier the machine is, the more comes together, and the less each event
costs. This is the way of events that nothing stands in the way of. When anything goes wrong, each shard goes alone: the inbox says what
is left to do.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from shared.clock import Clock
from shared.database.pool import Database
from shared.messaging import inbox
from shared.messaging.applying import Applier
from shared.messaging.deciding import Incoming, Outcome, Overtaken, in_order
from shared.messaging.dispatch import Dispatch
from shared.messaging.reading import Message

LARGE = 50
"""Messages of a batch that gains nothing from company."""
LARGE_AT_ONCE = 2
"""More large ones in memory at a time are no quicker."""
LONGEST_REST = 0.05

log = structlog.get_logger()


class _Gap(Exception):
    """An event is not its aggregate's next: whether it is held is decided alone."""


@dataclass(eq=False, slots=True)
class _Part:
    """What one shard has, and whether it found others applying; `applied` counts its effects once they are committed."""

    events: Sequence[Incoming]
    waits: bool
    applied: int | None = None


class Together:
    """Applies the batches of all shards of a process."""

    def __init__(self, database: Database, clock: Clock, dispatch: Dispatch) -> None:
        self._database, self._clock, self._dispatch = database, clock, dispatch
        self._turn = asyncio.Lock()
        self._rested_at = 0.0
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self.waiting: list[_Part] = []
        """Batches whose turn has not come."""

    async def apply(self, applier: Applier, messages: Sequence[Message]) -> int:
        """As `applier.apply`, which is its shard's."""
        if len(messages) > LARGE:
            async with self._large:
                return await applier.apply(messages)
        part = _Part(await applier.read(messages), self._turn.locked())
        if applier.free(part.events):
            await self._take_part(part)
        return await applier.effect(part.events) if part.applied is None else part.applied

    async def _take_part(self, part: _Part) -> None:
        """Who is first in line applies what all others in it have: they find it done when their turn comes, or not done and go alone."""
        self.waiting.append(part)
        try:
            async with self._turn:
                if part in self.waiting:
                    await self._in_turn(part.waits)
        except Exception as error:
            log.info("batch.apart", error=type(error).__name__)
        finally:
            # Whoever is cancelled in line, because his lease is lost, leaves nothing behind.
            if part in self.waiting:
                self.waiting.remove(part)

    async def _in_turn(self, follows: bool) -> None:
        """Applies what all have who are in line, when the last batch has had its rest: one that followed another."""
        now = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._rested_at - now()))
        began = now()
        parts, self.waiting = self.waiting, []
        try:
            await self._commit(parts)
        finally:
            self._rested_at = now() + (min(now() - began, LONGEST_REST) if follows else 0.0)

    async def _commit(self, parts: Sequence[_Part]) -> None:
        events = sorted((event for part in parts for event in part.events), key=lambda event: event.message.stream_sequence)
        async with self._database.command() as tx:
            seen = await inbox.last_sequences(tx, {event.key for event in events})
            outcome = Outcome(seen, dict(seen))
            ready = in_order(events, seen)
            for event in ready:
                if event.sequence != outcome.last.get(event.key, 0) + 1:
                    raise _Gap
                outcome.last[event.key] = event.sequence
            if ready:
                await self._dispatch(tx, [event.received for event in ready], self._clock.now())
            if not await inbox.move(tx, outcome.moves):
                raise Overtaken
        for part in parts:
            part.applied = len(outcome.passed({event.place for event in part.events}))
