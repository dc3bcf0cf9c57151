"""Deciding who is told what, and why: pure.

An *occasion* is what one command moved for one customer: one order, or all his orders in one delay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any, Literal
from uuid import UUID

from services.notifications.contacts.domain import Contact, Customer
from services.notifications.dates.domain import Due, Held, Move, Order, moved_dates, promised_dates, tell, weigh
from services.notifications.messages.correcting import as_known, ended
from services.notifications.messages.model import Earlier, ToldMail
from services.notifications.messages.repeating import again
from services.notifications.rules.domain import Rule
from shared.contracts.joining import JoinedNode
from shared.contracts.notifications import Suppressed, Unreachable
from shared.contracts.orders import Because, DelayReason, MovedNode, PlanReestimated, PromiseChanged
from shared.contracts.shipments import Transport

Status = Literal["queued", "sending", "sent", "failed", "cancelled", "suppressed", "unreachable"]
FINAL: frozenset[Status] = frozenset({"sent", "failed", "cancelled", "suppressed", "unreachable"})

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
    """What is decided for one contact; `contact` is None when it concerns the customer as a whole."""

    contact: Contact | None
    status: Literal["queued", "suppressed", "unreachable"]
    why: Suppressed | Unreachable | None = None
    corrects: tuple[ToldMail, ...] = ()


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
    """`orders` are the occasion's orders as they stand afterwards, told dates included; `told` the moves among them that were told."""

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
    """What a decision says of one delay: of the dates that its own events moved."""

    delay: DelayReason | None
    orders: tuple[UUID, ...]
    due: tuple[Due, ...]
    held: tuple[Held, ...]

    @property
    def moves(self) -> tuple[Move, ...]:
        return (*(one.move for one in self.due), *(one.move for one in self.held))

    def silence(self) -> Notice:
        """What is decided where it moved no date that the customer is to hear of."""
        return Notice(None, "suppressed", _why(self.held))


def shares(occasion: Occasion, decision: Decision) -> tuple[Share, ...]:
    """The decision by delay: a date is of the first that moved its leg."""
    legs = [{leg for part in parts for leg in _touched(part)} for parts in occasion.shares]

    def of(move: Move) -> int:
        return next((at for at, own in enumerate(legs) if (move.order_id, move.shipment) in own), 0)

    return tuple(
        Share(
            delay_of(parts),
            tuple(part.order_id for part in parts),
            tuple(due for due in decision.due if of(due.move) == at),
            tuple(held for held in decision.held if of(held.move) == at),
        )
        for at, parts in enumerate(occasion.shares)
    )


def _touched(part: Part) -> Iterator[tuple[UUID, str | None]]:
    """The legs that an event of a delay moves something in."""
    if isinstance(part, PlanReestimated):
        yield from ((part.order_id, node.shipment) for node in part.nodes)
        yield from ((part.order_id, node.shipment) for node in part.joined)
        yield from ((part.order_id, line.shipment) for line in part.lines)


def decide(
    occasion: Occasion, orders: Mapping[UUID, Order], customer: Customer, rule: Rule | None, earlier: Earlier, today: date
) -> Decision:
    """Weigh the occasion's dates against what was told, as of `today`, then choose for each contact of the rule's audience."""
    due, held = _weigh_all(occasion, orders, rule, earlier, today)
    if occasion.because == "delay_retracted":
        notices = _corrections(customer, rule, due, held, earlier)
    else:
        notices = _notices(occasion.because, customer, rule, due, held, earlier)
    weighed = (*(one.move for one in due), *(one.move for one in held))
    told = tuple(one.move for one in due) if any(notice.status == "queued" for notice in notices) else ()
    after = {order: tell(orders[order], told, weighed) for order in occasion.orders}
    return Decision(rule, due, held, notices, after, told)


def _weigh_all(
    occasion: Occasion, orders: Mapping[UUID, Order], rule: Rule | None, earlier: Earlier, today: date
) -> tuple[tuple[Due, ...], tuple[Held, ...]]:
    due: list[Due] = []
    held: list[Held] = []
    for part in occasion.parts:
        order = orders[part.order_id]
        moves = moved_dates(order, part) if isinstance(part, PlanReestimated) else promised_dates(order, part)
        materiality = rule.condition.materiality_days if rule else 1
        for some, stands in ((moves, occasion.stands), (again(order, moves, earlier.unread()), True)):
            is_due, is_held = weigh(order, some, materiality, today, stands=stands)
            due += is_due
            held += is_held
    if occasion.because == "delay_retracted" and not earlier.mails:
        wrong = [one for one in due if ended(one, earlier)]
        held += [Held(one.move, one.told, "date_already_told") for one in due if one not in wrong]
        due = wrong
    if rule is None or not rule.active:
        held += [Held(one.move, one.told, "rule_off") for one in due]
        due = []
    return tuple(due), tuple(held)


def _notices(
    because: Because, customer: Customer, rule: Rule | None, due: Sequence[Due], held: Sequence[Held], earlier: Earlier
) -> tuple[Notice, ...]:
    """To each contact who does not know all of it already."""
    if rule is None or not due:
        return (Notice(None, "suppressed", _why(held)),)
    notices = _to_all(customer, rule)
    hear = tuple(one for one in notices if one.contact is None or as_known(because, due, one.contact.id, earlier))
    return hear or (Notice(None, "suppressed", "date_already_told"),)


def _to_all(customer: Customer, rule: Rule) -> tuple[Notice, ...]:
    contacts = customer.audience(rule.audience)
    return tuple(notice_to(contact) for contact in contacts) or (Notice(None, "unreachable", "no_contact"),)


def notice_to(contact: Contact, corrects: tuple[ToldMail, ...] = ()) -> Notice:
    if contact.address is None:
        return Notice(contact, "unreachable", "no_address", corrects)
    return Notice(contact, "queued", corrects=corrects)


def _corrections(customer: Customer, rule: Rule | None, due: Sequence[Due], held: Sequence[Held], earlier: Earlier) -> tuple[Notice, ...]:
    """Only those who were really told are corrected, also when they no longer hear of orders; one who has left cannot be. What no mail of
    ours told is corrected to all who hear of orders.
    """
    if rule is None or not due:
        return (Notice(None, "suppressed", _why(held)),)
    readers = {mail.contact_id for mail in chain(earlier.mails, *(ended(one, earlier) for one in due)) if mail}
    if not readers:
        return _to_all(customer, rule)
    wrong = {contact: as_known("delay_retracted", due, contact, earlier) for contact in readers}
    mails = {contact: earlier.that_told(contact, [one.days for one in dues]) for contact, dues in wrong.items() if dues}
    if not mails:
        return (Notice(None, "suppressed", "date_already_told"),)
    active = {contact.id: contact for contact in customer.contacts if contact.active}
    reached = tuple(notice_to(active[contact], mails[contact]) for contact in sorted(mails) if contact in active)
    return reached or (Notice(None, "unreachable", "no_contact", tuple(chain(*mails.values()))),)


def _why(held: Sequence[Held]) -> Suppressed:
    """The reason that weighs most; dates that did not move at all are those already told."""
    reasons = {one.why for one in held}
    ranked: tuple[Suppressed, ...] = (
        "rule_off", "below_materiality", "day_over", "date_already_told", "already_achieved", "order_cancelled",
    )  # fmt: skip
    return next((why for why in ranked if why in reasons), "date_already_told")
