"""What the inbox decides about single events: which come next, which are set aside and why, and which errors are nobody's fault."""

import hashlib
import traceback
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import asyncpg

from shared.database.pool import away
from shared.messaging.inbox import ENDED, Held, Key, Letter, Reason
from shared.messaging.reading import Message
from shared.messaging.received import Received
from shared.problems import Unavailable

TRIES = 6
LOST_TRIES = 4
"""Tries before an event of whose last one nobody came back is held to be what ended the processes: the last two it had alone."""
TOGETHER = {0: 200, 1: 14}
"""Events tried together by the tries they have had; later ones go alone. Most did nothing wrong but to be there when a process ended."""

Place: TypeAlias = tuple[Key, int]
"""An event by its aggregate and sequence."""


class Overtaken(Exception):
    """Another owner moved the inbox meanwhile: nothing was committed, and the batch is to be looked at anew."""


def transient(error: BaseException) -> bool:
    """Not the event's fault: nothing is counted, and the batch is done again."""
    return away(error) or isinstance(error, (Unavailable, Overtaken, *_REPEATABLE))


_REPEATABLE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,
)


@dataclass(frozen=True, slots=True)
class Incoming:
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
    def place(self) -> Place:
        return self.key, self.sequence

    def held(self, reason: Reason, what: str | None, tries: int) -> Held:
        return Held(self.key, self.sequence, reason, what, self.message, tries)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an event is not applied now."""

    reason: Literal["waiting", "failing", "parked"]
    what: str
    hash: str | None = None


@dataclass(slots=True)
class Outcome:
    """What a transaction will write."""

    seen: dict[Key, int]
    last: dict[Key, int]
    applied: int = 0
    held: list[tuple[Held, float]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)

    @property
    def moves(self) -> list[tuple[Key, int, int]]:
        """(key, last sequence seen, new last sequence) of the aggregates that go on here."""
        return [(key, self.seen.get(key, 0), last) for key, last in self.last.items() if last != self.seen.get(key, 0)]

    def passed(self, places: Iterable[Place]) -> set[Place]:
        """Which of them the aggregates leave behind here."""
        return {(key, sequence) for key, sequence in places if self.seen.get(key, 0) < sequence <= self.last.get(key, 0)}


def in_order(events: Sequence[Incoming], seen: dict[Key, int]) -> list[Incoming]:
    """Everything not consumed yet, in the order given, but each aggregate's events in their own order.

    Of an event that is there twice the first counts: what was held knows its tries.
    """
    found: dict[Key, dict[int, tuple[int, Incoming]]] = defaultdict(dict)
    for number, event in enumerate(events):
        if event.sequence > seen.get(event.key, 0):
            found[event.key].setdefault(event.sequence, (number, event))
    ordered: list[tuple[int, int, Incoming]] = []
    for line in found.values():
        latest = 0
        for sequence in sorted(line):
            number, event = line[sequence]
            latest = max(latest, number)
            ordered.append((latest, sequence, event))
    return [event for _, _, event in sorted(ordered, key=lambda entry: entry[:2])]


def spent(row: Held) -> bool:
    """Whether a failing row has had its tries: fewer when nobody came back from the last one."""
    return row.tries >= TRIES or (row.tries >= LOST_TRIES and row.what == ENDED)


def by_tries(rows: Sequence[Held]) -> list[list[Held]]:
    """Failing rows in the groups in which they are tried: earlier ones of an aggregate have been tried as often as later ones, or more."""
    groups: list[list[Held]] = []
    for tries in sorted({row.tries for row in rows}, reverse=True):
        alike = sorted((row for row in rows if row.tries == tries), key=lambda row: row.sequence)
        size = TOGETHER.get(tries, 1)
        groups += [alike[start : start + size] for start in range(0, len(alike), size)]
    return groups


def whose_turn(rows: Sequence[Held], last: dict[Key, int]) -> list[Held]:
    """Of rows in the order of their sequences those that come next in their aggregates."""
    reached = dict(last)
    found = []
    for row in rows:
        if row.sequence == reached.get(row.key, 0) + 1:
            reached[row.key] = row.sequence
            found.append(row)
    return found


def place_of(received: Received[Any]) -> Place:
    return (received.publisher, received.aggregate), received.sequence


def said(error: Exception) -> str:
    """The error's first line: what PostgreSQL adds below it are values."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"[:500]


def traceback_hash(error: Exception) -> str:
    """The same for the same error at the same place in the code."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return hashlib.sha256("|".join((type(error).__name__, *frames)).encode()).hexdigest()[:16]
