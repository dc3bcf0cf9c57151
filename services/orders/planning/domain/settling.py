"""From what is known of an order to its dates: planned backward from the promise, expected forward, and what a command moved.

An estimate depends only on planned dates, actual dates, words on milestones, open delays and today, so taking one of them back
restores what stood before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.orders.planning import words
from services.orders.planning.domain.forecasting import awaited, floor_of, forecast_leg, schedule_of_leg
from services.orders.planning.domain.schedule import latest_days, schedule_of
from services.orders.planning.model import DEPART, Key, Line, Moves, Node, Plan, Settled, Status, behind
from services.orders.templates.domain import Network
from shared.calendars import WorkCalendar
from shared.contracts.event import Event
from shared.contracts.orders import Because, DelayReason, MovedLine, MovedNode, PlanReestimated, PromiseAtRisk, PromisedLine
from shared.contracts.text import Both


@dataclass(frozen=True, slots=True)
class Estimate:
    """When a node is expected. `due` is the earlier day on which it was, had no day passed; None where that is the same."""

    day: date
    due: date | None
    driven_by: str | None
    """Milestone whose date drives this one; None when its own delay, plan or a word on it does, or today, or what has happened after it."""

    @property
    def due_on(self) -> date:
        return self.due or self.day


def plan_leg(
    network: Network,
    chosen: Sequence[str],
    calendars: Mapping[str, WorkCalendar],
    *,
    point: str,
    shipment: str | None,
    promise: date,
) -> tuple[Node, ...]:
    """A new leg, planned so that the delivery point falls on the last worked day up to `promise`.

    `chosen` are the codes of the calendars of the network's steps, in their order.
    """
    schedule = schedule_of(network, tuple(calendars[code] for code in chosen))
    planned = map(date.fromordinal, latest_days(schedule, network.index[point], promise.toordinal()))
    return tuple(
        Node(shipment, step.code, position, step.department, step.visible, calendar, day, day)
        for position, (step, calendar, day) in enumerate(zip(network.steps, chosen, planned, strict=True))
    )


def estimate(plan: Plan, *, without: UUID | None = None) -> dict[Key, Estimate]:
    """Expected date of every node, as if the delay `without` had never been."""
    found: dict[Key, Estimate] = {}
    for shipment, leg in plan.legs().items():
        expected = forecast_leg(plan, shipment, leg, without=without)
        for node, due, day, driver in zip(leg, expected.due, expected.days, expected.drivers, strict=True):
            found[shipment, node.milestone] = Estimate(
                date.fromordinal(day), date.fromordinal(due) if due < day else None, leg[driver].milestone if driver >= 0 else None
            )
    return found


def too_early(plan: Plan, node: Node, day: date) -> Both | None:
    """Why a node cannot happen on that day already: something that comes before it is expected later, whatever was said of the node.

    By what was said of that: what is overdue may have happened, and nobody recorded it.
    """
    alone = replace(plan.saying({node.key: None}), today=None, delays=tuple(delay for delay in plan.delays if delay.key != node.key))
    expected = estimate(alone)
    for before in plan.earlier(node):
        if (other := expected[before.key].day) > day:
            return words.too_early(day, before.milestone, plan.number, other)
    return None


def days_late(plan: Plan, node: Node, until: date) -> int:
    """The days to `until`, or the next that is worked, from what its plan and predecessors let a node happen on, whatever was said of it or
    has happened since, and however many days have passed without it."""
    since = {node.key, *(one.key for one in plan.later(node))}
    nodes = tuple(replace(one, actual=None, stated=None) if one.key in since else one for one in plan.nodes)
    alone = replace(plan, today=None, nodes=nodes, delays=tuple(one for one in plan.delays if one.key != node.key))
    return max(0, plan.calendars[node.calendar].next_open(until.toordinal()) - estimate(alone)[node.key].day.toordinal())


def allowed(plan: Plan, key: Key, departed: date | None = None) -> date | None:
    """The day on which what a node waits for lets it happen; None where it waits for nothing. Had the leg `departed` on that day, where it
    is given.
    """
    shipment, _ = key
    if departed is not None:
        plan = plan.dated({(shipment, DEPART): departed})
    day = forecast_leg(plan, shipment, plan.legs()[shipment]).allowed[plan.at(key).position]
    return date.fromordinal(day) if day else None


def outdated(plan: Plan) -> bool:
    """Whether something of an open order that is still to come lies before today: nothing else is moved by a day that passes."""
    floors = {shipment: floor_of(plan, shipment) for shipment in plan.legs()}
    late = (node for node in plan.to_come() if node.estimated.toordinal() < floors[node.shipment])
    return plan.status == "open" and any(awaited(plan, node) for node in late)


def settle(plan: Plan) -> Plan:
    """The plan with every estimate made again; what moved counts one revision more."""
    expected = estimate(plan)
    nodes = tuple(_moved_to(node, expected[node.shipment, node.milestone]) for node in plan.nodes)
    points = {was.shipment: was.due != now.due for was, now in zip(plan.nodes, nodes, strict=True) if was.milestone == plan.delivery_point}
    lines = []
    for line in plan.lines:
        day = line.delivered or expected[(line.shipment, plan.delivery_point)].day
        moved = line.delivered is None and (day != line.estimated or points[line.shipment])
        if moved or day != line.estimated:
            line = replace(line, estimated=day, estimate_revision=line.estimate_revision + moved)
        lines.append(line)
    done = bool(lines) and all(line.delivered for line in lines)
    status: Status = plan.status if plan.status == "cancelled" else "completed" if done else "open"
    return replace(plan, nodes=nodes, lines=tuple(lines), status=status)


def _moved_to(node: Node, found: Estimate) -> Node:
    if (node.estimated, node.due, node.driven_by) == (found.day, found.due, found.driven_by):
        return node
    return node.expected(found.day, found.due, found.driven_by)


def written(settled: Settled) -> Plan:
    """The order as it is afterwards, with what was told of it counted."""
    return replace(settled.after, version=settled.before.version + len(settled.events))


def compare(before: Plan, after: Plan) -> Moves:
    """Nodes and lines still to come whose expected date differs between two settled plans of one order, or that had happened before.

    What days that passed had made later differs also where somebody says now what they did: that was not said of it before. A node that
    was passed without a date of its own is not to come any more, nor is the delivery of lines whose delivery point was.
    """
    lines_before, done = {line.line: line for line in before.lines}, behind(after.network, after.nodes)
    point = after.network.index[after.delivery_point]
    pairs = [
        (lines_before[line.line], line)
        for line in after.lines
        if line.delivered is None and line.line in lines_before and not done[line.shipment] >> point & 1
    ]
    due = {node.shipment: node.due for node in after.nodes if node.milestone == after.delivery_point}
    return Moves(
        nodes=_moved_nodes(before, after),
        lines=tuple(
            _moved_line(was, line, due[line.shipment])
            for was, line in pairs
            if (was.estimated, was.estimate_revision) != (line.estimated, line.estimate_revision) or was.delivered
        ),
        at_risk=tuple(_moved_line(was, line, due[line.shipment]) for was, line in pairs if line.at_risk and not was.at_risk),
    )


def at_once(before: Plan, after: Plan, events: Iterable[Event]) -> Settled:
    """Several steps, of which all that is told is given, as one: what they moved is told once, where it was told last, for what moved it
    first.
    """
    after, found = _counted_once(before, after), list(events)
    moves, moved = compare(before, after), [one for one in found if isinstance(one, PlanReestimated)]
    if moved:
        once = told(before, moves, moved[0].because)
        rest = ([one] if not isinstance(one, (PlanReestimated, PromiseAtRisk)) else once if one is moved[-1] else [] for one in found)
        found = [one for part in rest for one in part]
    return Settled(before, after, moves, tuple(found))


def _counted_once(before: Plan, after: Plan) -> Plan:
    """The plan after several steps as after one: what they moved there and back counts no revision."""
    was, had = {node.key: node for node in before.nodes}, {line.line: line for line in before.lines}
    nodes = tuple(
        replace(now, revision=old.revision) if (old := was[now.key]).actual is None and _expected(old) == _expected(now) else now
        for now in after.nodes
    )
    still = {node.shipment for node in nodes if node.milestone == after.delivery_point and was[node.key].due == node.due}
    lines = tuple(
        replace(now, estimate_revision=own.estimate_revision)
        if (own := had[now.line]).delivered is None and own.estimated == now.estimated and now.shipment in still
        else now
        for now in after.lines
    )
    return replace(after, nodes=nodes, lines=lines)


def _moved_nodes(before: Plan, after: Plan) -> tuple[MovedNode, ...]:
    earlier = {(node.shipment, node.milestone): node for node in before.nodes}
    found = ((earlier.get((node.shipment, node.milestone)), node) for node in after.nodes)
    moved = [(was, node) for was, node in found if was is not None and (_expected(was) != _expected(node) or _back(was, node))]
    if not moved:
        return ()
    last, done = latest(after), behind(after.network, after.nodes)
    return tuple(
        _moved_node(after, was, node, (last[node.shipment, node.milestone] - node.estimated).days)
        for was, node in sorted(moved, key=lambda pair: (pair[1].shipment or "", pair[1].position))
        if not done[node.shipment] >> node.position & 1
    )


def _expected(node: Node) -> tuple[date, date | None]:
    return node.estimated, node.due


def _back(was: Node, now: Node) -> bool:
    """Whether it had happened and has not after all."""
    return was.actual is not None and now.actual is None


def latest(plan: Plan) -> dict[Key, date]:
    """The last day of each node that still keeps the earliest promise of its leg."""
    found: dict[Key, date] = {}
    point = plan.network.index[plan.delivery_point]
    for shipment, leg in plan.legs().items():
        days = latest_days(schedule_of_leg(plan, leg), point, promise_of(plan, shipment).toordinal())
        for node, day in zip(leg, days, strict=True):
            found[shipment, node.milestone] = date.fromordinal(day)
    return found


def promise_of(plan: Plan, shipment: str | None) -> date:
    """The earliest promise of a leg that is still to be kept; of a delivered leg the earliest."""
    lines = plan.lines_of(shipment)
    return min(line.promised for line in ([line for line in lines if line.delivered is None] or lines))


def _moved_node(plan: Plan, was: Node, now: Node, slack: int) -> MovedNode:
    return MovedNode(
        shipment=now.shipment,
        milestone=now.milestone,
        visible=now.visible,
        planned=now.planned,
        before=was.estimated,
        after=now.estimated,
        revision=now.revision,
        driven_by=now.driven_by,
        slack_days=slack,
        name=plan.network.steps[now.position].name,
        due=now.due,
    )


def _moved_line(was: Line, now: Line, due: date | None) -> MovedLine:
    return MovedLine(
        line=now.line,
        shipment=now.shipment,
        promised=now.promised,
        before=was.estimated,
        after=now.estimated,
        revision=now.estimate_revision,
        due=due,
    )


def recount(plan: Plan, because: Because, calendars: Mapping[str, WorkCalendar] | None = None) -> Settled | None:
    """The plan estimated again as of today, in its calendars as they are now or in those given instead; None where nothing moves."""
    after = settle(plan if calendars is None else replace(plan, calendars={**plan.calendars, **calendars}))
    moves = compare(plan, after)
    if (after.nodes, after.lines) == (plan.nodes, plan.lines):
        return None
    return Settled(plan, after, moves, tuple(told(plan, moves, because)))


def told(plan: Plan, moves: Moves, because: Because) -> list[Event]:
    """What is told of an order whose expected dates a command moved: nothing where none did."""
    events: list[Event] = [reestimated(plan, moves, because)] if moves.nodes or moves.lines or moves.joined else []
    if moves.at_risk:
        events.append(PromiseAtRisk(order_id=plan.order_id, delay_id=None, lines=moves.at_risk))
    return events


def reestimated(
    plan: Plan, moves: Moves, because: Because, delay: DelayReason | None = None, promises: tuple[PromisedLine, ...] = ()
) -> PlanReestimated:
    """The event that tells what a command moved in the order, with how the moved legs travel and the promises given with a delay."""
    legs = {node.shipment for node in moves.nodes} | {node.shipment for node in moves.joined}
    return PlanReestimated(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        because=because,
        delay=delay,
        nodes=moves.nodes,
        lines=moves.lines,
        promises=promises,
        joined=moves.joined,
        transports={number: transport for number, transport in plan.transports.items() if number in legs},
    )
