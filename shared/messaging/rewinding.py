"""After a restore: how far a publisher's record reaches now, and forgetting in the inboxes what it no longer knows of."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging import epochs
from shared.problems import Conflict

_REACH = "SELECT aggregate, max(sequence) AS last FROM record GROUP BY aggregate"
_HEARD = """
SELECT aggregate, max(sequence) AS last FROM (
    SELECT aggregate, last_sequence AS sequence FROM consumed WHERE publisher = $1
    UNION ALL SELECT aggregate, sequence FROM held WHERE publisher = $1
    UNION ALL SELECT aggregate, sequence FROM dead_letter WHERE publisher = $1 AND sequence IS NOT NULL
) AS heard GROUP BY aggregate
"""
_FORGET = """
DELETE FROM consumed c USING unnest($2::uuid[], $3::bigint[]) AS k (aggregate, last)
WHERE c.publisher = $1 AND c.aggregate = k.aggregate AND k.last = 0
"""
_REWIND = """
UPDATE consumed c SET last_sequence = k.last FROM unnest($2::uuid[], $3::bigint[]) AS k (aggregate, last)
WHERE c.publisher = $1 AND c.aggregate = k.aggregate AND k.last > 0 AND c.last_sequence > k.last
"""
_RELEASE = """
DELETE FROM held h USING unnest($2::uuid[], $3::bigint[]) AS k (aggregate, last)
WHERE h.publisher = $1 AND h.aggregate = k.aggregate AND h.sequence > k.last
"""
# A letter of a lost event has no place any more: another event will have its sequence.
_DISCARD = """
UPDATE dead_letter d SET state = 'discarded', sequence = NULL FROM unnest($2::uuid[], $3::bigint[]) AS k (aggregate, last)
WHERE d.publisher = $1 AND d.aggregate = k.aggregate AND d.sequence > k.last
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """A publisher's record after a restore: its epoch, and the last sequence of each aggregate."""

    publisher: str
    epoch: int
    last: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Lost:
    """Aggregates of which a service had heard more than their publisher knows now, with the last sequence that still stands; 0 for none."""

    publisher: str
    last: Mapping[UUID, int]
    events: list[bytes] = field(default_factory=list)
    """Lost events of which this service had kept the bytes."""

    @property
    def gone(self) -> list[UUID]:
        """Aggregates that their publisher does not know at all any more."""
        return [aggregate for aggregate, last in self.last.items() if last == 0]

    @property
    def columns(self) -> tuple[list[UUID], list[int]]:
        return list(self.last), list(self.last.values())


Forget: TypeAlias = Callable[[Tx, Lost], Awaitable[None]]
"""(tx, lost): makes room in a service's own tables for the events that will have the sequences of lost ones; adds those it had kept."""
Recover: TypeAlias = Callable[[Tx, Sequence[bytes]], Awaitable[None]]
"""(tx, events): in the restored service, what follows from events of its own that others had heard of and it no longer knows."""


async def restored(tx: Tx, service: str, above: int = epochs.FIRST) -> Reach:
    """Begin a new epoch of a service that was put back, and say how far its record reaches. `above`: the highest epoch anybody knows."""
    epoch = await epochs.raised(tx, service, above)
    return Reach(service, epoch, {row["aggregate"]: row["last"] for row in await tx.fetch(_REACH)})


async def rewind(tx: Tx, reach: Reach, forgets: Sequence[Forget] = ()) -> Lost:
    """Set the inbox to the publisher's new epoch and to what it still knows. Conflict when that epoch is known here already.

    Runs as the role that owns the tables, in one transaction. What was done because of lost events stands, but for what `forgets` undo.
    """
    if reach.epoch <= (before := (await epochs.known(tx)).get(reach.publisher, epochs.FIRST)):
        said = f"{reach.publisher} is in epoch {before} here: begin one above it"
        raise Conflict(Both(said, f"{reach.publisher} 在此处的纪元是 {before}，请从更高的纪元开始"))
    heard = await tx.fetch(_HEARD, reach.publisher)
    lost = Lost(reach.publisher, {row["aggregate"]: last for row in heard if row["last"] > (last := reach.last.get(row["aggregate"], 0))})
    if lost.last:
        for statement in (_FORGET, _REWIND, _RELEASE, _DISCARD):
            await tx.execute(statement, lost.publisher, *lost.columns)
        for forget in forgets:
            await forget(tx, lost)
    await epochs.follow(tx, reach.publisher, reach.epoch)
    return lost
