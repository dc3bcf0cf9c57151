"""Orders as far as notices need them: their lines and visible milestones, each with the date its customer was told.

The date told of a line is when it is met at the order's delivery point; the date to tell is the later of the expected
one and the promise, because goods that are ready early do not change what was agreed. A promise that moves is told in any
case, with the day that is expected where that is later: what is agreed and what is expected are two things to know. Other
visible milestones tell their expected date. Days on which nothing was recorded tell nothing by themselves: what they alone
made later is told where somebody says a delay. Nor is a day told that is over when it would be: what was said for it and was
not recorded is overdue, and when it will happen nobody has said.

Milestones are told of all that travels in a leg. Lines that joined it had been told other days: of these each is told by itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.notifications.dates.model import Day, Told, Which
from shared.contracts.joining import JoinedNode
from shared.contracts.notifications import Suppressed
from shared.contracts.orders import MovedLine, MovedNode, PlanReestimated, PromiseChanged, PromisedLine

Counter = Literal["estimate", "joining", "promise"]
"""What a date's revision counts: estimates of the node or line, the same when a line joins its leg, or changes of the line's promise."""


@dataclass(frozen=True, slots=True)
class Line:
    line: str
    item: str
    quantity: Decimal
    uom: str
    shipment: str | None
    promised: date
    expected: date
    delivered: date | None
    told: Told
    promise_revision: int = 0
    due: date | None = None
    """The earlier day by what was said, where days that passed made `expected` later and no delay has told that."""

    @property
    def said(self) -> date:
        """When it is expected, by what was said."""
        return self.due or self.expected

    @property
    def to_tell(self) -> date:
        return max(self.promised, self.said)


@dataclass(frozen=True, slots=True)
class Node:
    """A visible milestone of a leg, other than the delivery point. `line` is one that joined the leg, and was told of it by itself."""

    shipment: str | None
    milestone: str
    expected: date
    actual: date | None
    told: Told
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    id: UUID
    number: str
    customer_id: UUID
    customer_po: str
    delivery_point: str
    lines: tuple[Line, ...]
    """Those that are not cancelled."""
    nodes: tuple[Node, ...]

    def as_of(self, today: date, due: Collection[str | None]) -> "Order":
        """The order with nothing expected of a line whose day is over, as of one that was delivered: but of those that are `due`
        another day is told."""
        over = {one.line for one in self.lines if one.told.date < today and one.line not in due}
        lines = (replace(one, delivered=one.delivered or one.told.date) if one.line in over else one for one in self.lines)
        return replace(self, lines=tuple(lines))

    def line(self, line: str) -> Line | None:
        return next((one for one in self.lines if one.line == line), None)

    def node(self, shipment: str | None, milestone: str, line: str | None = None) -> Node | None:
        found = (one for one in self.nodes if one.milestone == milestone and one.shipment == shipment and one.line == line)
        return next(found, None)

    def told_apart(self, shipment: str | None, milestone: str) -> tuple[str | None, ...]:
        """Of what a milestone is told: of the leg (None), if any line of it is told with it, and of each line that is told by itself."""
        there = (one.line for one in self.nodes if (one.milestone, one.shipment) == (milestone, shipment))
        apart = [line for line in there if line is not None and self.line(line) is not None]
        alone = apart and len(apart) == sum(line.shipment == shipment for line in self.lines)
        return tuple(apart) if alone else (None, *apart)


@dataclass(frozen=True, slots=True)
class Move:
    """A date as it is after an event, to be compared with what was told. `line` is None for a milestone of a leg; of one that is told of a
    line by itself, `apart` names that.
    """

    order_id: UUID
    shipment: str | None
    milestone: str
    line: str | None
    counter: Counter
    revision: int
    before: date
    to: date
    promise: PromisedLine | None = None
    """The promise of the line that moves with it."""
    apart: str | None = None

    @property
    def of_line(self) -> str | None:
        """The line whose delivery it is, or of which alone a milestone is told."""
        return self.line or self.apart

    @property
    def which(self) -> Which:
        return Which.of(self.order_id, self.milestone, self.of_line, self.shipment)

    @property
    def place(self) -> tuple[UUID, str | None, str, str | None]:
        """The date in the order as it travels: each is told once."""
        return self.order_id, self.shipment, self.milestone, self.of_line


@dataclass(frozen=True, slots=True)
class Due:
    """A told date that moved: the customer is to hear of it. `days` are those that he was told of it, newest first."""

    move: Move
    told: date
    days: tuple[Day, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A date that the customer need not hear of."""

    move: Move
    told: date
    why: Suppressed
    days: tuple[Day, ...] = ()


