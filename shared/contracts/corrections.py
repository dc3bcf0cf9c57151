"""Events of orders about days that were wrong: actual dates, with what comes back with them, and the day of an order itself.

Aggregate: the order; of a delay that comes back, what the delay is of.
"""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event


class CorrectedLine(Contract):
    """A line whose delivery was wrong, with what is expected of it now."""

    line: str
    before: date = Field(description="the day that does not hold")
    delivered: date | None = Field(description="null: it is still to be delivered")
    estimated: date
    revision: int = Field(ge=0, description="of the estimate")


class MilestoneCorrected(Event, type="orders.milestone.corrected.v1"):
    """An actual date was wrong: it was another day, or it has not happened. What else it moved is told by the plan's own event."""

    order_id: UUID
    number: str
    customer_id: UUID
    shipment: str | None
    milestone: str
    before: date | None = Field(description="the day that does not hold; null where only some lines of the leg were delivered")
    actual: date | None = Field(description="null: it has not happened, or not to all lines of the leg")
    estimated: date
    revision: int = Field(ge=0, description="of the estimate")
    lines: tuple[CorrectedLine, ...] = Field(default=(), description="whose delivery was wrong, at the order's delivery point")
    reason: str = Field(description="`tracked`: the carrier took back what he had said")
    reopened: bool = Field(default=False, description="the order was completed by it and is open again")


class OrderDayCorrected(Event, type="orders.order.day_corrected.v1"):
    """An order was placed on another day than was said. What that moved is told by the plan's own event."""

    order_id: UUID
    number: str
    customer_id: UUID
    before: date | None = Field(description="null: nobody had said it")
    ordered_on: date
    reason: str


class DelayReopened(Event, type="orders.delay.reopened.v1"):
    """A delay that was closed holds again: the milestone by whose actual date it was closed has not happened."""

    delay_id: UUID
