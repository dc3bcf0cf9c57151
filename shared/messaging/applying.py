"""Events into effects, each once and in the order of its aggregate, one transaction per batch.

A batch first goes through the handlers as a whole. When an event stands in the way, it is set aside with the later ones of its
aggregate and the rest goes on; when the handlers cannot say which event it is, the batch is repeated event by event. What is set
aside lies in `held` and is tried again from there, so that the stream is never held up.
"""

import hashlib
import traceback
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

import asyncpg
import structlog

from shared.clock import Clock
from shared.database.pool import Database, Tx, away
from shared.messaging import inbox, metrics
from shared.messaging.dispatch import Dispatch
from shared.messaging.inbox import ENDED, Held, Key, Letter, Reason
from shared.messaging.reading import Message, Unreadable, read
from shared.messaging.received import Poison, Received, ReferentUnknown
from shared.problems import Unavailable

OnParked = Literal["hold", "proceed"]

TRIES = 6
LOST_TRIES = 3
"""Tries of which nobody came back before an event is held to be what ended the processes."""
BACKOFF = (0.25, 1.0, 5.0, 15.0, 60.0)
"""Seconds after the first, second ... failed try."""
WHOLE_ATTEMPTS = 4
RETRIED_AT_ONCE = 200
LISTED_AFTER_SECONDS = 60.0

log = structlog.get_logger()


class Overtaken(Exception):
    """Another owner moved the inbox meanwhile: nothing was committed, and the batch is to be looked at anew."""


def transient(error: BaseException) -> bool:
    """Not the event's fault: nothing is counted, and the batch is done again."""
    return away(error) or isinstance(error, (Unavailable, Overtaken, *_REPEATABLE))


_REPEATABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.InvalidCachedStatementError)


@dataclass(frozen=True, slots=True)
class _Event:
    """An event on its way in; `row` when it was held before; `unreadable` says why it cannot even be read."""

    key: Key
    sequence: int
    message: Message
    received: Received[Any]
    row: Held | None = None
    unreadable: str | None = None
    due: bool = True
    """False for what only lies in `held` beside the events of this batch: it follows when its turn comes by itself."""

    @property
    def place(self) -> "Place":
        return self.key, self.sequence

    def held(self, reason: Reason, what: str | None, tries: int) -> Held:
        return Held(self.key, self.sequence, reason, what, self.message, tries)


