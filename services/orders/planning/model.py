"""The plan of an order as the rules see it: legs of milestones with their dates, lines with their promise, open delays.

A leg is the part of an order that travels in one shipment (`None` before the shipment is known). It runs through all steps of
the network that the order was planned with.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Literal
from uuid import UUID

from services.orders.planning import words
from services.orders.planning.obstacles import Detained, Failed
from services.orders.templates.domain import Network
from shared.calendars import WorkCalendar
from shared.contracts.estimates import EstimateSource
from shared.contracts.event import Event
from shared.contracts.joining import JoinedNode
from shared.contracts.orders import MovedLine, MovedNode, PlanNode
from shared.contracts.shipments import Transport
from shared.contracts.text import Both
from shared.problems import Conflict

Key = tuple[str | None, str]
"""(shipment number or None, milestone code): a node within its order."""

DEPART, ARRIVE = "DEPART", "ARRIVE"
"""The milestones that are a shipment's departure and arrival: what is said of its sailing is said of them in each of its legs."""

LEAVES = ("ON_BOARD", DEPART)
"""Goods that have passed one of these are on their way."""

Status = Literal["open", "completed", "cancelled"]


class CancelledAlready(Conflict):
    """Nothing is planned, promised or recorded of it any more."""

    slug = "order-cancelled"
    title = Both("The order is cancelled", "订单已取消")


