"""Events of the orders service: orders with lines and plan, delays and promises.

Aggregates: order, shipment, supplier, calendar. Delays, milestones and promises belong to their order; a shipment's delay to the shipment,
and each order in it tells its own `PlanReestimated`. A *leg* is what of an order travels in one shipment; a plan node is (leg, milestone).
"""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.calendars import CalendarFacts
from shared.contracts.codes import CauseCode, Incoterm, Party, PromiseReason, TradeType
from shared.contracts.event import Contract, Event
from shared.contracts.joining import JoinedNode
from shared.contracts.numbers import Plain
from shared.contracts.shipments import Transport
from shared.contracts.text import LocalText

DUE = "the earlier day on which it was expected, where nothing but days that passed made that later: overdue is measured by it"


class SupplierCreated(Event, type="orders.supplier.created.v1"):
    """A new supplier."""

    supplier_id: UUID
    code: str
    name: str


class CalendarChanged(Event, type="orders.calendar.changed.v1"):
    """A calendar as it is now. The plans that count its days tell for themselves what it moved."""

    calendar_id: UUID
    calendar: CalendarFacts


class OrderLine(Contract):
    """One line, with every date of its promise ledger that is known when the event is told."""

    line: str
    item: str
    quantity: Plain
    uom: str
    amount: Plain | None = Field(default=None, description="line value in the order's currency")
    supplier: str | None = Field(default=None, description="supplier code")
    supplier_term: str | None = Field(default=None, description="the supplier's own delivery term, as he writes it")
    shipment: str | None = Field(default=None, description="number of the shipment the line travels in")
    requested: date | None = None
    promised: date
    delivered: date | None = None
    shown_by: str | None = Field(default=None, description="the later milestone that shows the delivery, until its own day is recorded")


class PlanNode(Contract):
    """A milestone of one leg with its dates; `revision` counts the estimates made of it."""

    shipment: str | None
    milestone: str
    visible: bool = Field(description="the customer sees it, and hears when its date moves")
    department: str
    planned: date
    estimated: date
    actual: date | None = None
    revision: int = 0
    due: date | None = Field(default=None, description=DUE)


class OrderCreated(Event, type="orders.order.created.v1"):
    """A new order. Its promises count as told to the customer."""

    order_id: UUID
    number: str
    customer_id: UUID
    customer_code: str
    customer_po: str
    trade_type: TradeType
    incoterm: Incoterm | None
    named_place: str | None
    delivery_point: str = Field(description="code of the milestone at which the promise is met")
    currency: str | None
    ordered_on: date | None
    template: str
    urgent: bool = Field(default=False, description="small and must leave at once")
    source: Literal["api", "import"]
    lines: tuple[OrderLine, ...]
    plan: tuple[PlanNode, ...]


class LinesAdded(Event, type="orders.order.lines_added.v1"):
    """Lines that an existing order gained, with the plan nodes of legs that are new."""

    order_id: UUID
    source: Literal["api", "import"]
    lines: tuple[OrderLine, ...]
    plan: tuple[PlanNode, ...]


class Cause(Contract):
    """One cause of a delay and who answers for it. Internal: never shown to a customer."""

    code: CauseCode
    party: Party
    days: int | None = Field(default=None, ge=0)
    evidence: str | None = Field(default=None, max_length=2000)


class TouchedOrder(Contract):
    order_id: UUID
    number: str
    customer_id: UUID
    before: date = Field(description="estimated date of the delayed milestone before")
    after: date


class DelayFacts(Contract):
    """A delay as it stands: `revision` 1 when logged, one more with each update."""

    delay_id: UUID
    revision: int = Field(ge=1)
    order_id: UUID | None = Field(description="set for a delay of one order")
    disruption_id: UUID | None = Field(default=None, description="the disruption that logged it, for one customer's orders")
    shipment: str | None = Field(description="number of the delayed shipment, or of the leg of the order")
    milestone: str
    new_date: date
    causes: tuple[Cause, ...]
    under_investigation: bool = Field(description="the only cause is UNKNOWN; listed as unattributed until attributed")
    action: LocalText = Field(description="what is being done, in words fit for the customer")
    ask: LocalText | None = Field(default=None, description="what is needed from the customer")
    ask_by: date | None = None
    next_news_on: date | None = Field(default=None, description="when the customer hears next")
    orders: tuple[TouchedOrder, ...]
    logged_by: str


class DelayLogged(Event, type="orders.delay.logged.v1"):
    """A milestone will be late: by when it is expected now, why, and what is being done."""

    delay: DelayFacts
    joined: bool = Field(default=False, description="a leg came to what is late already: it is told with what brought it, not by itself")


class DelayUpdated(Event, type="orders.delay.updated.v1"):
    """An open delay got another date, other causes or another action: the delay as it stands now."""

    delay: DelayFacts