Place: TypeAlias = tuple[Key, int]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Why an event is not applied now."""

    reason: Literal["waiting", "failing", "parked"]
    what: str
    hash: str | None = None


@dataclass(slots=True)
class _Outcome:
    """What a transaction will write."""

    seen: dict[Key, int]
    last: dict[Key, int]
    applied: int = 0
    held: list[tuple[Held, float]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)


class Applier:
    """Applies the events of one shard. Its owner is alone, but the inbox guards against one who is not."""

    def __init__(self, consumer: str, shard: int, database: Database, clock: Clock, dispatch: Dispatch, on_parked: OnParked) -> None:
        self.consumer, self._shard = consumer, shard
        self._database, self._clock, self._dispatch, self._on_parked = database, clock, dispatch, on_parked
        self._holding: set[Key] = set()
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
        return await self._apply(await self._read(messages))

    async def suspect(self, messages: Sequence[Message]) -> None:
        """Messages that a process did not come back from: each is applied from `held`, its tries counted first."""
        async with self._database.transaction() as tx:
            events = await self._read(messages)
            last = await inbox.last_sequences(tx, {event.key for event in events})
            new = [event for event in events if event.sequence > last.get(event.key, 0)]
            known = {(row.key, row.sequence) for row in await inbox.held_of(tx, {event.key for event in new})}
            rows = [(event.held("failing", ENDED, 0), 0.0) for event in new if (event.key, event.sequence) not in known]
            await inbox.hold(tx, self._shard, rows)
        self._holding |= {event.key for event in new}
        self.to_retry = True

    async def retry(self, *, anyhow: bool) -> int:
        """Try again what is held and due; the number of effects. `anyhow`: something was applied elsewhere that may help the waiting."""
        async with self._database.connection() as tx:
            rows = await inbox.due(tx, self._shard, anyhow=anyhow, limit=RETRIED_AT_ONCE)
            if not rows:
                self.to_retry = await inbox.anything_to_retry(tx, self._shard)
                return 0
        waiting = [row for row in rows if row.reason == "waiting"]
        untried = [row for row in rows if row.reason == "failing" and row.tries == 0]
        applied = await self._again(waiting) if waiting else 0
        applied += await self._counted(untried) if untried else 0
        for row in rows:
            if row.reason == "failing" and row.tries > 0:
                applied += await self._counted([row])
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
        spent = {(row.key, row.sequence): _Verdict("parked", row.what or "") for row in rows if _spent(row)}
        if not spent:
            async with self._database.transaction() as tx:
                await inbox.count_try(tx, rows)
        return await self._again([replace(row, tries=row.tries + (not spent)) for row in rows], spent)

    async def _again(self, rows: Sequence[Held], verdicts: "dict[Place, _Verdict] | None" = None) -> int:
        return await self._apply([self._event(row.message, row) for row in rows], verdicts)

    async def _read(self, messages: Sequence[Message]) -> list[_Event]:
        """The events; a message that has not even a place in an aggregate becomes a dead letter here."""
        events: list[_Event] = []
        lost: list[Letter] = []
        for message in messages:
            try:
                events.append(self._event(message))
            except Unreadable as error:
                lost.append(Letter(None, None, None, message, str(error), None, 1))
        if lost:
            async with self._database.transaction() as tx:
                await self._park(tx, lost)
        return events

    def _event(self, message: Message, row: Held | None = None) -> _Event:
        try:
            received = read(message, with_data=self._dispatch.wants(message.type))
            unreadable = None
        except Unreadable as error:
            if error.head is None:
                raise
            received, unreadable = error.head, str(error)
        return _Event((received.publisher, received.aggregate), received.sequence, message, received, row, unreadable)

    async def _apply(self, events: Sequence[_Event], verdicts: "dict[Place, _Verdict] | None" = None) -> int:
        verdicts = dict(verdicts or {})
        for event in events:
            if event.unreadable is not None:
                verdicts[event.key, event.sequence] = _Verdict("parked", event.unreadable)
        for _ in range(WHOLE_ATTEMPTS):
            try:
                return await self._commit(events, verdicts, singly=False)
            except ReferentUnknown as unknown:
                verdicts |= {_place(received): _Verdict("waiting", unknown.what) for received in unknown.received}
            except Poison as poison:
                verdicts[_place(poison.received)] = _Verdict("parked", poison.why)
            except Exception as error:
                if transient(error):
                    raise
                # Which event it was shows when they go one by one.
                break
        return await self._commit(events, verdicts, singly=True)

    async def _commit(self, events: Sequence[_Event], verdicts: "dict[Place, _Verdict]", *, singly: bool) -> int:
        """One transaction: handlers, inbox, held rows and dead letters together."""
        keys = {event.key for event in events}
        known = keys & self._holding
        async with self._database.transaction() as tx:
            seen = await inbox.last_sequences(tx, keys)
            held = await inbox.held_of(tx, known) if known else []
            outcome = _Outcome(seen, dict(seen))
            lines = self._lines(events, held, seen)
            await self._go(tx, lines, verdicts, outcome, singly)
            await self._write(tx, outcome, known)
        rest = {row.key for row in held if row.sequence > outcome.last.get(row.key, 0)} | {row.key for row, _ in outcome.held}
        self._holding = (self._holding - known) | rest
        self.to_retry = self.to_retry or any(row.reason in ("waiting", "failing") for row, _ in outcome.held)
        return outcome.applied

    def _lines(self, events: Sequence[_Event], held: Sequence[Held], seen: dict[Key, int]) -> list[_Event]:
        """Everything not consumed yet, in the order it came, but each aggregate's events in their own order."""
        mine = {event.place for event in events if event.row}
        stored = [replace(self._event(row.message, row), due=False) for row in held if (row.key, row.sequence) not in mine]
        found: dict[Key, dict[int, tuple[int, _Event]]] = defaultdict(dict)
        # What is stored wins over the same event delivered again: it knows its tries.
        for number, event in enumerate([*stored, *events]):
            if event.sequence > seen.get(event.key, 0):
                found[event.key].setdefault(event.sequence, (number, event))
        ordered: list[tuple[int, int, _Event]] = []
        for line in found.values():
            latest = 0
            for sequence in sorted(line):
                number, event = line[sequence]
                latest = max(latest, number)
                ordered.append((latest, sequence, event))
        return [event for _, _, event in sorted(ordered, key=lambda entry: entry[:2])]

    async def _go(self, tx: Tx, lines: Sequence[_Event], verdicts: dict[Place, _Verdict], outcome: _Outcome, singly: bool) -> None:
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

    async def _alone(self, tx: Tx, event: _Event, now: datetime) -> _Verdict | None:
        """One event through its handlers, undone by itself if they fail."""
        try:
            async with tx.transaction():
                await self._dispatch(tx, [event.received], now)
        except ReferentUnknown as unknown:
            return _Verdict("waiting", unknown.what)
        except Poison as poison:
            return _Verdict("parked", poison.why)
        except Exception as error:
            if transient(error):
                raise
            log.warning(
                "event.failed", consumer=self.consumer, event_id=str(event.received.id), type=event.message.type, error=type(error).__name__
            )
            return _Verdict("failing", _said(error), _traceback_hash(error))
        return None

    def _set_aside(self, event: _Event, verdict: _Verdict, outcome: _Outcome) -> bool:
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

    async def _write(self, tx: Tx, outcome: _Outcome, known: Collection[Key]) -> None:
        moves = [(key, outcome.seen.get(key, 0), last) for key, last in outcome.last.items() if last != outcome.seen.get(key, 0)]
        if not await inbox.move(tx, moves):
            raise Overtaken
        if outcome.letters:
            await self._park(tx, outcome.letters)
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


def _spent(row: Held) -> bool:
    """Whether a failing row has had its tries: fewer when nobody came back from the last one."""
    return row.tries >= TRIES or (row.tries >= LOST_TRIES and row.what == ENDED)


def _place(received: Received[Any]) -> Place:
    return (received.publisher, received.aggregate), received.sequence


def _said(error: Exception) -> str:
    """The error's first line: what PostgreSQL adds below it are values."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"[:500]


def _traceback_hash(error: Exception) -> str:
    """The same for the same error at the same place in the code."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return hashlib.sha256("|".join((type(error).__name__, *frames)).encode()).hexdigest()[:16]
