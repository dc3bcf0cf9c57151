"""Rules of delays: what may be logged, what it does to the plan of every order it touches, and what is told of it. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.orders.delays import words
from services.orders.delays.model import Delay, DelayBody
from services.orders.fields import too_far
from services.orders.planning.domain import compare, estimate, reestimated, settle, too_early
from services.orders.planning.model import Key, Node, OpenDelay, Plan, Settled
from services.orders.planning.words import empty, nowhere
from services.orders.promises.domain import FREE, AskedPromise, NewPromise, Policy, changed, promise_later
from shared.contracts.event import Event
from shared.contracts.orders import (
    Because,
    Cause,
    DelayAttributed,
    DelayLogged,
    DelayReason,
    DelayRetracted,
    DelayUpdated,
    PromiseAtRisk,
    PromisedLine,
    TouchedOrder,
)
from shared.contracts.text import Both
from shared.problems import Conflict, Invalid


class DelayOpen(Conflict):
    """The milestone is delayed already: that delay is updated, no second one is logged."""

    slug = "delay-open"
    title = Both("The milestone has an open delay", "该节点已有未结束的延误")


class DelayOver(Conflict):
    """The delay was closed or retracted."""

    slug = "delay-over"
    title = Both("The delay is not open any more", "该延误已结束")


@dataclass(frozen=True, slots=True)
class Target:
    """What is delayed: a leg of one order (`order_id`), or a shipment with all its orders (`shipment_id`)."""

    milestone: str
    shipment: str | None
    order_id: UUID | None = None
    shipment_id: UUID | None = None

    @property
    def key(self) -> Key:
        return (self.shipment, self.milestone)


@dataclass(frozen=True, slots=True)
class Touched:
    """One order under the delay: what was settled, its ordinal, the delayed node, the promises moved with it and those that wait."""

    settled: Settled
    ordinal: int
    before: Node
    after: Node
    promised: tuple[PromisedLine, ...] = ()
    waiting: AskedPromise | None = None

    @property
    def new_promises(self) -> tuple[str, ...]:
        """Lines whose promise moves, or waits to."""
        return tuple(line.line for line in self.promised + (self.waiting.lines if self.waiting else ()))

    def told(self) -> TouchedOrder:
        plan = self.settled.after
        return TouchedOrder(
            order_id=plan.order_id,
            number=plan.number,
            customer_id=plan.customer_id,
            before=self.before.estimated,
            after=self.after.estimated,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """The delay as it stands after a command, the orders it touched, and the events of what they share: the shipment or the disruption
    (none for a delay of one order)."""

    delay: Delay
    orders: tuple[Touched, ...]
    shared_events: tuple[Event, ...] = ()


def log_delay(
    target: Target, plans: Sequence[Plan], body: DelayBody, *, delay_id: UUID, by: str, now: datetime, policy: Policy = FREE
) -> Decision:
    """Log a delay over the orders of `plans`. Of a shipment's orders those that have passed the milestone stay out of it.

    A new promise that `policy` holds back waits; the delay itself never does.
    """
    body.require_ahead(now.date())
    delay = Delay(
        delay_id=delay_id,
        order_id=target.order_id,
        shipment_id=target.shipment_id,
        disruption_id=None,
        shipment=target.shipment,
        milestone=target.milestone,
        new_date=body.new_date,
        **body.said(),
        revision=1,
        version=1,
        status="open",
        logged_by=by,
        logged_at=now,
    )
    held = _hold(delay, plans)
    _check_new_date(delay, held, now.date())
    delay.require_days(plans)
    return _decide(delay, held, "delay_logged", body.promise, policy)


def update_delay(delay: Delay, plans: Sequence[Plan], body: DelayBody, *, now: datetime, policy: Policy = FREE) -> Decision:
    """Say the delay anew. Orders that joined the shipment since are taken in; the date is checked when it is another one."""
    _require_open(delay)
    body.require_ahead(now.date())
    updated = replace(delay, new_date=body.new_date, **body.said(), revision=delay.revision + 1, version=delay.version + 1)
    moved = updated.new_date != delay.new_date
    held = _hold(updated, plans, keep_days=not moved)
    if moved:
        _check_new_date(updated, held, now.date())
    updated.require_days(plans)
    return _decide(updated, held, "delay_updated", body.promise, policy)


def log_shared(delay: Delay, nodes: Sequence[tuple[Plan, Key, date]]) -> Decision:
    """Log a delay of a disruption over nodes that are still to come, each to its own day."""
    return _decide(delay, [_held(plan, delay, key, day) for plan, key, day in nodes], "delay_logged", None, FREE)


def retract_delay(delay: Delay, plans: Sequence[Plan], reason: str) -> Decision:
    """Take the delay back: every estimate it moved is what it would be without it. A promise that moved stays moved."""
    _require_open(delay)
    retracted = replace(delay, status="retracted", version=delay.version + 1)
    held = [(plan, own) for plan in plans if (own := _own(plan, delay)) is not None and plan.node(own.key) is not None]
    touched = [(plan, replace(plan, delays=_others(plan, delay)), own.ordinal) for plan, own in held]
    return _decide(retracted, touched, "delay_retracted", None, FREE, reason)


def attribute_delay(delay: Delay, plans: Sequence[Plan], causes: tuple[Cause, ...]) -> tuple[Delay, DelayAttributed]:
    """Give the causes that were found, also after the delay is over; no date moves."""
    if delay.status == "retracted":
        raise DelayOver(words.NO_CAUSE, delay=str(delay.delay_id), status=delay.status)
    attributed = replace(delay, causes=causes, version=delay.version + 1)
    attributed.require_days(plans)
    return attributed, DelayAttributed(
        delay_id=delay.delay_id, causes=attributed.causes, under_investigation=attributed.under_investigation
    )


Held = Sequence[tuple[Plan, Plan, int]]
"""For each order: its plan before, its plan with the delay changed and not yet settled, the delay's ordinal."""


