"""Days that were wrong: actual dates that were others, or none, with what comes back with that; the day of the order. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.corrections import words
from services.orders.fields import Answer, Body, Day, GivenLeg, MilestoneCode, Note, Number, too_far
from services.orders.milestones.domain import GateClosed, check_order
from services.orders.milestones.words import delivered_elsewhere
from services.orders.planning.domain import as_shown, at_once, compare, delivery_shown, recorded_on, settle, told, unsaid
from services.orders.planning.model import Key, Node, OpenDelay, Plan, Settled
from shared.contracts.corrections import CorrectedLine, DelayReopened, MilestoneCorrected, OrderDayCorrected
from shared.contracts.event import Event
from shared.contracts.lateness import LatenessAttributed
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, Invalid, require_none


class ActualCorrected(Answer):
    """An actual date that reports gave, and by a correction of them do not give any more."""

    shipment: str | None
    milestone: str
    before: date
    actual: Annotated[date | None, Field(description="null: it has not happened after all")]


class NotReached(Conflict):
    """It has not happened, as far as is known: there is no actual date to correct."""

    slug = "milestone-not-reached"
    title = Both("The milestone has not happened yet", "节点尚未完成")


class CorrectShipmentActual(Body):
    """A milestone was not reached on the day recorded, for every order of a shipment: it was another day, or has not happened (null)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"milestone": "DEPART", "date": "2026-05-30", "reason": "sailed a day later"}]}
    )

    milestone: MilestoneCode
    date: Annotated[Day | None, Field(description="the right day; null: it has not happened")]
    reason: Note


class CorrectActual(Body):
    """A milestone of one order was not reached on the day recorded: it was another day, or has not happened (null).

    `lines` are those meant, at the delivery point; without them all of the leg that count as delivered.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"milestone": "DELIVERED", "date": None, "lines": ["2"], "reason": "signed for another order"}]}
    )

    milestone: MilestoneCode
    shipment: GivenLeg = None
    date: Annotated[Day | None, Field(description="the right day; null: it has not happened")]
    lines: Annotated[tuple[Number, ...] | None, Field(min_length=1, max_length=1000)] = None
    reason: Note


class CorrectOrderDay(Body):
    """An order was placed on another day than was said."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"date": "2026-02-24", "reason": "he confirmed by phone, two days before his mail"}]}
    )

    date: Day
    reason: Note


@dataclass(frozen=True, slots=True)
class Corrected:
    """One order after an actual date was corrected; `reopened` are its delays that hold it again. `delivery` is what the wrong
    date had shown of that.
    """

    settled: Settled
    event: MilestoneCorrected
    reopened: tuple[OpenDelay, ...]
    delivery: MilestoneCorrected | None = None

    def shown(self) -> ActualCorrected:
        """The short answer, of a milestone that had its date."""
        known = self.event
        assert known.before is not None
        return ActualCorrected(shipment=known.shipment, milestone=known.milestone, before=known.before, actual=known.actual)


@dataclass(frozen=True, slots=True)
class Righted:
    """An order after the actual dates were corrected that reports had given it, as one step."""

    settled: Settled
    corrected: tuple[ActualCorrected, ...]
    reason: str


def correct(
    plan: Plan,
    over: Sequence[OpenDelay],
    milestone: str,
    shipment: str | None,
    day: date | None,
    reason: str,
    lines: Sequence[str] | None = None,
    *,
    by_hand: datetime | None = None,
) -> Corrected:
    """Give a node that was reached, with the lines delivered by it, another day, or none: then it is again as it would be without. What
    somebody takes back `by_hand`, and when, is not recorded again by what reports have said already.

    `over` are the order's delays whose milestones are behind it: those that are before it again hold it again, as they did.
    """
    node = plan.at((shipment, milestone))
    meant = _meant(plan, node, lines)
    at_point = milestone == plan.delivery_point
    kept = (replace(line, delivered=day, shown_by=None) if line.line in meant else line for line in plan.lines)
    right = replace(plan, lines=tuple(kept))
    actual = right.delivered_on(shipment) if at_point else day
    _check_correction(plan, node, meant, day)
    changed = as_shown(unsaid(right.dated({node.key: actual}), {node.key: by_hand}), shipment)
    if at_point and changed.lines == plan.lines:
        raise Invalid(words.shown_by_departure(plan.number, milestone), field="date")
    back = tuple(delay for delay in over if plan.passed(delay.key) is not None and changed.passed(delay.key) is None)
    after = _told_anew(plan, settle(replace(changed, delays=(*plan.delays, *back))))
    moves = compare(plan, after)
    event = _corrected(plan, after, node, meant, reason)
    events: list[Event] = [event]
    shown = None
    if not at_point and (touched := _touched(plan, after)):
        shown = _corrected(plan, after, plan.at((shipment, plan.delivery_point)), touched, reason)
        events.append(shown)
    elif not at_point and (first := delivery_shown(plan, after, shipment)) is not None:
        events.append(first)
    events += told(plan, moves, "actual_corrected")
    events += [DelayReopened(delay_id=delay.delay_id) for delay in back if not delay.shared]
    if event.reopened:
        events.append(LatenessAttributed(order_id=plan.order_id, number=plan.number, customer_id=plan.customer_id, legs=()))
    return Corrected(Settled(plan, after, moves, tuple(events)), event, back, shown)


def _touched(before: Plan, after: Plan) -> frozenset[str]:
    """The lines that were delivered on another day than they are now."""
    now = {line.line: line.delivered for line in after.lines}
    return frozenset(line.line for line in before.lines if line.delivered is not None and line.delivered != now[line.line])


