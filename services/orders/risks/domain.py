"""The rules of early warning: what is in danger before it is late, and what is overdue. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from services.orders.planning.model import Key, Node, Plan, behind
from services.orders.risks.model import Rule, Sign, Told, View
from shared.contracts.event import Event
from shared.contracts.risks import (
    MilestoneAtRisk,
    MilestoneOverdue,
    MilestoneRisk,
    MilestoneRiskCleared,
    OverdueMilestone,
    RiskKind,
    RiskLevel,
    RiskReason,
)

HIGH = 50
"""The score from which on a risk is high."""


def slack_used_up(view: View) -> Iterator[Sign]:
    """Were everything done as soon as it can be from today on, the promise would be kept with no day to spare.

    It is the next milestone on the driving path that is in danger, the one that can still be hurried.
    """
    for one in view.outlook:
        if one.next is not None:
            yield from view.sign(one.next.key, "slack_used_up", one.spare_days)


def not_started(view: View) -> Iterator[Sign]:
    """The work on a milestone cannot begin by its latest start: what it waits for has not happened in time for that."""
    for one in view.outlook:
        for node, ready_by, waits_for in one.waiting:
            left = (ready_by - view.today).days
            yield from view.sign(node.key, "not_started", left, waits_for.milestone)


def gate_unmet(view: View) -> Iterator[Sign]:
    """Goods leave by the carrier's word, or have left, behind a gate that nobody has met: nothing of it is recorded before that."""
    for gate, (day, milestone) in _gates(view.plan).items():
        yield from view.sign(gate, "gate_unmet", (day - view.today).days, milestone)


def _gates(plan: Plan) -> dict[Key, tuple[date, str]]:
    """Each gate that is not met with the first day on which something after it happens by the carrier's word."""
    found: dict[Key, tuple[date, str]] = {}
    for node in plan.to_come():
        if node.stated is not None and node.stated.source == "carrier":
            for gate in plan.earlier(node):
                unmet = plan.network.steps[gate.position].gate and plan.passed(gate.key) is None
                if unmet and (gate.key not in found or node.stated.day < found[gate.key][0]):
                    found[gate.key] = (node.stated.day, node.milestone)
    return found


RULES: tuple[Rule, ...] = (slack_used_up, not_started, gate_unmet)
"""What the plan itself shows; rules with facts of other nouns come beside them."""


def risks(view: View, rules: Iterable[Rule]) -> tuple[MilestoneRisk, ...]:
    """The milestones of an order that are in danger, by leg and in the order of the network; none of one that is cancelled."""
    if view.plan.status == "cancelled":
        return ()
    found: dict[Key, list[RiskReason]] = {}
    for rule in rules:
        for sign in rule(view):
            found.setdefault(sign.key, []).append(sign.reason)
    nodes = sorted((view.plan.at(key) for key in found), key=lambda node: (node.shipment or "", node.position))
    return tuple(_risk(view.plan, node.key, found[node.key]) for node in nodes)


def _risk(plan: Plan, key: Key, reasons: Sequence[RiskReason]) -> MilestoneRisk:
    node, score = plan.at(key), min(100, sum(_points(reason) for reason in reasons))
    level: RiskLevel = "high" if score >= HIGH else "watch"
    return MilestoneRisk(
        shipment=node.shipment,
        milestone=node.milestone,
        department=node.department,
        expected=node.estimated,
        level=level,
        score=score,
        reasons=tuple(sorted(reasons, key=lambda reason: (reason.days, reason.kind, reason.by or ""))),
    )


def _points(reason: RiskReason) -> int:
    """Twenty for each reason, and ten more for each day that is missing."""
    return 20 + 10 * max(0, -reason.days)


def overdue(plan: Plan, today: date) -> tuple[OverdueMilestone, ...]:
    """The milestones of an order that were due before today, by more than their tolerance, and have not happened, or are not recorded: a
    day that passes makes none due later.
    """
    late = (node for node in ahead(plan) if _overdue_from(plan, node) <= today)
    return tuple(
        OverdueMilestone(
            shipment=node.shipment,
            milestone=node.milestone,
            department=node.department,
            expected=node.due_on,
            promise_revision=_promised_anew(plan, node.shipment),
        )
        for node in sorted(late, key=lambda node: (node.shipment or "", node.position))
    )


