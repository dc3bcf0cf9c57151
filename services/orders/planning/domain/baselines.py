"""Plans that are made anew while an order is in progress: for a promise that is earlier than those of its leg, or with another revision."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from services.orders.planning.domain.settling import compare, latest, promise_of, settle, told
from services.orders.planning.model import Key, Line, Node, Plan, Settled
from shared.contracts.event import Event
from shared.contracts.plans import PlanRebaselined


def sooner(plan: Plan, lines: Iterable[Line]) -> set[str | None]:
    """The legs of a plan that lines join with an earlier promise than that of those in it."""
    legs = plan.legs()
    joining = (line for line in lines if line.shipment in legs and line.delivered is None)
    return {line.shipment for line in joining if line.promised < promise_of(plan, line.shipment)}


def bring_forward(plan: Plan, legs: Container[str | None]) -> Plan:
    """The plan with what is still to come of these legs planned for their earliest promise as it is now, where that needs it earlier than
    it is planned, and with every estimate made again. What is behind us keeps the day that was planned for it, and nothing is planned for
    a day that is over, or so that it would be due on one: it would be overdue at once, of which nobody is late.
    """
    last, ahead = latest(plan), [node for node in plan.to_come() if node.shipment in legs]
    needed = {node.key: max(last[node.key], _first_open(plan, node, plan.today)) for node in ahead}
    planned = {node.key: needed[node.key] for node in ahead if needed[node.key] < node.planned}
    before, after = settle(plan) if planned else plan, _planned(plan, planned)
    while later := _later(before, after):
        planned |= later
        after = _planned(plan, planned)
    return after


def _planned(plan: Plan, days: Mapping[Key, date]) -> Plan:
    """The plan with some of its milestones planned for these days."""
    return settle(replace(plan, nodes=tuple(replace(node, planned=days.get(node.key, node.planned)) for node in plan.nodes)))


def _later(before: Plan, after: Plan) -> dict[Key, date]:
    """The plan, a day later than it was brought forward, of what lets something come as early as on a day that is over, in legs in which it
    would be due then: work that waits for nothing, by its start, and what happens together, by the days that are planned between.
    """
    was, today = {node.key: node for node in before.nodes}, after.today or date.min
    over = {node.shipment for node in after.nodes if node.due is not None and node.due < min(today, was[node.key].due_on)}
    together = {at for link in after.network.together if link is not None for at in (link.before, link.after)}
    lets = (node for node in after.nodes if not after.network.into[node.position] or node.position in together)
    return {
        node.key: min(was[node.key].planned, _first_open(after, node, node.planned + timedelta(days=1)))
        for node in lets
        if node.shipment in over and node.planned < was[node.key].planned
    }


def _first_open(plan: Plan, node: Node, since: date | None) -> date:
    """The first day from that on that the node's calendar works."""
    return date.fromordinal(plan.calendars[node.calendar].next_open(since.toordinal())) if since else date.min


def brought_forward(plan: Plan, legs: set[str | None], event: Event) -> Settled:
    """What follows for a settled plan whose legs got an earlier promise with what that event tells."""
    after = bring_forward(plan, legs)
    moves, promised = compare(plan, after), min(promise_of(after, leg) for leg in legs)
    anew = planned_anew(plan, after, f"promised for {promised}")
    return Settled(plan, after, moves, (event, *anew, *told(plan, moves, "plan_rebaselined")))


def planned_anew(before: Plan, after: Plan, reason: str) -> list[Event]:
    """The event that tells that an order is planned otherwise, where it is, by the same revision."""
    same = [node.planned for node in before.nodes] == [node.planned for node in after.nodes]
    return [] if same else [rebaselined(before, after, reason)]


def rebaselined(before: Plan, after: Plan, reason: str) -> PlanRebaselined:
    """The event that tells that the order is planned otherwise; what that moved is told after it."""
    was, now = before.network, after.network
    return PlanRebaselined(
        order_id=after.order_id,
        number=after.number,
        customer_id=after.customer_id,
        template=now.template.code,
        before=was.revision,
        revision=now.revision,
        added=tuple(code for code in now.codes if code not in was.index),
        gone=tuple(code for code in was.codes if code not in now.index),
        plan=tuple(node.told() for node in after.nodes),
        reason=reason,
    )
