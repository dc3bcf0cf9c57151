"""New orders and lines as they are asked for, what they may refer to, and what is decided of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.calendars.domain import Calendars
from services.orders.fields import Body, Currency, Day, MilestoneCode, Number, Short
from services.orders.orders import words
from services.orders.orders.examples import NEW_ORDER
from services.orders.planning.model import Key, Node, OpenDelay, Plan, Settled
from services.orders.shipments.model import Sailing
from services.orders.templates.domain import Network
from services.orders.templates.model import Route
from shared.contracts.codes import Incoterm, Mode, TradeType
from shared.contracts.money import too_fine
from shared.contracts.orders import LinesAdded, OrderCreated, OrderLine
from shared.contracts.text import Both
from shared.problems import FieldError

Source = Literal["api", "import"]


class NewLine(Body):
    """One line of an order. `delivered` is given for what has arrived already."""

    line: Number
    item: Short
    quantity: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6)]
    uom: Annotated[Short, Field(description="unit of measure, UNECE Rec 20 where there is one", max_length=20)]
    amount: Annotated[Decimal | None, Field(ge=0, max_digits=18, decimal_places=4, description="line value in the order's currency")] = None
    supplier: Annotated[Number | None, Field(description="supplier code")] = None
    supplier_term: Annotated[Short | None, Field(description="the supplier's own delivery term, as he writes it")] = None
    shipment: Annotated[Number | None, Field(description="number of the shipment, once it is known")] = None
    requested: Annotated[Day | None, Field(description="the date the customer asked for")] = None
    promised: Day
    delivered: Day | None = None

    def too_fine(self, index: int, currency: str | None) -> list[FieldError]:
        """What is wrong with its amount, which is in whole minor units of the order's currency where that is known."""
        why = too_fine(self.amount, currency) if self.amount is not None and currency is not None else None
        return [FieldError(f"lines.{index}.amount", why)] if why else []

    def difference(self, given: "NewLine") -> tuple[str, Both] | None:
        """The first column in which one that is given again differs from this; a delivery left out says nothing."""
        for name in NewLine.model_fields:
            was, is_given = getattr(self, name), getattr(given, name)
            if was == is_given or (name == "delivered" and is_given is None):
                continue
            if name == "delivered" and was is None:
                return name, words.still_open(self.line)
            return name, words.line_differs(self.line, name, was, is_given)
        return None

    def told(self, shown_by: str | None = None) -> OrderLine:
        return OrderLine(**{name: getattr(self, name) for name in NewLine.model_fields}, shown_by=shown_by)


@dataclass(frozen=True, slots=True)
class Ordered:
    """How much of a line is ordered, and the leg that it travels in."""

    shipment: str | None
    quantity: Decimal
    uom: str


LINE_FIELDS = tuple(NewLine.model_fields)
"""The columns of a line as people give it, in the order in which they are stored."""


class NewActual(Body):
    """A milestone that has happened before the order was entered; not the delivery point, which its lines' `delivered` tells."""

    milestone: MilestoneCode
    shipment: Number | None = None
    date: Day


class NewOrder(Body):
    """An order as the customer placed it. Without `delivery_point` the template's for the Incoterm holds."""

    model_config = ConfigDict(json_schema_extra={"examples": [NEW_ORDER]})

    number: Number
    customer: Annotated[Number, Field(description="customer code")]
    customer_po: Annotated[Short, Field(description="the customer's own PO number")]
    trade_type: TradeType
    incoterm: Incoterm | None = None
    named_place: Short | None = None
    delivery_point: Annotated[MilestoneCode | None, Field(description="milestone at which the promise is met")] = None
    currency: Annotated[Currency | None, Field(description="ISO 4217")] = None
    ordered_on: Annotated[
        Day | None, Field(description="left out: the day of its entry, or the first on which something of it had happened by then")
    ] = None
    template: Annotated[Number | None, Field(description="plan template, see /api/orders/templates; else the one that fits best")] = None
    route: Annotated[
        Route | None, Field(description="made to order, or from stock: to choose the template by; one named must be for it")
    ] = None
    mode: Annotated[Mode | None, Field(description="to choose the template by; one named must be for it")] = None
    urgent: Annotated[bool, Field(description="small and must leave at once: has a queue of its own")] = False
    lines: Annotated[tuple[NewLine, ...], Field(min_length=1, max_length=1000)]
    actuals: Annotated[tuple[NewActual, ...], Field(max_length=1000)] = ()


@dataclass(frozen=True, slots=True)
class Existing:
    """An order that is there already: its plan, its header as it was given, its lines as they were first entered.

    `country` is its customer's, where known; `counted` are the highest revisions that its milestones ever had.
    """

    plan: Plan
    header: Mapping[str, Any]
    lines: Mapping[str, NewLine]
    country: str | None = None
    counted: Mapping[Key, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What new orders may refer to: customers in sight by code, suppliers, shipments with what lines meet there, templates, orders.

    `retired` says of the templates out of use why they are. `countries` of the customers by their codes and the carriers of the
    shipments say whose calendars count.
    """

    customers: Mapping[str, UUID]
    suppliers: frozenset[str]
    shipments: Mapping[str, Sailing]
    templates: Mapping[str, Network]
    orders: Mapping[str, Existing] = field(default_factory=dict)
    calendars: Calendars = field(default_factory=Calendars)
    countries: Mapping[str, str] = field(default_factory=dict)
    retired: Mapping[str, str] = field(default_factory=dict)

    def carrier(self, shipment: str | None) -> str | None:
        sailing = self.shipments.get(shipment) if shipment is not None else None
        return sailing.transport.carrier if sailing is not None and sailing.transport is not None else None

    def left(self, shipment: str | None) -> bool:
        """Whether goods in it are on their way."""
        return shipment is not None and self.shipments[shipment].left


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of one order: the rows to write with their event, or nothing; and why parts of it are refused.

    `before` is None for a new order. `lines` are the new ones; `unchanged` those that stood there already.
    `after` is the order with them, `replanned` what follows where they join a leg with an earlier promise: it is planned for that.
    Errors name their field as in the request: `customer`, `lines.3.supplier`.
    """

    number: str
    before: Plan | None = None
    after: Plan | None = None
    order: NewOrder | None = None
    lines: tuple[NewLine, ...] = ()
    nodes: tuple[Node, ...] = ()
    held: tuple[OpenDelay, ...] = ()
    event: OrderCreated | LinesAdded | None = None
    replanned: Settled | None = None
    unchanged: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()

    def without(self, given: Sequence[NewLine], why: Both) -> "Decided":
        """The same with its new lines refused, for where they would travel."""
        new = {line.line for line in self.lines}
        refused = tuple(FieldError(f"lines.{index}.shipment", why) for index, line in enumerate(given) if line.line in new)
        return Decided(self.number, unchanged=self.unchanged, errors=(*self.errors, *refused))
