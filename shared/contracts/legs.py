"""Events of orders about lines that are split and joined, and that change from one leg to another. Aggregate: the order."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.numbers import Plain
from shared.contracts.orders import OrderLine, PlanNode
from shared.contracts.shipments import Transport


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
    transports: dict[str, Transport] = Field(default_factory=dict, description="how the shipment goes that they travel in now, by number")
    reason: str


class PromiseMade(Contract):
    """One promise of a line in its turn."""

    day: date
    revision: int = Field(ge=0, description="0 is the first")
    made_on: date


class LineJoined(Event, type="orders.order.line_joined.v1"):
    """A part of a line is delivered with it, or with another part of it, and is no line any more; its ledger stays. Where they travelled
    apart, `order.lines_moved` came before.
    """

    order_id: UUID
    number: str
    customer_id: UUID
    line: str
    quantity: Plain = Field(description="of the line with the part")
    amount: Plain | None
    part: str = Field(description="the line that there is no more")
    reason: str


class LineSplit(Event, type="orders.order.line_split.v1"):
    """Part of a line's quantity goes by itself, as a line of its own. Both travel as the line did: where the part changes its shipment,
    `order.lines_moved` follows. Quantities and amounts of both are those of the line before.
    """

    order_id: UUID
    number: str
    customer_id: UUID
    line: str
    quantity: Plain = Field(description="what is left in the line")
    amount: Plain | None
    part: OrderLine = Field(description="the new line, with the promise in force")
    promises: tuple[PromiseMade, ...] = Field(description="of the line so far, the first first: the part has them, too")
    estimated: date
    reason: str
