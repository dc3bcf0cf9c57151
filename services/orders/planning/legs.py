"""Legs: the parts of an order that travel apart. Pure."""

from services.orders.planning.model import Plan
from shared.problems import Invalid


def find_leg(plan: Plan, milestone: str, shipment: str | None, given: bool) -> str | None:
    """The leg that a command on one order means; `given`: the caller named it (None is the leg without a shipment).

    Invalid when there is no such leg, or several could be meant.
    """
    nodes = [node for node in plan.nodes if node.milestone == milestone]
    if not nodes:
        has = ", ".join(dict.fromkeys(node.milestone for node in sorted(plan.nodes, key=lambda node: node.position)))
        raise Invalid(f"the plan of order {plan.number} has no milestone {milestone}; it has {has}", field="milestone")
    if given:
        if shipment not in {node.shipment for node in nodes}:
            raise Invalid(f"no line of order {plan.number} travels in shipment {shipment or '(none yet)'}", field="shipment")
        return shipment
    still_open = [node for node in nodes if node.actual is None] or nodes
    if len(still_open) > 1:
        names = ", ".join(node.shipment or "(none yet: null)" for node in still_open)
        raise Invalid(f"order {plan.number} has {milestone} in several shipments, name one: {names}", field="shipment")
    return still_open[0].shipment
