"""Which milestones a failed inspection keeps from happening. Pure."""

from services.orders.planning.domain.showing import goods_left
from services.orders.planning.model import LEAVES, Node, Plan
from services.orders.planning.obstacles import Failed

LEAVING = ("CST_DECL", "CY_CUT", "HANDED_OVER", *LEAVES)
"""The milestones with which goods begin to leave: they are declared for that, come into the hands of a carrier, or are loaded."""


def held_by_failure(plan: Plan, node: Node) -> Failed | None:
    """A failed inspection of goods of its leg that keeps the node from happening."""
    of_leg = (one for one in plan.failed if any(line.line in one.lines for line in plan.lines_of(node.shipment)))
    return next((one for one in of_leg if _waits(plan, node, one) or _stays(plan, node, one)), None)


def _waits(plan: Plan, node: Node, failed: Failed) -> bool:
    """Whether it is the milestone of the inspection, or comes after that, and nothing has gone on from there."""
    inspected = plan.node((node.shipment, failed.milestone)) if failed.milestone is not None else None
    if inspected is None or all(one.milestone != failed.milestone for one in (*plan.earlier(node), node)):
        return False
    return all(one.actual is None for one in plan.later(inspected))


def _stays(plan: Plan, node: Node, failed: Failed) -> bool:
    """Whether finished goods that are still here would leave with it, or be said to have passed, whatever was recorded before they failed:
    they are packed as a rule.
    """
    if not failed.finished or goods_left(plan, node.shipment) is not None:
        return False
    leaving = (*LEAVING, plan.delivery_point)
    here = any(line.line in failed.lines and line.delivered is None for line in plan.lines_of(node.shipment))
    return here and (node.milestone == failed.milestone or any(one.milestone in leaving for one in (*plan.earlier(node), node)))