class DelayAttributed(Event, type="orders.delay.attributed.v1"):
    """The causes were found or corrected; no date moves."""

    delay_id: UUID
    causes: tuple[Cause, ...]
    under_investigation: bool


class DelayRetracted(Event, type="orders.delay.retracted.v1"):
    """The delay was logged by mistake: its dates move back, and those who were told hear so."""

    delay_id: UUID
    revision: int
    reason: str
    customers: tuple[UUID, ...] | None = Field(default=None, description="whose orders it held until then: those of others had left it")


class DelayClosed(Event, type="orders.delay.closed.v1"):
    """Every milestone the delay moved has happened."""

    delay_id: UUID
    closed_on: date


class DelayNewsDue(Event, type="orders.delay.news_due.v1"):
    """The day has come on which the customer was promised news, and the delay is still open."""

    delay_id: UUID
    due_on: date


Because = Literal[
    "delay_logged", "delay_updated", "delay_retracted", "actual_recorded", "actual_corrected", "estimate_stated", "lines_moved",
    "lines_cancelled", "promise_changed", "calendar_changed", "production_progressed", "day_passed", "plan_rebaselined",
]  # fmt: skip


class DelayReason(Contract):
    """What a notice needs to know of the delay behind a new estimate."""

    delay_id: UUID
    revision: int
    ordinal: int = Field(ge=1, description="1 for the order's first delay, 2 for its second ...")
    customer_orders: int = Field(ge=1, description="how many orders of this customer the same command re-estimates")
    causes: tuple[CauseCode, ...]
    action: LocalText
    ask: LocalText | None = None
    ask_by: date | None = None
    next_news_on: date | None = None
    disruption_id: UUID | None = Field(default=None, description="that logged it: held until `disruption.released` names the delay")


class MovedNode(Contract):
    shipment: str | None
    milestone: str
    visible: bool
    planned: date
    before: date
    after: date
    revision: int = Field(ge=1)
    driven_by: str | None = Field(description="milestone whose date drives this one; null when its own delay or plan does")
    slack_days: int = Field(description="days this node could still move before a promise breaks; negative when it is broken")
    name: LocalText | None = Field(default=None, description="what the milestone is called")
    due: date | None = Field(default=None, description=DUE)


class MovedLine(Contract):
    """A line whose expected delivery moved, with the promise in force after the command."""

    line: str
    shipment: str | None
    promised: date
    before: date
    after: date
    revision: int = Field(ge=0, description="0 while the first estimate still stands")
    due: date | None = Field(default=None, description=DUE)


class PromisedLine(Contract):
    line: str
    before: date
    after: date
    revision: int = Field(ge=1, description="1 for the first change of the original promise")


class PlanReestimated(Event, type="orders.plan.reestimated.v1"):
    """The order's estimates after a command: one for every order touched, with nothing moved where slack absorbed it.
    `day_passed` is no command: something did not happen on the day on which it was expected, and nobody said when it will.
    """

    order_id: UUID
    number: str
    customer_id: UUID
    because: Because
    delay: DelayReason | None = None
    nodes: tuple[MovedNode, ...]
    lines: tuple[MovedLine, ...]
    promises: tuple[PromisedLine, ...] = Field(default=(), description="of the delay, or earlier ones that moved the plan: told with it")
    joined: tuple[JoinedNode, ...] = Field(default=(), description="by lines that joined a leg: the dates of its other lines stand")
    transports: dict[str, Transport] = Field(default_factory=dict, description="by number, for the shipments of these nodes")


class PromiseAtRisk(Event, type="orders.promise.at_risk.v1"):
    """Lines now expected after their promise that were expected in time before."""

    order_id: UUID
    delay_id: UUID | None
    lines: tuple[MovedLine, ...]


class PromiseChanged(Event, type="orders.promise.changed.v1"):
    """The promise moved by its own command; with `delay_id` when given together with a delay."""

    order_id: UUID
    number: str
    customer_id: UUID
    lines: tuple[PromisedLine, ...]
    reason: PromiseReason
    delay_id: UUID | None = None
    approval_id: UUID | None = Field(default=None, description="the request that was granted with it")
    request_id: UUID | None = Field(default=None, description="what the customer had asked for, which it answers")
    note: str | None = Field(default=None, description="why, in free words; internal: never shown to a customer")
    replanned: bool = Field(default=False, description="what is expected moved with it: told by orders.plan.reestimated")


class DeliveredLine(Contract):
    line: str
    delivered: date


class MilestoneAchieved(Event, type="orders.milestone.achieved.v1"):
    """An actual date. `lines` are those delivered by it, when the milestone is the order's delivery point."""

    order_id: UUID
    shipment: str | None
    milestone: str
    actual: date
    lines: tuple[DeliveredLine, ...] = ()
    complete: bool = Field(default=True, description="false while other lines of the leg are still open: the milestone has no actual yet")
    shown_by: str | None = Field(default=None, description="the later milestone that shows it, until somebody records its own day")
