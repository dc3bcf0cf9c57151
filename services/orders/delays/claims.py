"""The days that the causes of a delay claim of it. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.orders.delays.model import Delay
from services.orders.planning.domain import estimate
from services.orders.planning.model import Node, Plan
from shared.problems import Invalid


def require_days(delay: Delay, plans: Sequence[Plan]) -> None:
    """Invalid at the cause with which they claim more days than the delay has, in the order that it makes the latest."""
    if not any(cause.days for cause in delay.causes):
        return
    late = [_days(plan, node, delay.new_date) for plan in plans for node in plan.nodes if _is_of(delay, node)]
    claimed, most = 0, max(late, default=None)
    for at, cause in enumerate(delay.causes):
        claimed += cause.days or 0
        if cause.days and most is not None and claimed > most:
            raise Invalid(f"the delay has {most} days: with this cause they would account for {claimed}", field=f"causes.{at}.days")


def _is_of(delay: Delay, node: Node) -> bool:
    """The orders of a disruption have legs of their own."""
    return node.milestone == delay.milestone and (delay.disruption_id is not None or node.shipment == delay.shipment)


def _days(plan: Plan, node: Node, until: date) -> int:
    """The days from what plan and predecessors let the node happen on, whatever was said of it or happened since, to `until` or the next
    day that is worked."""
    since = {node.key, *(one.key for one in plan.later(node))}
    nodes = tuple(replace(one, actual=None, stated=None) if one.key in since else one for one in plan.nodes)
    alone = replace(plan, nodes=nodes, delays=tuple(one for one in plan.delays if one.key != node.key))
    announced = plan.calendars[node.calendar].next_open(until.toordinal())
    return max(0, announced - estimate(alone)[node.key].day.toordinal())
