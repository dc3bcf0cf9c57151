"""Events into effects, each once and in the order of its aggregate, one transaction per batch.

A batch first goes through the handlers as a whole. When an event stands in the way, it is set aside with the later ones of its
aggregate and the rest goes on; when the handlers cannot say which event it is, the batch is repeated event by event. What is set
aside lies in `held` and is tried again from there, so that the stream is never held up.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import structlog

from shared.clock import Clock
from shared.database.pool import Database, Tx
from shared.messaging import epochs, inbox, letters, metrics
from shared.messaging.deciding import (
    TRIES,
    Incoming,
    Outcome,
    Overtaken,
    Place,
    Verdict,
    by_tries,
    in_order,
    place_of,
    said,
    spent,
    traceback_hash,
    transient,
    whose_turn,
)
from shared.messaging.dispatch import Dispatch
from shared.messaging.inbox import ENDED, Held, Key, Letter
from shared.messaging.reading import Message, Unreadable, read
from shared.messaging.received import Poison, Received, ReferentUnknown

OnParked = Literal["hold", "proceed"]

BACKOFF = (0.25, 1.0, 5.0, 15.0, 60.0)
"""Seconds after the first, second ... failed try."""
WHOLE_ATTEMPTS = 4
RETRIED_AT_ONCE = 200
LISTED_AFTER_SECONDS = 60.0

log = structlog.get_logger()


class Applier:
    """Applies the events of one shard. Its owner is alone, but the inbox guards against one who is not."""

    def __init__(
        self,
        consumer: str,
        shard: int,
        database: Database,
        clock: Clock,
        dispatch: Dispatch,
        on_parked: OnParked,
        trying: asyncio.Lock | None = None,
    ) -> None:
        self.consumer, self._shard = consumer, shard
        self._database, self._clock, self._dispatch, self._on_parked = database, clock, dispatch, on_parked
        # One for the process: when it dies during a counted try, nothing else was being tried.
        self._trying = trying or asyncio.Lock()
        self._holding: set[Key] = set()
        self._epochs = epochs.Fence(database)
        self._not_tried: list[Held] = []
        self.replaying: set[Place] = set()
        """Events in `held` whose dead letters somebody has asked to replay."""
        self.to_retry = False
        """Whether something is held that `retry` may help."""

    async def load(self) -> None:
        """Look at what earlier owners left behind."""
        async with self._database.transaction() as tx:
            self._holding = await inbox.holding(tx, self._shard)
            self.to_retry = await inbox.anything_to_retry(tx, self._shard)

    async def apply(self, messages: Sequence[Message]) -> int:
        """Give every message its effect, its place in `held`, or its dead letter; the number of effects. Committed on return.

        Raises an error that is `transient`; nothing has happened then.
        """
        return await self.effect(await self.read(messages))

    def free(self, events: Sequence[Incoming]) -> bool:
        """Whether nothing is known that stands in the way of the events: no dead letter in the making, nothing held before them."""
        return not any(event.unreadable or event.key in self._holding for event in events)

    async def suspect(self, messages: Sequence[Message]) -> None:
        """Messages that a process did not come back from: each is applied from `held`, its tries counted first."""
        async with self._database.transaction() as tx:
            events = await self.read(messages)
            last = await inbox.last_sequences(tx, {event.key for event in events})
            new = [event for event in events if event.sequence > last.get(event.key, 0)]
            known = {(row.key, row.sequence) for row in await inbox.held_of(tx, {event.key for event in new})}
            rows = [(event.held("failing", ENDED, 0), 0.0) for event in new if (event.key, event.sequence) not in known]
            await inbox.hold(tx, self._shard, rows)
        self._holding |= {event.key for event in new}
        self.to_retry = True

    def replays(self, key: Key, sequence: int) -> None:
        """An event was put into `held` to be replayed: the next `retry` finds it."""
        self.replaying.add((key, sequence))
        self._holding.add(key)
        self.to_retry = True

    def read_one(self, message: Message) -> None:
        """Raises Unreadable for a message without a place in an aggregate."""
        self._event(message)

    async def retry(self, *, anyhow: bool) -> int:
        """Try again what is held and due; the number of effects. `anyhow`: something was applied elsewhere that may help the waiting."""
        async with self._database.connection() as tx:
            if self._not_tried:
                await inbox.uncount_try(tx, self._not_tried)
                self._not_tried.clear()
            rows = await inbox.due(tx, self._shard, anyhow=anyhow, limit=RETRIED_AT_ONCE)
            if not rows:
                self.to_retry = await inbox.anything_to_retry(tx, self._shard)
                return 0
        waiting = [row for row in rows if row.reason == "waiting"]
        applied = await self._again(waiting) if waiting else 0
        for together in by_tries([row for row in rows if row.reason == "failing"]):
            async with self._trying:
                applied += await self._counted(together)
        return applied

    async def list_overdue(self) -> None:
        """Log once what has been held for a minute."""
        if not self._holding:
            return
        async with self._database.transaction() as tx:
            self._holding = await inbox.holding(tx, self._shard)
            overdue = await inbox.newly_overdue(tx, self._shard, LISTED_AFTER_SECONDS)
        for row in overdue:
            log.warning("event.overdue", consumer=self.consumer, **row)

    async def _counted(self, rows: Sequence[Held]) -> int:
        """Try again after counting the try; give up first those that have had enough."""
        given_up = {(row.key, row.sequence): Verdict("parked", row.what or "") for row in rows if spent(row)}
        if not given_up:
            async with self._database.transaction() as tx:
                rows = whose_turn(rows, await inbox.last_sequences(tx, {row.key for row in rows}))
                await inbox.count_try(tx, rows)
        try:
            return await self._again([replace(row, tries=row.tries + (not given_up)) for row in rows], given_up)
        except Exception as error:
            if transient(error) and not given_up:
                self._not_tried += rows
            raise

    async def _again(self, rows: Sequence[Held], verdicts: "dict[Place, Verdict] | None" = None) -> int:
        return await self.effect([self._event(row.message, row) for row in rows], verdicts)

    async def read(self, messages: Sequence[Message]) -> list[Incoming]:
        """The events of their publishers' epochs; a message that has not even a place in an aggregate becomes a dead letter here."""
        events: list[Incoming] = []
        lost: list[Letter] = []
        for message in await self._epochs.current(messages):
            try:
                events.append(self._event(message))
            except Unreadable as error:
                lost.append(Letter(None, None, None, message, str(error), None, 1))
        if lost:
            async with self._database.transaction() as tx:
                await self._park(tx, lost)
        return events

    def _event(self, message: Message, row: Held | None = None) -> Incoming:
        try:
            received = read(message, with_data=self._dispatch.wants(message.type))
            unreadable = None
        except Unreadable as error:
            if error.head is None:
                raise
            received, unreadable = error.head, str(error)
        return Incoming((received.publisher, received.aggregate), received.sequence, message, received, row, unreadable)

    async def effect(self, events: Sequence[Incoming], verdicts: "dict[Place, Verdict] | None" = None) -> int:
        """As `apply`, for messages that were read. `verdicts` are on events of which it is known that they cannot be applied."""
        verdicts = dict(verdicts or {})
        for event in events:
            if event.unreadable is not None:
                verdicts[event.key, event.sequence] = Verdict("parked", event.unreadable)
        for _ in range(WHOLE_ATTEMPTS):
            try:
                return await self._commit(events, verdicts, singly=False)
            except ReferentUnknown as unknown:
                verdicts |= {place_of(received): Verdict("waiting", unknown.what) for received in unknown.received}
            except Poison as poison:
                verdicts[place_of(poison.received)] = Verdict("parked", poison.why)
            except Exception as error:
                if transient(error):
                    raise
                # Which event it was shows when they go one by one.
                break
        return await self._commit(events, verdicts, singly=True)

    async def _commit(self, events: Sequence[Incoming], verdicts: "dict[Place, Verdict]", *, singly: bool) -> int:
        """One transaction: handlers, inbox, held rows and dead letters together."""
        keys = {event.key for event in events}
        known = keys & self._holding
        async with self._database.command() as tx:
            seen = await inbox.last_sequences(tx, keys)
            held = await inbox.held_of(tx, known) if known else []
            outcome = Outcome(seen, dict(seen))
            lines = in_order([*self._stored(events, held), *events], seen)
            await self._go(tx, lines, verdicts, outcome, singly)
            await self._write(tx, outcome, known)
        rest = {row.key for row in held if row.sequence > outcome.last.get(row.key, 0)} | {row.key for row, _ in outcome.held}
        self._holding = (self._holding - known) | rest
        self.replaying -= outcome.passed(self.replaying)
        self.to_retry = self.to_retry or any(row.reason in ("waiting", "failing") for row, _ in outcome.held)
        return outcome.applied

    def _stored(self, events: Sequence[Incoming], held: Sequence[Held]) -> list[Incoming]:
        """What else lies in `held` of the batch's aggregates."""
        mine = {event.place for event in events if event.row}
        return [replace(self._event(row.message, row), due=False) for row in held if (row.key, row.sequence) not in mine]

    async def _go(self, tx: Tx, lines: Sequence[Incoming], verdicts: dict[Place, Verdict], outcome: Outcome, singly: bool) -> None:
        """Hand what can be applied to the handlers, and decide for everything what will be written."""
        now = self._clock.now()
        ready: list[Received[Any]] = []
        stopped: set[Key] = set()
        for event in lines:
            standing = event.row is not None and not event.due and event.row.reason != "gap"
            if event.key in stopped or event.sequence != outcome.last.get(event.key, 0) + 1 or standing:
                stopped.add(event.key)
                if event.row is None:
                    outcome.held.append((event.held("gap", None, 0), 0.0))
                continue
            verdict = verdicts.get(event.place)
            if verdict is None and singly:
                verdict = await self._alone(tx, event, now)
            if verdict is None:
                outcome.last[event.key] = event.sequence
                ready.append(event.received)
            elif not self._set_aside(event, verdict, outcome):
                stopped.add(event.key)
        outcome.applied = len(ready)
        if ready and not singly:
            await self._dispatch(tx, ready, now)

    async def _alone(self, tx: Tx, event: Incoming, now: datetime) -> Verdict | None:
        """One event through its handlers, undone by itself if they fail."""
        try:
            async with tx.transaction():
                await self._dispatch(tx, [event.received], now)
        except ReferentUnknown as unknown:
            return Verdict("waiting", unknown.what)
        except Poison as poison:
            return Verdict("parked", poison.why)
        except Exception as error:
            if transient(error):
                raise
            log.warning(
                "event.failed", consumer=self.consumer, event_id=str(event.received.id), type=event.message.type, error=type(error).__name__
            )
            return Verdict("failing", said(error), traceback_hash(error))
        return None

    def _set_aside(self, event: Incoming, verdict: Verdict, outcome: Outcome) -> bool:
        """Decide what becomes of an event that is not applied; whether its aggregate goes on without it."""
        tries = event.row.tries if event.row else int(verdict.reason == "failing")
        if verdict.reason == "parked" or (verdict.reason == "failing" and tries >= TRIES):
            outcome.letters.append(
                Letter(event.key, event.sequence, event.received.id, event.message, verdict.what, verdict.hash, max(1, tries))
            )
            if self._on_parked == "proceed":
                outcome.last[event.key] = event.sequence
                return True
            outcome.held.append((event.held("parked", verdict.what, tries), 0.0))
            return False
        pause = BACKOFF[min(tries, len(BACKOFF)) - 1] if verdict.reason == "failing" else BACKOFF[0]
        outcome.held.append((event.held(verdict.reason, verdict.what, tries), pause))
        return False

    async def _write(self, tx: Tx, outcome: Outcome, known: Collection[Key]) -> None:
        if not await inbox.move(tx, outcome.moves):
            raise Overtaken
        if outcome.letters:
            await self._park(tx, outcome.letters)
        if applied := outcome.passed(self.replaying) - {(letter.key, letter.sequence) for letter in outcome.letters}:
            await letters.applied(tx, applied)
        if known:
            await inbox.release(tx, [(key, outcome.last[key]) for key in known if key in outcome.last])
        if outcome.held:
            await inbox.hold(tx, self._shard, outcome.held)

    async def _park(self, tx: Tx, letters: Sequence[Letter]) -> None:
        await inbox.park(tx, self.consumer, letters)
        metrics.DEAD_LETTERS.labels(self.consumer).inc(len(letters))
        for letter in letters:
            event_id = str(letter.event_id) if letter.event_id else None
            log.error("event.parked", consumer=self.consumer, event_id=event_id, type=letter.message.type, tries=letter.tries)
