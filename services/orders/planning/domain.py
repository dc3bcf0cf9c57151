"""The plan of an order: dates backward from the promise, estimates forward, and what a command moved.

A leg is the part of an order that travels in one shipment (`None` before the shipment is known). Its nodes form a chain.
An estimate depends only on planned dates, actual dates and open delays, so taking one of them back restores what stood before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from services.orders.templates.domain import Template
from shared.contracts.event import Event
from shared.contracts.orders import Because, DelayReason, MovedLine, MovedNode, PlanNode, PlanReestimated, Transport

Key = tuple[str | None, str]
"""(shipment number or None, milestone code): a node within its order."""

Status = Literal["open", "completed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Node:
    """A milestone of one leg. `estimated` is the actual date once there is one; `revision` counts the estimates that moved."""

    shipment: str | None
    milestone: str
    position: int
    department: str
    visible: bool
    duration_days: int
    planned: date
    estimated: date
    actual: date | None = None
    revision: int = 0

    @property
    def key(self) -> Key:
        return (self.shipment, self.milestone)

    def told(self) -> PlanNode:
        return PlanNode(
            shipment=self.shipment,
            milestone=self.milestone,
            visible=self.visible,
            department=self.department,
            planned=self.planned,
            estimated=self.estimated,
            actual=self.actual,
            revision=self.revision,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """What the plan needs of an order line: its promise and what is expected of it."""

    line: str
    shipment: str | None
    promised: date
    estimated: date
    delivered: date | None = None
    promise_revision: int = 0
    estimate_revision: int = 0

    @property
    def at_risk(self) -> bool:
        return self.delivered is None and self.estimated > self.promised


@dataclass(frozen=True, slots=True)
class OpenDelay:
    """A delay that holds a node of the plan at `new_date` or later; `ordinal` 2 is the order's second delay.

    `of_shipment`: it is a delay of the whole shipment, which this order is a part of.
    """

    delay_id: UUID
    shipment: str | None
    milestone: str
    new_date: date
    ordinal: int = 1
    of_shipment: bool = False

    @property
    def key(self) -> Key:
        return (self.shipment, self.milestone)


@dataclass(frozen=True, slots=True)
class Plan:
    """An order as the rules see it. `version` counts the events it has told; `earlier_delays` those not retracted;
    `transports` are those of its shipments, by number.
    """

    order_id: UUID
    number: str
    customer_id: UUID
    delivery_point: str
    status: Status
    version: int
    lines: tuple[Line, ...]
    nodes: tuple[Node, ...]
    delays: tuple[OpenDelay, ...] = ()
    earlier_delays: int = 0
    transports: Mapping[str, Transport] = field(default_factory=dict)

    def legs(self) -> dict[str | None, tuple[Node, ...]]:
        """Nodes of each leg in the order of its chain."""
        found: dict[str | None, list[Node]] = {}
        for node in sorted(self.nodes, key=lambda node: node.position):
            found.setdefault(node.shipment, []).append(node)
        return {shipment: tuple(chain) for shipment, chain in found.items()}

    def node(self, key: Key) -> Node | None:
        return next((node for node in self.nodes if node.key == key), None)

    def at(self, key: Key) -> Node:
        """The node that is known to be there; KeyError otherwise."""
        found = self.node(key)
        if found is None:
            raise KeyError(key)
        return found

    def passed(self, key: Key) -> Node | None:
        """The node that shows that `key` is behind us: itself with an actual date, or a later one of its leg."""
        node = self.node(key)
        later = [one for one in self.nodes if node and one.shipment == node.shipment and one.position >= node.position and one.actual]
        return min(later, key=lambda one: one.position, default=None)

    def lines_of(self, shipment: str | None) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.shipment == shipment)


@dataclass(frozen=True, slots=True)
class Estimate:
    day: date
    driven_by: str | None
    """Milestone whose date drives this one; None when the node's own delay or plan does."""


def offsets(chain: Sequence[Node], delivery_point: str) -> dict[str, int]:
    """Days of each milestone after the delivery point, negative before it."""
    days, total = {}, 0
    for index, node in enumerate(chain):
        total += node.duration_days if index else 0
        days[node.milestone] = total
    zero = days[delivery_point]
    return {milestone: day - zero for milestone, day in days.items()}


def plan_leg(template: Template, delivery_point: str, shipment: str | None, promise: date) -> tuple[Node, ...]:
    """A new leg's chain, planned so that the delivery point falls on `promise`."""
    chain = tuple(
        Node(shipment, step.code, position, step.department, step.visible, step.duration_days, promise, promise)
        for position, step in enumerate(template.milestones)
    )
    after = offsets(chain, delivery_point)
    days = {milestone: promise + timedelta(days=distance) for milestone, distance in after.items()}
    return tuple(replace(node, planned=days[node.milestone], estimated=days[node.milestone]) for node in chain)


