"""What is decided of who is told what, and why: pure.

An *occasion* is what one command moved for one customer: one order, or all his orders in one delay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal
from uuid import UUID

from services.notifications.contacts.domain import Contact
from services.notifications.dates.domain import Due, Held, Move, Order
from services.notifications.messages.model import ToldMail
from services.notifications.rules.domain import Rule
from shared.contracts.joining import JoinedNode
from shared.contracts.notifications import Suppressed, Unreachable
from shared.contracts.orders import Because, DelayReason, MovedNode, PlanReestimated, PromiseChanged
from shared.contracts.shipments import Transport

Status = Literal["queued", "sending", "sent", "failed", "cancelled", "suppressed", "unreachable"]
FINAL: frozenset[Status] = frozenset({"sent", "failed", "cancelled", "suppressed", "unreachable"})

RANKED: tuple[Suppressed, ...] = (
    "rule_off", "below_materiality", "day_over", "date_already_told", "already_achieved", "order_cancelled",
)  # fmt: skip
"""Why a date is not told, what weighs most first; those that did not move at all are already told."""

MOST_REASONS = 500
"""So many dates are shown of a decision; of those that are held no more are kept."""

MAILS = "mails"
"""The work that a transaction `leaves` to the sender."""

Part = PlanReestimated | PromiseChanged


@dataclass(frozen=True, slots=True)
class Occasion:
    """`parts` has one event for each of the customer's orders, in the order of their numbers.

    Where it is about several delays, `by_delay` has the events of each as they came: of an order in two of them `parts` has both in one.
    `stands`: it waited, and its dates are those that stand now; none of them is overtaken.
    """

    because: Because
    customer_id: UUID
    parts: tuple[Part, ...]
    by_delay: tuple[tuple[PlanReestimated, ...], ...] = ()
    stands: bool = False

    @property
    def delay(self) -> DelayReason | None:
        return delay_of(self.parts)

    @property
    def shares(self) -> tuple[tuple[Part, ...], ...]:
        """The events of each delay, or all of them where there is one or none."""
        return self.by_delay or (self.parts,)

    @property
    def pairs(self) -> tuple[tuple[UUID, UUID], ...]:
        """Each delay and the customer; none for an occasion without a delay."""
        return tuple((delay.delay_id, self.customer_id) for parts in self.shares if (delay := delay_of(parts)) is not None)

    @property
    def orders(self) -> tuple[UUID, ...]:
        return tuple(part.order_id for part in self.parts)

    @property
    def shipments(self) -> set[str]:
        """In which it moves something."""
        return {shipment for part in self.parts for _, shipment in _touched(part) if shipment is not None}


def as_it_stands(occasion: Occasion, orders: Mapping[UUID, Order], goes: Mapping[str, Transport]) -> Occasion:
    """What waited, by the dates as they stand now: more may have moved them since, and he was not told of all that did. Nothing of what he
    does not see any more. Shipments that were changed since go as that says.
    """
    return replace(occasion, parts=tuple(_as_it_stands(part, orders[part.order_id], goes) for part in occasion.parts), stands=True)


def _as_it_stands(part: Part, order: Order, goes: Mapping[str, Transport]) -> Part:
    if not isinstance(part, PlanReestimated):
        return part
    lines = [
        one.model_copy(update={"after": line.expected, "promised": line.promised}) if (line := order.line(one.line)) else one
        for one in part.lines
    ]
    nodes = tuple(one.model_copy(update=_node_as_it_stands(one, order)) for one in part.nodes)
    joined = tuple(one.model_copy(update=_node_as_it_stands(one, order)) for one in part.joined)
    transports = {**part.transports, **goes}
    return part.model_copy(update={"lines": tuple(lines), "nodes": nodes, "joined": joined, "transports": transports})


def _node_as_it_stands(one: MovedNode | JoinedNode, order: Order) -> dict[str, Any]:
    node = order.node(one.shipment, one.milestone)
    return {"after": node.expected} if node else {"visible": False}


def delay_of(parts: Sequence[Part]) -> DelayReason | None:
    first = parts[0]
    return first.delay if isinstance(first, PlanReestimated) else None


def together(by_delay: Sequence[tuple[PlanReestimated, ...]]) -> Occasion:
    """The occasion of all that a customer hears in one mail, by delay."""
    merged: dict[UUID, PlanReestimated] = {}
    for part in chain(*by_delay):
        known = merged.get(part.order_id)
        if known is not None:
            nodes = {(one.shipment, one.milestone): one for one in known.nodes + part.nodes}
            lines = {one.line: one for one in known.lines + part.lines}
            moved = {"nodes": tuple(nodes.values()), "joined": known.joined + part.joined, "lines": tuple(lines.values())}
            part = known.model_copy(update={**moved, "transports": {**known.transports, **part.transports}})
        merged[part.order_id] = part
    parts = tuple(sorted(merged.values(), key=lambda part: part.number))
    return Occasion(parts[0].because, parts[0].customer_id, parts, tuple(by_delay) if len(by_delay) > 1 else ())


@dataclass(frozen=True, slots=True)
class Notice:
    """What is decided for one contact, by what he was told himself: the dates he is to hear of, and the others; `contact` is None when it
    concerns the customer as a whole. `ended`: of those that he does not hear of, the days that a retraction ends and no other takes the
    place of.
    """

    contact: Contact | None
    status: Literal["queued", "suppressed", "unreachable"]
    why: Suppressed | Unreachable | None = None
    due: tuple[Due, ...] = ()
    held: tuple[Held, ...] = ()
    corrects: tuple[ToldMail, ...] = ()
    ended: tuple[Due, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A mail as it is sent, apart from headers that follow from the message; of a correction with the `values` it was written from."""

    to_name: str
    to: str
    cc: tuple[str, ...]
    reply_to: tuple[str, ...]
    from_name: str | None
    subject: str
    body: str
    thread: str | None = None
    values: Mapping[str, Any] | None = None


