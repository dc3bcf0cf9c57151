"""What has happened of goods that are entered: actual dates that can be, and legs that have no more behind them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from services.orders.fields import require_come, to_come
from services.orders.milestones.domain import check_order, require_gates
from services.orders.orders import words
from services.orders.orders.model import Known, NewActual, NewLine, NewOrder
from services.orders.planning.model import Node, Plan
from services.orders.shipments import domain as shipments
from shared.problems import FieldError, Invalid


def actual_errors(actuals: Sequence[NewActual], legs: Mapping[str | None, Sequence[Node]], point: str) -> list[FieldError]:
    """Actual dates of what the order does not have."""
    errors = []
    for index, actual in enumerate(actuals):
        where = f"actuals.{index}"
        if actual.shipment not in legs:
            errors.append(FieldError(f"{where}.shipment", words.nothing_in(actual.shipment)))
        elif actual.milestone == point:
            errors.append(FieldError(f"{where}.milestone", words.point_of_delivery(point)))
        elif actual.milestone not in {node.milestone for node in legs[actual.shipment]}:
            errors.append(FieldError(f"{where}.milestone", words.no_milestone(actual.milestone)))
    return errors


def actual_days(actuals: Sequence[NewActual], plan: Plan, today: date) -> list[FieldError]:
    """Actual dates that cannot be: to come, or before what must have happened by then."""
    errors = []
    for index, actual in enumerate(actuals):
        try:
            require_come(actual.date, today, "date")
            check_order(plan, plan.at((actual.shipment, actual.milestone)), actual.date)
        except Invalid as error:
            errors.append(FieldError(f"actuals.{index}.date", error.detail))
    return errors


def ahead(order: NewOrder, today: date) -> list[FieldError]:
    """What has not happened, whatever an order book says of the past: its day has not come."""
    days = [("ordered_on", order.ordered_on), *((f"lines.{index}.delivered", line.delivered) for index, line in enumerate(order.lines))]
    return [FieldError(path, why) for path, day in days if day is not None and (why := to_come(day, today))]


def require_gated(actuals: Sequence[NewActual], plan: Plan) -> None:
    """GateClosed for the actual date of what comes after a gate that has none of its own, unless the goods are delivered."""
    for index, actual in enumerate(actuals):
        node = plan.at((actual.shipment, actual.milestone))
        if plan.delivered_on(node.shipment) is None:
            require_gates(plan, node, lambda gate: gate.actual is not None, f"actuals.{index}.milestone")


def require_aboard(lines: Sequence[NewLine], plan: Plan, known: Known) -> None:
    """Underway for lines of a new order that are to travel in a shipment that has left, while they are not on their way."""
    for leg, index in _first(lines, {line.line for line in lines}).items():
        shipments.require_aboard(plan, leg, known.left(leg), f"lines.{index}.shipment")


def require_unmade(lines: Sequence[NewLine], new: Sequence[NewLine], before: Plan, known: Known) -> None:
    """Underway or Apart for those of the lines that are `new` to an order, not delivered, and would join goods that are further."""
    for leg, index in _first(lines, {line.line for line in new}).items():
        shipments.require_unmade(before, leg, known.left(leg), f"lines.{index}.shipment")


def _first(lines: Sequence[NewLine], entered: Collection[str]) -> dict[str | None, int]:
    """The first of those `entered` in each leg that is not delivered, by its index."""
    found = dict[str | None, int]()
    for index, line in enumerate(lines):
        if line.line in entered and line.delivered is None:
            found.setdefault(line.shipment, index)
    return found
