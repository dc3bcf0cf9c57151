"""What a customer was told of one date, and what before that. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Which:
    """Which date of an order is told: one of a leg, or of a line, wherever that travels."""

    order_id: UUID
    milestone: str
    line: str | None
    shipment: str | None

    @classmethod
    def of(cls, order_id: UUID, milestone: str, line: str | None, shipment: str | None) -> "Which":
        return cls(order_id, milestone, line, None if line else shipment)


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was told, when, and by which decision; none for one that came with the order."""

    date: date
    by: UUID | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the customer was told of one date; `estimate` is the highest revision of the estimate that was weighed for telling. `by` is the
    decision that told it last; none for a date that came with the order.
    """

    date: date
    estimate: int = 0
    by: UUID | None = None
    at: datetime | None = None
    before: tuple[Day, ...] = ()
    """The days that were told before this one, newest first."""

    @property
    def days(self) -> tuple[Day, ...]:
        """All that he was told, newest first."""
        return (Day(self.date, self.by, self.at), *self.before)
