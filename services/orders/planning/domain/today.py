"""Plans as a day shows them: read so, never saved. Pure."""

from dataclasses import replace
from datetime import date

from services.orders.planning.domain.settling import estimate
from services.orders.planning.model import Plan


def as_of(plan: Plan, today: date) -> Plan:
    """An open order whose overdue milestones are expected today, and what waits for them accordingly; any other stays as it is.

    Its revisions are those that were told.
    """
    if plan.status != "open":
        return plan
    seen = replace(plan, today=today)
    expected = estimate(seen)
    nodes = (replace(node, estimated=expected[node.key].day, driven_by=expected[node.key].driven_by) for node in plan.nodes)
    lines = (replace(line, estimated=line.delivered or expected[line.shipment, plan.delivery_point].day) for line in plan.lines)
    return replace(seen, nodes=tuple(nodes), lines=tuple(lines))
