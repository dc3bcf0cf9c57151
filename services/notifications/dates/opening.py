"""Orders, lines and legs as they came: what of them counts as told. Pure."""

from dataclasses import replace

from services.notifications.dates.domain import Line, Node
from services.notifications.dates.model import Told
from shared.contracts.orders import LinesAdded, OrderCreated
from shared.contracts.plans import PlanRebaselined


def opening_lines(event: OrderCreated | LinesAdded, delivery_point: str) -> tuple[Line, ...]:
    """The lines as they came: their promises count as told."""
    points = {node.shipment: node for node in event.plan if node.milestone == delivery_point}
    return tuple(
        Line(
            line=line.line,
            item=line.item,
            quantity=line.quantity,
            uom=line.uom,
            shipment=line.shipment,
            promised=line.promised,
            expected=points[line.shipment].estimated if line.shipment in points else line.promised,
            delivered=line.delivered,
            told=Told(line.promised),
            due=points[line.shipment].due if line.shipment in points else None,
        )
        for line in event.lines
    )


def opening_nodes(event: OrderCreated | LinesAdded | PlanRebaselined, delivery_point: str) -> tuple[Node, ...]:
    """The visible milestones of new legs or a plan: their planned dates count as told. The delivery point's date is told by line."""
    return tuple(
        Node(node.shipment, node.milestone, node.estimated, node.actual, Told(node.planned, node.revision))
        for node in event.plan
        if node.visible and node.milestone != delivery_point
    )


def rebaselined_nodes(event: PlanRebaselined, delivery_point: str) -> tuple[Node, ...]:
    """The visible milestones of a plan. The day on which one is expected that he did not see before counts as told."""
    return tuple(replace(node, told=Told(node.expected, node.told.estimate)) for node in opening_nodes(event, delivery_point))