def _require_open(delay: Delay) -> None:
    if delay.status != "open":
        raise DelayOver(words.over(delay.status), delay=str(delay.delay_id), status=delay.status)


def _others(plan: Plan, delay: Delay) -> tuple[OpenDelay, ...]:
    return tuple(one for one in plan.delays if one.delay_id != delay.delay_id)


def _own(plan: Plan, delay: Delay) -> OpenDelay | None:
    return next((one for one in plan.delays if one.delay_id == delay.delay_id), None)


def _key(plan: Plan, delay: Delay) -> Key:
    """The node that the delay holds, or is to hold: the orders of a disruption have legs of their own."""
    own = _own(plan, delay)
    return own.key if own is not None else (delay.shipment, delay.milestone)


def _hold(delay: Delay, plans: Sequence[Plan], *, keep_days: bool = False) -> Held:
    """The plans that have the milestone still before them, each held by the delay. Invalid when there is none.

    With `keep_days` those that it holds already stay held to the day they have. One of a disruption takes in no leg anew.
    """
    meant = (plan for plan in plans if delay.disruption_id is None or _own(plan, delay) is not None)
    nodes = [(plan, node) for plan in meant if (node := plan.node(_key(plan, delay))) is not None]
    if not plans and delay.shipment is not None:
        raise Invalid(empty(delay.shipment), field="shipment")
    if not nodes:
        raise Invalid(nowhere(delay.shipment if delay.shipment_id else None, delay.milestone), field="milestone")
    passed = [reached for plan, node in nodes if (reached := plan.passed(node.key)) is not None]
    if len(passed) == len(nodes):
        last = max(passed, key=lambda node: node.actual or node.estimated)
        if last.milestone == delay.milestone and last.actual is not None and delay.new_date <= last.actual:
            raise Invalid(words.not_later_than_it_was(last), field="new_date")
        raise Invalid(words.happened(last, delay.milestone), field="milestone")
    ahead = [(plan, node.key) for plan, node in nodes if plan.passed(node.key) is None]
    return [
        _held(plan, delay, key, own.new_date if keep_days and (own := _own(plan, delay)) is not None else delay.new_date)
        for plan, key in ahead
    ]


