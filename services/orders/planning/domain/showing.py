"""Goods that are on their way: what shows it, and that they were delivered, where they are delivered before that. Pure."""

from dataclasses import replace
from datetime import date

from services.orders.planning.model import LEAVES, Node, Plan
from shared.contracts.orders import DeliveredLine, MilestoneAchieved


def goods_left(plan: Plan, shipment: str | None) -> Node | None:
    """What shows that the goods of a leg are on their way, as they are from loading on, though the vessel may still be in port."""
    return next((node for code in LEAVES if (node := plan.passed((shipment, code))) is not None), None)


def is_shown(plan: Plan, node: Node) -> bool:
    """Whether it is the delivery point, and only a later milestone shows that it was reached: somebody may still record it."""
    return node.milestone == plan.delivery_point and any(line.shown_by for line in plan.lines_of(node.shipment))


def recorded_on(plan: Plan, node: Node) -> date | None:
    """When it happened, by what was recorded of it: what only a later milestone shows follows that, and is nobody's word."""
    if not is_shown(plan, node):
        return node.actual
    own = (line.delivered for line in plan.lines_of(node.shipment) if line.delivered is not None and line.shown_by is None)
    return max(own, default=None)


def as_shown(plan: Plan, shipment: str | None) -> Plan:
    """The plan where goods of a leg that are on their way are delivered, if that is before: on the first day that says so, by the
    milestone of which it is. Lines whose own day was recorded keep that.
    """
    point = plan.node((shipment, plan.delivery_point))
    lines = [line for line in plan.lines_of(shipment) if line.delivered is None or line.shown_by]
    if point is None:
        return plan
    left = [(one.actual, one.position) for one in plan.later(point) if one.milestone in LEAVES and one.actual is not None]
    if not lines or not (left or is_shown(plan, point)):
        return plan
    day, by = min(left, default=(None, None))
    shown_by = plan.network.steps[by].code if by is not None else None
    shown = {line.line: replace(line, delivered=day, shown_by=shown_by) for line in lines}
    after = replace(plan, lines=tuple(shown.get(line.line, line) if line.shipment == shipment else line for line in plan.lines))
    return after.dated({point.key: after.delivered_on(shipment)})


def delivery_shown(before: Plan, after: Plan, shipment: str | None) -> MilestoneAchieved | None:
    """What is told of lines whose delivery a milestone shows, on another day than was known."""
    known = {line.line: line.delivered for line in before.lines}
    lines = [line for line in after.lines_of(shipment) if line.shown_by is not None and line.delivered != known[line.line]]
    if not lines:
        return None
    actual = after.at((shipment, after.delivery_point)).actual
    return MilestoneAchieved(
        order_id=after.order_id,
        shipment=shipment,
        milestone=after.delivery_point,
        actual=actual or max(line.delivered for line in lines if line.delivered is not None),
        lines=tuple(DeliveredLine(line=line.line, delivered=line.delivered) for line in lines if line.delivered is not None),
        complete=actual is not None,
        shown_by=lines[0].shown_by,
    )