def replies(envelope: Mapping[str, Any]) -> tuple[str, ...]:
    """Where answers to a stored mail go; an older one has one address, or none."""
    given = envelope.get("reply_to") or ()
    return (given,) if isinstance(given, str) else tuple(given)


@dataclass(frozen=True, slots=True)
class Decision:
    """`due` is what any contact is to hear of, `held` what none is. `orders` are the occasion's orders as they stand afterwards, told dates
    included; `told` the moves among them that were told.
    """

    rule: Rule | None
    due: tuple[Due, ...]
    held: tuple[Held, ...]
    notices: tuple[Notice, ...]
    orders: Mapping[UUID, Order]
    told: tuple[Move, ...]

    @property
    def weighed(self) -> tuple[Move, ...]:
        return (*(due.move for due in self.due), *(held.move for held in self.held))


@dataclass(frozen=True, slots=True)
class Share:
    """What a decision says of one delay: of the dates that its own events moved, to those who hear of one of them."""

    delay: DelayReason | None
    orders: tuple[UUID, ...]
    moves: tuple[Move, ...]
    notices: tuple[Notice, ...]


def shares(occasion: Occasion, decision: Decision) -> tuple[Share, ...]:
    """The decision by delay: a date is of the first that moved its leg."""
    legs = [{leg for part in parts for leg in _touched(part)} for parts in occasion.shares]

    def of(move: Move) -> int:
        return next((at for at, own in enumerate(legs) if (move.order_id, move.shipment) in own), 0)

    def share(at: int, parts: tuple[Part, ...]) -> Share:
        weighed = [
            replace(
                notice,
                due=tuple(due for due in notice.due if of(due.move) == at),
                held=tuple(held for held in notice.held if of(held.move) == at),
            )
            for notice in decision.notices
        ]
        held = tuple(held for held in decision.held if of(held.move) == at)
        notices = tuple(notice for notice in weighed if notice.due) or (silence(held),)
        moves = tuple(move for move in decision.weighed if of(move) == at)
        return Share(delay_of(parts), tuple(part.order_id for part in parts), moves, notices)

    return tuple(share(at, parts) for at, parts in enumerate(occasion.shares))


def _touched(part: Part) -> Iterator[tuple[UUID, str | None]]:
    """The legs that an event of a delay moves something in."""
    if isinstance(part, PlanReestimated):
        yield from ((part.order_id, node.shipment) for node in part.nodes)
        yield from ((part.order_id, node.shipment) for node in part.joined)
        yield from ((part.order_id, line.shipment) for line in part.lines)


def notice_to(contact: Contact, due: Sequence[Due] = (), held: Sequence[Held] = (), corrects: tuple[ToldMail, ...] = ()) -> Notice:
    if contact.address is None:
        return Notice(contact, "unreachable", "no_address", tuple(due), tuple(held), corrects)
    return Notice(contact, "queued", None, tuple(due), tuple(held), corrects)


def silence(held: Sequence[Held]) -> Notice:
    """What is decided where no date moved that the customer is to hear of: for the reason that weighs most."""
    return Notice(None, "suppressed", min((one.why for one in held), key=RANKED.index, default="date_already_told"), held=tuple(held))