def reestimated(order: Order, event: PlanReestimated) -> Order:
    """The order with the estimates of the event, and with the promises given with them."""
    expected = {line.line: line for line in event.lines}
    promised = {line.line: line for line in event.promises}
    days = {(node.shipment, node.milestone): node.after for node in event.nodes}

    def after(line: Line) -> Line:
        if moved := expected.get(line.line):
            line = replace(line, expected=moved.after, promised=moved.promised, due=kept_due(event, moved))
        if given := promised.get(line.line):
            line = replace(line, promised=given.after, promise_revision=given.revision)
        return line

    nodes = tuple(replace(node, expected=days.get((node.shipment, node.milestone), node.expected)) for node in order.nodes)
    return replace(order, lines=tuple(map(after, order.lines)), nodes=nodes)


def kept_due(event: PlanReestimated, moved: MovedLine) -> date | None:
    """What was said of a line apart from days that passed; a delay tells what they did as well."""
    return moved.due if event.delay is None else None


def moved_dates(order: Order, event: PlanReestimated) -> tuple[Move, ...]:
    """The dates a customer sees that the command moved, as they are to be told now. `order` has the promises in force."""
    given = {line.line: promise for line, promise in _in_force(order, event.promises)}
    lines = [
        Move(
            order.id, line.shipment, order.delivery_point, line.line, "estimate", line.revision, line.before,
            max(_to_tell(event, line, order.line(line.line)), line.promised), given.get(line.line),
        )
        for line in event.lines
    ]  # fmt: skip
    joined = [
        _node_moved(order, event, node, "joining", line)
        for node in event.joined
        for line in node.lines
        if _is_told(order, node) and order.node(node.shipment, node.milestone, line) is not None
    ]
    nodes = [
        _node_moved(order, event, node, "estimate", line)
        for node in event.nodes
        if _is_told(order, node)
        for line in order.told_apart(node.shipment, node.milestone)
    ]
    # A promise given with the delay may move lines that it is not expected to delay, an earlier one lines that are expected by then.
    moved = {line.line for line in event.lines}
    repromised = [
        _promise_moved(order, line, given.get(line.line))
        for line in order.lines
        if line.line not in moved and not line.delivered and (line.line in given or line.promised > line.told.date)
    ]
    # What also moved in the leg that a line joined is told as that.
    once = {(move.shipment, move.milestone, move.apart): move for move in (*joined, *nodes)}
    return (*lines, *repromised, *once.values())


def _is_told(order: Order, node: MovedNode | JoinedNode) -> bool:
    return node.visible and node.milestone != order.delivery_point


def _node_moved(order: Order, event: PlanReestimated, node: MovedNode | JoinedNode, counter: Counter, line: str | None) -> Move:
    to = _to_tell(event, node, order.node(node.shipment, node.milestone, line))
    return Move(order.id, node.shipment, node.milestone, None, counter, node.revision, node.before, to, apart=line)


def _to_tell(event: PlanReestimated, moved: MovedLine | MovedNode | JoinedNode, known: Line | Node | None) -> date:
    """The expected day; but of one that days on which nothing was recorded made later, by what was said, and nothing sooner than he was
    told, unless an earlier promise is given. Whoever says a delay says what the days did, and a rule on days that pass tells them.
    """
    if moved.due is None or event.delay is not None or event.because == "day_passed":
        return moved.after
    if event.because == "promise_changed":
        return moved.due
    return max(known.told.date, moved.due) if known is not None else moved.due


