"""An event as a handler sees it, and what a handler may say about it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from shared.contracts.event import Event
from shared.database.pool import Tx
from shared.messaging.record import Stamp

E = TypeVar("E", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """One event of another service. `data` is the base `Event` when its type is unknown here; `body` is what was sent, byte for byte."""

    data: E
    id: UUID
    type: str
    publisher: str
    aggregate: UUID
    sequence: int
    time: datetime
    correlation_id: str
    causation_id: UUID | None
    actor: str
    historical: bool
    traceparent: str | None
    body: bytes

    def stamp(self, now: datetime) -> Stamp:
        """The stamp of events that this one causes."""
        return Stamp(
            time=now,
            correlation_id=self.correlation_id,
            actor=self.actor,
            causation_id=self.id,
            traceparent=self.traceparent,
            historical=self.historical,
        )


Handler: TypeAlias = Callable[[Tx, Sequence[Received[Any]], datetime], Awaitable[None]]
"""(tx, batch, now): applies events of one type, oldest first, in the batch's transaction; `now` is business time. Never commits."""

Handlers: TypeAlias = Sequence[tuple[type[Event], Handler]]
"""What a service listens for. A handler for the base class `Event` takes every event, unknown types included."""


class ReferentUnknown(Exception):
    """Something the events refer to is not known here yet: they wait, without spending tries, until it arrives.

    Name every event of the batch that waits for it, so that the rest goes on in one step.
    """

    def __init__(self, received: Received[Event] | Sequence[Received[Event]], what: str) -> None:
        super().__init__(what)
        self.received = (received,) if isinstance(received, Received) else tuple(received)
        self.what = what


class Poison(Exception):
    """The event can never be applied: it is parked at once."""

    def __init__(self, received: Received[Event], why: str) -> None:
        super().__init__(why)
        self.received = received
        self.why = why