def follow(plan: Plan, over: Sequence[OpenDelay], was: Mapping[Key, date], now: Mapping[Key, date], reason: str) -> Righted:
    """Correct the actual dates that reports gave, of which they now say another day, or none: the last in the network first.

    What somebody recorded on another day than they said stays, and so does the delivery, which is recorded by nobody else.
    """
    current, found = plan, list[Corrected]()
    wrong = (node for node in plan.nodes if node.key in was and node.actual == was[node.key] != now.get(node.key))
    for node in sorted(wrong, key=lambda one: one.position, reverse=True):
        if node.milestone != plan.delivery_point:
            found.append(correct(current, over, node.milestone, node.shipment, now.get(node.key), reason))
            current = found[-1].settled.after
    settled = at_once(plan, current, [event for one in found for event in one.settled.events])
    return Righted(settled, tuple(one.shown() for one in found), reason)


def _meant(plan: Plan, node: Node, wanted: Sequence[str] | None) -> frozenset[str]:
    """The delivered lines that a correction of the node is about: none beside the delivery point."""
    if node.milestone != plan.delivery_point:
        if wanted is not None:
            raise Invalid(delivered_elsewhere(plan.delivery_point, node.milestone), field="lines")
        if node.actual is None:
            raise NotReached(words.not_yet(plan.number, node.milestone), field="milestone")
        return frozenset()
    delivered = {line.line for line in plan.lines_of(node.shipment) if line.delivered is not None}
    if not delivered:
        raise NotReached(words.none_delivered(plan.number, node.shipment), field="milestone")
    errors = [
        FieldError(f"lines.{index}", words.not_delivered(plan.number, number))
        for index, number in enumerate(wanted or ())
        if number not in delivered
    ]
    require_none(errors)
    return frozenset(wanted if wanted is not None else delivered)


def _check_correction(plan: Plan, node: Node, meant: Collection[str], day: date | None) -> None:
    known = {line.delivered for line in plan.lines if line.line in meant} or {node.actual}
    if known == {day}:
        raise Invalid(words.recorded_so(plan.number, node.milestone, day), field="date")
    if day is not None:
        check_order(plan, node, day)
    elif plan.network.steps[node.position].gate and (let := [one for one in plan.later(node) if recorded_on(plan, one)]):
        said = words.let_pass(plan.number, let[0].milestone, node.milestone, let[0].actual)
        raise GateClosed(said, field="milestone", order=plan.number, gate=node.milestone)


def _told_anew(before: Plan, after: Plan) -> Plan:
    """What has not happened after all is expected by a new estimate, also where that is of the day that did not hold."""
    was, had = {node.key: node for node in before.nodes}, {line.line: line for line in before.lines}
    nodes = (
        replace(now, revision=was[now.key].revision + 1) if was[now.key].actual is not None and now.actual is None else now
        for now in after.nodes
    )
    lines = (
        replace(now, estimate_revision=had[now.line].estimate_revision + 1)
        if had[now.line].delivered is not None and now.delivered is None
        else now
        for now in after.lines
    )
    return replace(after, nodes=tuple(nodes), lines=tuple(lines))


def _corrected(plan: Plan, after: Plan, node: Node, meant: Collection[str], reason: str) -> MilestoneCorrected:
    now, had = after.at(node.key), {line.line: line.delivered for line in plan.lines}
    return MilestoneCorrected(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        shipment=node.shipment,
        milestone=node.milestone,
        before=node.actual,
        actual=now.actual,
        estimated=now.estimated,
        revision=now.revision,
        lines=tuple(
            CorrectedLine(
                line=line.line,
                before=before,
                delivered=line.delivered,
                estimated=line.estimated,
                revision=line.estimate_revision,
            )
            for line in after.lines
            if line.line in meant and (before := had[line.line]) is not None and before != line.delivered
        ),
        reason=reason,
        reopened=plan.status == "completed" and after.status == "open",
    )


def place(plan: Plan, before: date | None, said: Iterable[tuple[date, Both]], day: date, reason: str, today: date) -> Settled:
    """The order as it was placed on that day. Invalid for one after something of it had happened, was promised, or was `said` of it, and
    for one years before all of that, today and the day that was said.
    """
    if day == before:
        raise Invalid(words.placed_so(plan.number, day), field="date")
    happened = [(on, words.happened(node.milestone, on)) for node in plan.nodes if (on := node.actual) is not None]
    delivered = [(on, words.delivered(line.line, on)) for line in plan.lines if (on := line.delivered) is not None]
    promised = [(line.promised, words.promised(line.line, line.promised)) for line in plan.lines]
    first, what = min((*happened, *delivered, *promised, *said))
    if first < day:
        raise Invalid(words.placed_by_then(plan.number, what), field="date")
    if why := too_far(min(first, today, before or today), day):
        raise Invalid(why, field="date")
    # Of one that was taken over from a file nothing is held against its day.
    after = settle(replace(plan, ordered_on=None if plan.taken_over else day))
    moves = compare(plan, after)
    event = OrderDayCorrected(
        order_id=plan.order_id, number=plan.number, customer_id=plan.customer_id, before=before, ordered_on=day, reason=reason
    )
    return Settled(plan, after, moves, (event, *told(plan, moves, "actual_corrected")))


def delays_back(before: Plan, after: Plan) -> list[OpenDelay]:
    """Delays that hold an order again, as a command left it."""
    known = {delay.delay_id for delay in before.delays}
    return [delay for delay in after.delays if delay.delay_id not in known and after.passed(delay.key) is None]


def undone(settled: Iterable[Settled]) -> set[tuple[UUID, str | None]]:
    """The legs of orders in which something has not happened after all, or on another day."""
    return {
        (one.after.order_id, now.shipment)
        for one in settled
        for was, now in zip(one.before.nodes, one.after.nodes, strict=True)
        if was.actual is not None and was.actual != now.actual
    }