def _held(plan: Plan, delay: Delay, key: Key, day: date) -> tuple[Plan, Plan, int]:
    """A delay of a disruption stands beside any other: the latest drives. Of the others a milestone has one."""
    others = (one for one in plan.delays if one.key == key and one.delay_id != delay.delay_id and one.disruption_id is None)
    if delay.disruption_id is None and (other := next(others, None)) is not None:
        raise DelayOpen(
            words.known(plan.number, delay.milestone, other.new_date),
            field="milestone",
            delay=str(other.delay_id),
            order=plan.number,
            link=f"/api/orders/delays/{other.delay_id}",
        )
    own = _own(plan, delay)
    ordinal = own.ordinal if own else plan.earlier_delays + 1
    now = OpenDelay(delay.delay_id, *key, day, ordinal, delay.order_id is None, delay.disruption_id)
    return plan, replace(plan, delays=(*_others(plan, delay), now), earlier_delays=plan.earlier_delays + (own is None)), ordinal


def _check_new_date(delay: Delay, held: Held, today: date) -> None:
    """Invalid unless the new date is to come and moves at least one of the orders; a single order's own reason is named."""
    delay.require_ahead(today)
    refusals = [_refusal(plan, delay, today) for plan, _, _ in held]
    if all(refusals):
        raise Invalid(next(refusal for refusal in refusals if refusal), field="new_date")


def _refusal(plan: Plan, delay: Delay, today: date) -> Both | None:
    key = _key(plan, delay)
    day = estimate(plan, without=delay.delay_id)[key].due_on
    if delay.new_date > day:
        return too_far(delay.new_date, max(day, today))
    return too_early(plan, plan.at(key), delay.new_date) or words.not_later(plan.number, delay.milestone, day)


def _decide(delay: Delay, held: Held, because: Because, promise: NewPromise | None, policy: Policy, reason: str = "") -> Decision:
    of_customer = Counter(plan.customer_id for plan, _, _ in held)
    request = policy.request(promise, [plan.order_id for plan, _, _ in held], "promise.replies_to") if promise else None
    touched = []
    for before, unsettled, ordinal in held:
        expected = settle(unsettled)
        after, promised = promise_later(expected, _key(expected, delay)[0], promise) if promise else (expected, ())
        waiting = policy.weigh(before, promised)
        if waiting is not None:
            after, promised = expected, ()
        moves = compare(before, after)
        why = _reason(delay, ordinal, of_customer[before.customer_id])
        events: list[Event] = [reestimated(before, moves, because, why, promised)]
        if promised and promise:
            events.append(changed(before, promised, promise, request, delay_id=delay.delay_id))
        if moves.at_risk:
            events.append(PromiseAtRisk(order_id=before.order_id, delay_id=delay.delay_id, lines=moves.at_risk))
        key = _key(unsettled if because != "delay_retracted" else before, delay)
        touched.append(Touched(Settled(before, after, moves, tuple(events)), ordinal, before.at(key), after.at(key), promised, waiting))
    if promise and not any(order.promised or order.waiting for order in touched):
        raise Invalid(words.promised_anyway(promise.to), field="promise.to")
    if request and not any(request.answers(order.settled.before.order_id, order.new_promises) for order in touched):
        raise Invalid(words.UNANSWERED, field="promise.replies_to")
    return _told(delay, tuple(touched), because, reason)


def _reason(delay: Delay, ordinal: int, customer_orders: int) -> DelayReason:
    return DelayReason(
        delay_id=delay.delay_id,
        revision=delay.revision,
        ordinal=ordinal,
        customer_orders=customer_orders,
        causes=tuple(cause.code for cause in delay.causes),
        action=delay.action,
        ask=delay.ask,
        ask_by=delay.ask_by,
        next_news_on=delay.next_news_on,
        disruption_id=delay.disruption_id,
    )


def _told(delay: Delay, orders: tuple[Touched, ...], because: Because, reason: str) -> Decision:
    """Put the delay's own event first: with its order, or with what the orders share."""
    event: Event
    if because == "delay_retracted":
        customers = tuple(sorted({order.settled.after.customer_id for order in orders}))
        event = DelayRetracted(delay_id=delay.delay_id, revision=delay.revision, reason=reason, customers=customers)
    else:
        facts = delay.told(tuple(order.told() for order in orders))
        event = DelayLogged(delay=facts) if because == "delay_logged" else DelayUpdated(delay=facts)
    if delay.order_id is None:
        return Decision(delay, orders, (event,))
    (only,) = orders
    return Decision(delay, (replace(only, settled=replace(only.settled, events=(event, *only.settled.events))),))
