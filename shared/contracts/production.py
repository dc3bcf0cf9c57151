"""Events of orders about what was made of them. Aggregate: the order. Internal: never shown to a customer.

What the progress lets expect of a milestone, and that one has happened, is told by the milestone's own events.
"""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.numbers import Plain


class ProgressReport(Contract):
    """How much of a line one step of production had made by the end of a day, counted from its beginning."""

    report_id: UUID
    line: str
    shipment: str | None
    stage: str = Field(description="code of the step")
    day: date
    done: Plain = Field(description="in the line's unit of measure")
    total: Plain = Field(description="what is to be made")
    uom: str
    revision: int = Field(ge=0, description="counts the corrections of this report")
    reason: str | None = Field(default=None, description="why it was corrected")


class ExpectedFinish(Contract):
    """What the progress of a leg lets expect of a milestone."""

    shipment: str | None
    milestone: str
    finish: date | None = Field(description="null where nothing can be said yet")
    bottleneck_line: str | None = Field(default=None, description="the line whose step is expected last")
    bottleneck_stage: str | None = Field(default=None, description="that step")


class ProductionStarted(Event, type="orders.production.started.v1"):
    """The first quantity of a leg was made."""

    order_id: UUID
    number: str
    customer_id: UUID
    shipment: str | None
    day: date


class ProductionProgressed(Event, type="orders.production.progressed.v1"):
    """What was made of an order was reported, or corrected."""

    order_id: UUID
    number: str
    customer_id: UUID
    reports: tuple[ProgressReport, ...]
    expected: tuple[ExpectedFinish, ...]


class ProductionCompleted(Event, type="orders.production.completed.v1"):
    """The last step made the whole quantity of every line of a leg."""

    order_id: UUID
    number: str
    customer_id: UUID
    shipment: str | None
    milestone: str = Field(description="what the step ends, mostly PRD_END")
    day: date