@dataclass(frozen=True, slots=True)
class Stated:
    """Somebody's word that a milestone will happen on `day`. `allowed` is the day that what it waits for let it happen when the word
    was given, for the carrier's on an arrival had the goods left with his departure; None where it waits for nothing. `happened`: he says
    that it has, and something of ours keeps it from being recorded."""

    day: date
    allowed: date | None
    source: EstimateSource
    at: datetime
    happened: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A milestone of one leg. `position` is its index in the network; `calendar` the code of the one that its days are counted in.

    `estimated` is the actual date once there is one; `revision` counts the estimates that moved; `driven_by` drove the last of them, not
    kept. `due` is the day on which it was expected, where only days that passed made that later. One not `followed` came after a delivery
    that was known when the order was taken over: nobody is asked to record it. `stated` is the word on it that stands: a carrier's event's,
    or what somebody `typed` last. He did so, or took it back, `typed_at`; what reports say of it he took back `unsaid_at`.
    """

    shipment: str | None
    milestone: str
    position: int
    department: str
    visible: bool
    calendar: str
    planned: date
    estimated: date
    actual: date | None = None
    revision: int = 0
    due: date | None = None
    followed: bool = True
    stated: Stated | None = None
    typed: Stated | None = None
    typed_at: datetime | None = None
    driven_by: str | None = field(default=None, compare=False)
    unsaid_at: datetime | None = field(default=None, compare=False)

    @property
    def key(self) -> Key:
        return (self.shipment, self.milestone)

    @property
    def due_on(self) -> date:
        """The day on which it is to happen, however many have passed since."""
        return self.due or self.estimated

    @property
    def of_goods(self) -> Stated | None:
        """What somebody says of the goods, and not the carrier of his sailing: that covers what was said before it."""
        return next((one for one in (self.stated, self.typed) if one is not None and one.source != "carrier"), None)

    def expected(self, day: date, due: date | None, driven_by: str | None) -> "Node":
        """The same node with another expectation. Written out: `replace` takes four times as long, and orders come by the thousand."""
        moved = (self.estimated, self.due) != (day, due) and self.actual is None
        return Node(
            self.shipment, self.milestone, self.position, self.department, self.visible, self.calendar, self.planned, day, self.actual,
            self.revision + moved, due, self.followed, self.stated, self.typed, self.typed_at, driven_by, self.unsaid_at,
        )  # fmt: skip

    def told(self) -> PlanNode:
        return PlanNode(**{name: getattr(self, name) for name in PlanNode.model_fields})


@dataclass(frozen=True, slots=True)
class Line:
    """What the plan needs of an order line: its promise and what is expected of it. `part_of` is the line that it was ordered as, where it
    was split from it. `shown_by` is the later milestone that shows its delivery, where nobody recorded the delivery point itself."""

    line: str
    shipment: str | None
    promised: date
    estimated: date
    delivered: date | None = None
    promise_revision: int = 0
    estimate_revision: int = 0
    part_of: str | None = None
    shown_by: str | None = None

    @property
    def at_risk(self) -> bool:
        return self.delivered is None and self.estimated > self.promised

    def is_of(self, line: str) -> bool:
        """It is that line, or was split from it: what is said of a line is of its parts."""
        return line in (self.line, self.part_of)


@dataclass(frozen=True, slots=True)
class OpenDelay:
    """A delay that holds a node of the plan at `new_date` or later; `ordinal` 2 is the order's second delay.

    `shared`: it is of the whole shipment, or of a disruption (`disruption_id`, which `sails` where that is of a vessel or a shipment).
    """

    delay_id: UUID
    shipment: str | None
    milestone: str
    new_date: date
    ordinal: int = 1
    shared: bool = False
    disruption_id: UUID | None = None
    sails: bool = False

    @property
    def of_shipment(self) -> bool:
        return self.shared and (self.disruption_id is None or self.sails)

    @property
    def key(self) -> Key:
        return (self.shipment, self.milestone)


@dataclass(frozen=True, slots=True)
class Plan:
    """An order as the rules see it. `version` counts the events it has told; `earlier_delays` those not retracted; `transports` are those
    of its shipments, by number; `calendars` by code, those of its nodes at least. Nothing happens to it before `ordered_on`, not known of
    one that was `taken_over` from a file. What is still to come is expected no earlier than `today`, where that is given.
    """

    order_id: UUID
    number: str
    customer_id: UUID
    delivery_point: str
    status: Status
    version: int
    lines: tuple[Line, ...]
    nodes: tuple[Node, ...]
    network: Network
    calendars: Mapping[str, WorkCalendar]
    delays: tuple[OpenDelay, ...] = ()
    earlier_delays: int = 0
    transports: Mapping[str, Transport] = field(default_factory=dict)
    failed: tuple[Failed, ...] = ()
    detained: tuple[Detained, ...] = ()
    ordered_on: date | None = None
    taken_over: bool = False
    today: date | None = None

    def standing(self) -> "Plan":
        """The plan of an order that is not cancelled; CancelledAlready for one that is."""
        if self.status == "cancelled":
            raise CancelledAlready(words.over(self.number, self.status), order=self.number)
        return self

    def legs(self) -> dict[str | None, tuple[Node, ...]]:
        """Nodes of each leg in the order of the network."""
        found: dict[str | None, list[Node]] = {}
        for node in sorted(self.nodes, key=attrgetter("position")):
            found.setdefault(node.shipment, []).append(node)
        return {shipment: tuple(chain) for shipment, chain in found.items()}

    def node(self, key: Key) -> Node | None:
        shipment, milestone = key
        return next((node for node in self.nodes if node.milestone == milestone and node.shipment == shipment), None)

    def at(self, key: Key) -> Node:
        """The node that is known to be there; KeyError otherwise."""
        if (found := self.node(key)) is None:
            raise KeyError(key)
        return found

    def person(self, key: Key) -> str | None:
        """Who is named on a milestone."""
        return self.network.steps[self.at(key).position].person

    def happened(self, node: Node) -> bool:
        """Whether it has its date, or at the delivery point any line of its leg."""
        at_point = node.milestone == self.delivery_point
        return node.actual is not None or (at_point and any(line.delivered is not None for line in self.lines_of(node.shipment)))

    def passed(self, key: Key) -> Node | None:
        """The node that shows that `key` is behind us: itself with an actual date, or one that cannot have happened before it."""
        node = self.node(key)
        if node is None or node.actual is not None:
            return node
        happened = (one for one in self.later(node) if one.actual is not None)
        return min(happened, key=lambda one: one.position, default=None)

    def to_come(self) -> Iterator[Node]:
        """The nodes that are not `passed`."""
        done = behind(self.network, self.nodes)
        return (node for node in self.nodes if not done[node.shipment] >> node.position & 1)

    def earlier(self, node: Node) -> tuple[Node, ...]:
        """The nodes of its leg that have happened when it has."""
        return self._of_leg(node.shipment, self.network.earlier[node.position])

    def later(self, node: Node) -> tuple[Node, ...]:
        """The nodes of its leg that cannot happen before it has."""
        return self._of_leg(node.shipment, self.network.later[node.position])

    def _of_leg(self, shipment: str | None, positions: int) -> tuple[Node, ...]:
        return tuple(one for one in self.nodes if one.shipment == shipment and positions >> one.position & 1)

    def held(self, shipment: str | None, *, without: UUID | None = None) -> dict[int, date]:
        """The days before which open delays, but `without`, let steps of a leg not happen, by position: of several the latest."""
        found: dict[int, date] = {}
        for delay in self.delays:
            if delay.shipment == shipment and delay.delay_id != without:
                at = self.network.index[delay.milestone]
                found[at] = max(delay.new_date, found.get(at, delay.new_date))
        return found

    def saying(self, words: Mapping[Key, Stated | None], *, typed: Mapping[Key, datetime | None] | None = None) -> "Plan":
        """The plan, not settled, with these words, or with none where one is taken back; those `typed`, and when, or none (None)."""
        at, said = typed or {}, (replace(node, stated=words.get(node.key, node.stated)) for node in self.nodes)
        by_hand = (replace(one, typed=one.stated if at[one.key] else None, typed_at=at[one.key]) if one.key in at else one for one in said)
        return replace(self, nodes=tuple(by_hand))

    def dated(self, days: Mapping[Key, date | None]) -> "Plan":
        """The plan, not settled, with these milestones having happened on those days, or not at all where there is none."""
        said = {one.key: one.stated and replace(one.stated, happened=False) for one in self.nodes if one.key in days}
        dated = (replace(one, actual=days[one.key], stated=said[one.key], unsaid_at=None) if one.key in days else one for one in self.nodes)
        return replace(self, nodes=tuple(dated))

    def lines_of(self, shipment: str | None) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.shipment == shipment)

    def delivered_on(self, shipment: str | None) -> date | None:
        """When the last line of a leg was delivered, once all are."""
        days = [line.delivered for line in self.lines_of(shipment)]
        return max(day for day in days if day is not None) if all(days) else None


def behind(network: Network, nodes: Iterable[Node]) -> dict[str | None, int]:
    """What is behind us in each leg: the positions that have happened, or that something later says have, as a bit mask."""
    found: dict[str | None, int] = {}
    for node in nodes:
        mask = found.get(node.shipment, 0)
        found[node.shipment] = mask | 1 << node.position | network.earlier[node.position] if node.actual else mask
    return found


@dataclass(frozen=True, slots=True)
class Moves:
    """What a command moved in one order, the lines that newly miss their promise, and what moved of those that `joined` a leg."""

    nodes: tuple[MovedNode, ...]
    lines: tuple[MovedLine, ...]
    at_risk: tuple[MovedLine, ...]
    joined: tuple[JoinedNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """One order before and after a command, and the events it tells of it, in their order."""

    before: Plan
    after: Plan
    moves: Moves
    events: tuple[Event, ...] = ()