def promised_dates(order: Order, event: PromiseChanged) -> tuple[Move, ...]:
    """The dates of the lines whose promise the event changed, as they are now. `order` has the promises and expected dates in force."""
    return tuple(_promise_moved(order, line, promise) for line, promise in _in_force(order, event.lines))


def _in_force(order: Order, promises: Sequence[PromisedLine]) -> list[tuple[Line, PromisedLine]]:
    """The promises that are in force, with their lines; one that was overtaken is told by that which came after it."""
    found = [(order.line(promise.line), promise) for promise in promises]
    return [(line, promise) for line, promise in found if line is not None and line.promise_revision == promise.revision]


def _promise_moved(order: Order, line: Line, promise: PromisedLine | None) -> Move:
    return Move(
        order.id, line.shipment, order.delivery_point, line.line, "promise", line.promise_revision, line.told.date, line.to_tell, promise
    )  # fmt: skip


def weigh(
    order: Order, moves: Sequence[Move], materiality: int, today: date, *, stands: bool = False
) -> tuple[tuple[Due, ...], tuple[Held, ...]]:
    """Which of the moved dates the customer is to hear of: those ahead that differ from what he was told, or agreed to, by `materiality`
    days or more.

    Where they are those that `stands`, no estimate that was weighed since is newer.
    """
    due: list[Due] = []
    held: list[Held] = []
    for move in moves:
        if move.promise is not None and move.promise.after < today:
            move = replace(move, promise=None)
        told, why = _verdict(order, move, materiality, today, stands=stands)
        if why is None:
            due.append(Due(move, told.date, told.days))
        else:
            held.append(Held(move, told.date, why, told.days))
    return tuple(due), tuple(held)


def _verdict(order: Order, move: Move, materiality: int, today: date, *, stands: bool) -> tuple[Told, Suppressed | None]:
    told, over = _told(order, move)
    if over:
        return told, over
    # An estimate that waited for other orders may be overtaken by a later one of its own order.
    stale = not stands and move.counter == "estimate" and move.revision <= told.estimate
    days = max(abs((move.to - told.date).days), abs((move.promise.after - move.promise.before).days) if move.promise else 0)
    if days == 0 or stale:
        return told, "date_already_told"
    if move.to < today:
        return told, "day_over"
    return told, "below_materiality" if days < materiality else None


def _told(order: Order, move: Move) -> tuple[Told, Suppressed | None]:
    """What he was told, and why he need not hear of the date any more."""
    known = order.node(move.shipment, move.milestone, move.apart) if move.line is None else order.line(move.line)
    told = known.told if known else Told(move.before)
    if not any(line.shipment == move.shipment if move.of_line is None else line.line == move.of_line for line in order.lines):
        return told, "order_cancelled"
    happened = known.actual if isinstance(known, Node) else known.delivered if known else None
    return told, "already_achieved" if happened is not None else None


def tell(order: Order, told: Sequence[Move], weighed: Sequence[Move]) -> Order:
    """The order with the dates of `told` told, and those of `weighed` remembered as weighed."""
    seen = {(move.shipment, move.milestone, move.of_line): move for move in weighed if move.order_id == order.id}
    now = {(move.shipment, move.milestone, move.of_line): move for move in told if move.order_id == order.id}

    def after(before: Told, key: tuple[str | None, str, str | None]) -> Told:
        estimate = seen[key].revision if key in seen and seen[key].counter != "promise" else before.estimate
        return replace(before, date=now[key].to if key in now else before.date, estimate=max(estimate, before.estimate))

    lines = tuple(replace(line, told=after(line.told, (line.shipment, order.delivery_point, line.line))) for line in order.lines)
    nodes = tuple(replace(node, told=after(node.told, (node.shipment, node.milestone, node.line))) for node in order.nodes)
    return replace(order, lines=lines, nodes=nodes)
