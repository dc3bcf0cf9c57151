"""The record: a service's own events, append-only, as the exact bytes that are sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.envelope import envelope, subject_of
from shared.contracts.event import Event
from shared.database.pool import Tx, leaves
from shared.ids import new_id

EVENTS = "events"
"""The work that a transaction `leaves` to the relay."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the events of one command have in common. `time` is business time; `historical` facts are told to nobody."""

    time: datetime
    correlation_id: str
    actor: str
    causation_id: UUID | None = None
    traceparent: str | None = None
    historical: bool = False

    @classmethod
    def of_timer(cls, now: datetime) -> "Stamp":
        """Of what nobody commanded: its time had come."""
        return cls(time=now, correlation_id=str(new_id()), actor="timer")


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened to one aggregate. `version` is the number of events it had told before these."""

    aggregate: UUID
    version: int
    events: Sequence[Event]


# The identity column counts in the order of the SELECT, which is the order in which the relay publishes.
_APPEND = """
WITH told AS (
    INSERT INTO record (event_id, aggregate, sequence, type, subject, body)
    SELECT event_id, aggregate, sequence, type, subject, body
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bytea[])
        WITH ORDINALITY AS e (event_id, aggregate, sequence, type, subject, body, n)
    ORDER BY n
    RETURNING position, recorded_at
)
INSERT INTO outbox (position, recorded_at) SELECT position, recorded_at FROM told
"""


async def append(tx: Tx, stamp: Stamp, facts: Iterable[Facts]) -> None:
    """Record the events and queue them for the relay, in one statement.

    Called under the aggregates' row locks; the caller saves each aggregate's version + len(events) in the same transaction.
    """
    await append_all(tx, ((stamp, told) for told in facts))


async def append_all(tx: Tx, stamped: Iterable[tuple[Stamp, Facts]]) -> None:
    """As `append`, for the events of several commands, of which no two tell of one aggregate."""
    rows = [
        _sealed(stamp, told.aggregate, sequence, event)
        for stamp, told in stamped
        for sequence, event in enumerate(told.events, start=told.version + 1)
    ]
    if rows:
        await tx.execute(_APPEND, *map(list, zip(*rows, strict=True)))
        leaves(EVENTS)


def _sealed(stamp: Stamp, aggregate: UUID, sequence: int, event: Event) -> tuple[UUID, UUID, int, str, str, bytes]:
    event_id = new_id()
    body = envelope(
        event,
        id=event_id,
        aggregate=aggregate,
        sequence=sequence,
        time=stamp.time,
        correlation_id=stamp.correlation_id,
        actor=stamp.actor,
        causation_id=stamp.causation_id,
        traceparent=stamp.traceparent,
        historical=stamp.historical,
    )
    return event_id, aggregate, sequence, event.TYPE, subject_of(event.TYPE, aggregate), body.model_dump_json().encode()
