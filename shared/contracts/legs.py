"""Events of orders about lines that change from one leg to another. Aggregate: the order."""

from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.orders import PlanNode


class LineMove(Contract):
    """A line changed from one shipment to another; null: it has none yet, or none any more."""

    line: str
    before: str | None
    after: str | None


class NewLeg(Contract):
    """A leg that is new. Its milestones have the dates of the leg that its lines came from."""

    shipment: str | None
    like: str | None = Field(description="shipment of the leg that its lines came from")
    plan: tuple[PlanNode, ...]


class LinesMoved(Event, type="orders.order.lines_moved.v1"):
    """Lines of an order travel in other shipments than before; promises stay. What it moved is told by the plan's own event."""

    order_id: UUID
    number: str
    customer_id: UUID
    lines: tuple[LineMove, ...]
    legs: tuple[NewLeg, ...] = Field(description="legs that are new")
    ended: tuple[str | None, ...] = Field(description="shipments of legs that have no line any more")
    reason: str