def ahead(plan: Plan) -> Iterator[Node]:
    """What is somebody's work of an order: what is still to come, also after its delivery, and the delivery itself where it was passed and
    nobody recorded it, as its lines are open until then.
    """
    if plan.status == "cancelled":
        return
    done = behind(plan.network, plan.nodes)
    for node in plan.nodes:
        unrecorded = node.milestone == plan.delivery_point and node.actual is None and plan.status == "open"
        if unrecorded or (node.followed and not done[node.shipment] >> node.position & 1):
            yield node


def _promised_anew(plan: Plan, shipment: str | None) -> int:
    """How often the lines of a leg were promised anew, all together; a part has had what its line had, and counts with it."""
    often: dict[str, int] = {}
    for line in plan.lines_of(shipment):
        ordered_as = line.part_of or line.line
        often[ordered_as] = max(often.get(ordered_as, 0), line.promise_revision)
    return sum(often.values())


def _overdue_from(plan: Plan, node: Node) -> date:
    """The first day on which it is overdue, did it not happen before: it may be late by its tolerance before it counts as late."""
    return node.due_on + timedelta(days=plan.network.steps[node.position].tolerance_days + 1)


def news(plan: Plan, told: Told, now: Told) -> tuple[Event, ...]:
    """The events that tell how what is so now differs from what was told last."""
    about = {"order_id": plan.order_id, "number": plan.number, "customer_id": plan.customer_id}
    known, current = {_key(one): one for one in told.risks}, {_key(one) for one in now.risks}
    fresh = tuple(one for one in now.risks if (was := known.get(_key(one))) is None or _gist(was) != _gist(one))
    gone = tuple(one for one in told.risks if _key(one) not in current)
    alarms = {_alarm(one): one.promise_revision for one in told.overdue}
    late = tuple(one for one in now.overdue if one.promise_revision > alarms.get(_alarm(one), -1))
    events: list[Event] = []
    if gone:
        events.append(MilestoneRiskCleared(**about, risks=gone))
    if fresh:
        events.append(MilestoneAtRisk(**about, risks=fresh))
    if late:
        events.append(MilestoneOverdue(**about, milestones=late))
    return tuple(events)


def standing(told: Told) -> frozenset[tuple[Key, RiskKind]]:
    """The reasons that stand already, for the next view."""
    return frozenset((_key(one), reason.kind) for one in told.risks for reason in one.reasons)


def next_look(view: View) -> date | None:
    """The next day on which the rules may find something new, though nothing happens; None where nothing is to come."""
    plan, today = view.plan, view.today
    tomorrow = today + timedelta(days=1)
    days = {day for node in ahead(plan) for day in (node.estimated + timedelta(days=1), _overdue_from(plan, node))}
    days |= {day - timedelta(days=view.limits["gate_unmet"].days) for day, _ in _gates(plan).values()}
    for one in view.outlook:
        # The outlook is another one when today reaches a day that was possible, and on the day after.
        if not one.possible.isdisjoint((today, tomorrow)):
            return tomorrow
        days |= one.possible
        days |= {ready_by + timedelta(days=1) for _, ready_by, _ in one.waiting}
    return min((day for day in days if day > today), default=None)


def _key(one: MilestoneRisk) -> Key:
    return (one.shipment, one.milestone)


def _alarm(one: OverdueMilestone) -> tuple[str | None, str, date]:
    """What is told once for each promise: that a line has left its leg is no other promise."""
    return one.shipment, one.milestone, one.expected


def _gist(one: MilestoneRisk) -> tuple[RiskLevel, frozenset[tuple[str, str | None]]]:
    """What makes a risk another one: not that a day more has passed."""
    return one.level, frozenset((reason.kind, reason.by) for reason in one.reasons)