def estimate_chain(chain: Sequence[Node], held: Mapping[str, date]) -> list[Estimate]:
    """Expected date of each node of a chain; `held` are the new dates of the leg's open delays by milestone.

    An actual date stands. Else a node comes no earlier than planned, than its delay's new date, and than its predecessor
    and its own duration.
    """
    found: list[Estimate] = []
    for index, node in enumerate(chain):
        own = max(held.get(node.milestone, node.planned), node.planned)
        if node.actual is not None:
            found.append(Estimate(node.actual, None))
        elif index and (pushed := found[-1].day + timedelta(days=node.duration_days)) > own:
            found.append(Estimate(pushed, chain[index - 1].milestone))
        else:
            found.append(Estimate(own, None))
    return found


def estimate(plan: Plan, *, without: UUID | None = None) -> dict[Key, Estimate]:
    """Expected date of every node, as if the delay `without` had never been."""
    found: dict[Key, Estimate] = {}
    for shipment, chain in plan.legs().items():
        held = {delay.milestone: delay.new_date for delay in plan.delays if delay.shipment == shipment and delay.delay_id != without}
        found.update((node.key, expected) for node, expected in zip(chain, estimate_chain(chain, held), strict=True))
    return found


def settle(plan: Plan) -> Plan:
    """The plan with every estimate made again; what moved counts one revision more."""
    expected = estimate(plan)
    nodes = tuple(_moved_to(node, expected[node.key].day) for node in plan.nodes)
    lines = []
    for line in plan.lines:
        day = line.delivered or expected[(line.shipment, plan.delivery_point)].day
        moved = line.delivered is None and day != line.estimated
        lines.append(replace(line, estimated=day, estimate_revision=line.estimate_revision + moved) if day != line.estimated else line)
    done = bool(lines) and all(line.delivered for line in lines)
    status: Status = plan.status if plan.status == "cancelled" else "completed" if done else "open"
    return replace(plan, nodes=nodes, lines=tuple(lines), status=status)


def _moved_to(node: Node, day: date) -> Node:
    if node.estimated == day:
        return node
    return replace(node, estimated=day, revision=node.revision + (node.actual is None))


@dataclass(frozen=True, slots=True)
class Moves:
    """What a command moved in one order, and the lines that newly miss their promise."""

    nodes: tuple[MovedNode, ...]
    lines: tuple[MovedLine, ...]
    at_risk: tuple[MovedLine, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """One order before and after a command, and the events it tells of it, in their order."""

    before: Plan
    after: Plan
    moves: Moves
    events: tuple[Event, ...] = ()


def compare(before: Plan, after: Plan) -> Moves:
    """Nodes and lines still to come whose expected date differs between two settled plans of one order.

    A node that was passed without a date of its own is not to come any more.
    """
    expected = estimate(after)
    earlier = {node.key: node for node in before.nodes}
    nodes = []
    latest = _latest(after)
    for node in sorted(after.nodes, key=lambda node: (node.shipment or "", node.position)):
        was = earlier.get(node.key)
        if was is not None and was.estimated != node.estimated and after.passed(node.key) is None:
            slack = (latest[node.key] - node.estimated).days
            nodes.append(_moved_node(was, node, expected[node.key].driven_by, slack))
    lines_before = {line.line: line for line in before.lines}
    pairs = [(lines_before[line.line], line) for line in after.lines if line.delivered is None and line.line in lines_before]
    return Moves(
        nodes=tuple(nodes),
        lines=tuple(_moved_line(was, line) for was, line in pairs if was.estimated != line.estimated),
        at_risk=tuple(_moved_line(was, line) for was, line in pairs if line.at_risk and not was.at_risk),
    )


def _latest(plan: Plan) -> dict[Key, date]:
    """The last day of each node that still keeps the earliest promise of its leg."""
    found: dict[Key, date] = {}
    for shipment, chain in plan.legs().items():
        lines = plan.lines_of(shipment)
        promise = min(line.promised for line in ([line for line in lines if line.delivered is None] or lines))
        found.update(((shipment, code), promise + timedelta(days=days)) for code, days in offsets(chain, plan.delivery_point).items())
    return found


def _moved_node(was: Node, now: Node, driven_by: str | None, slack: int) -> MovedNode:
    return MovedNode(
        shipment=now.shipment,
        milestone=now.milestone,
        visible=now.visible,
        planned=now.planned,
        before=was.estimated,
        after=now.estimated,
        revision=now.revision,
        driven_by=driven_by,
        slack_days=slack,
    )


def _moved_line(was: Line, now: Line) -> MovedLine:
    return MovedLine(
        line=now.line,
        shipment=now.shipment,
        promised=now.promised,
        before=was.estimated,
        after=now.estimated,
        revision=now.estimate_revision,
    )


def reestimated(plan: Plan, moves: Moves, because: Because, delay: DelayReason | None = None) -> PlanReestimated:
    """The event that tells what a command moved in the order, with how the moved legs travel."""
    legs = {node.shipment for node in moves.nodes}
    return PlanReestimated(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        because=because,
        delay=delay,
        nodes=moves.nodes,
        lines=moves.lines,
        transports={number: transport for number, transport in plan.transports.items() if number in legs},
    )
