"""What has happened: actual dates of milestones and deliveries of lines. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import gt, lt
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.fields import Answer, Body, Day, GivenLeg, MilestoneCode, Number
from services.orders.milestones import words
from services.orders.planning.domain import compare, held_by_failure, settle, told, unsaid
from services.orders.planning.domain.due import unplaced
from services.orders.planning.domain.showing import as_shown, delivery_shown, is_shown, recorded_on
from services.orders.planning.model import Key, Node, OpenDelay, Plan, Settled
from services.orders.planning.words import delivered_on, happened_on, over, twice
from shared.contracts.event import Event
from shared.contracts.orders import DelayClosed, DeliveredLine, MilestoneAchieved
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, Forbidden, Invalid, Problem, require_none

RELEASED = "CST_REL"
"""The milestone that does not happen to goods that customs holds."""


class MilestoneReached(Conflict):
    """The milestone has its actual date already."""

    slug = "milestone-reached"
    title = Both("The milestone has happened already", "节点已完成")


class GateClosed(Conflict):
    """A gate before the milestone has not been met: nothing after it happens until somebody records that it was."""

    slug = "gate-closed"
    title = Both("A gate before the milestone is closed", "前置放行条件未满足")


class NotPassed(Conflict):
    """The goods failed an inspection that was neither repeated nor waived: `inspection` is that."""

    slug = "inspection-failed"
    title = Both("The goods have not passed their inspection", "货物尚未通过验货")


class CustomsHold(Conflict):
    """Customs holds the goods: `entry` is the customs entry, which is to be released."""

    slug = "customs-hold"
    title = Both("Customs holds the goods", "货物被海关扣留")


class OrderOver(Conflict):
    """Nothing more is reported on it."""

    slug = "order-over"
    title = Both("The order is not open", "订单已不在进行中")


class RecordActual(Body):
    """A milestone of one order happened. `lines` are those delivered, at the delivery point; without them all that are open."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"milestone": "PP_OK", "date": "2026-03-20"}]})

    milestone: MilestoneCode
    shipment: GivenLeg = None
    date: Day
    lines: Annotated[tuple[Number, ...] | None, Field(min_length=1, max_length=1000)] = None


class RecordShipmentActual(Body):
    """A milestone happened for every order of a shipment that has it still before it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"milestone": "ON_BOARD", "date": "2026-05-29"}]})

    milestone: MilestoneCode
    date: Day


@dataclass(frozen=True, slots=True)
class Recorded:
    """One order after an actual; `closed` are its own delays that ended with it, `reached` says that the whole leg is there. `shown` is
    the delivery that it shows.
    """

    settled: Settled
    achieved: MilestoneAchieved
    closed: tuple[UUID, ...]
    reached: bool
    shown: MilestoneAchieved | None = None


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports on milestones: on `whatever` he sees, or else on what his department answers for and on what names one of `logins`,
    himself and those he stands in for.
    """

    logins: frozenset[str]
    department: str | None
    whatever: bool = False

    def require(self, plan: Plan, key: Key) -> None:
        """Forbidden unless the milestone is his to report on."""
        if self.whatever:
            return
        node = plan.node(key)
        if node is None or (node.department != self.department and plan.person(key) not in self.logins):
            raise Forbidden(words.not_his(plan.number, key[1], self.department))

    def require_each(self, plans: Iterable[Plan], key: Key) -> None:
        """Forbidden unless the milestone is his in each of these orders that have it."""
        if self.whatever:
            return
        own = [plan for plan in plans if plan.node(key) is not None]
        if not own:
            raise Forbidden(words.nobody_has(key[1]))
        for plan in own:
            self.require(plan, key)

    def require_of(self, department: str) -> None:
        """Forbidden but for that department, and those who may report whatever they see."""
        if not self.whatever and self.department != department:
            raise Forbidden(words.work_of(department))


def require_to_come(plan: Plan, key: Key, field: str | None = None) -> None:
    """MilestoneReached where the milestone is behind us."""
    if (passed := plan.passed(key)) is not None:
        raise MilestoneReached(happened_on(plan.number, passed.milestone, passed.actual), field=field, actual=str(passed.actual))


def require_open(plan: Plan) -> None:
    if plan.status != "open":
        raise OrderOver(over(plan.number, plan.status), order=plan.number)


class Happened(Answer):
    """A milestone that was recorded by a report."""

    shipment: str | None
    milestone: str
    day: date


class Unmoved(Answer):
    """A milestone that a report could not record, and why."""

    shipment: str | None
    milestone: str
    reason: Both


@dataclass(frozen=True, slots=True)
class Reached:
    """An order after what reports say has happened: its plan, what was told and recorded, and what could not be."""

    plan: Plan
    events: tuple[Event, ...]
    recorded: tuple[Happened, ...]
    unmoved: tuple[Unmoved, ...]

    def settled(self, before: Plan) -> Settled:
        """What this moved in the order as it was before."""
        return Settled(before, self.plan, compare(before, self.plan), self.events)


def reach(plan: Plan, days: Iterable[tuple[Key, date]], *, anew: Iterable[Key] = ()) -> Reached:
    """Record what reports say has happened, with all rules of an actual date; what has happened already, or is in no plan, stays as it is.
    So does what somebody took back by hand, but for the milestones of which something is reported `anew`.

    The delivery point is left to people: its lines would be delivered by that.
    """
    now, events, recorded, unmoved = unsaid(plan, dict.fromkeys(anew)), list[Event](), list[Happened](), list[Unmoved]()
    for (shipment, milestone), day in days:
        node = now.node((shipment, milestone))
        if node is None or node.unsaid_at is not None or now.passed(node.key) is not None:
            continue
        try:
            done = _reach(now, shipment, milestone, day)
        except Problem as problem:
            unmoved.append(Unmoved(shipment=shipment, milestone=milestone, reason=problem.detail))
        else:
            now, events = done.after, [*events, *done.events]
            recorded.append(Happened(shipment=shipment, milestone=milestone, day=day))
    return Reached(now, tuple(events), tuple(recorded), tuple(unmoved))


def _reach(plan: Plan, shipment: str | None, milestone: str, day: date) -> Settled:
    if milestone == plan.delivery_point:
        raise Invalid(words.left_to_people(plan.number, milestone))
    return record(plan, milestone, shipment, day).settled


def record(plan: Plan, milestone: str, shipment: str | None, day: date, lines: Sequence[str] | None = None) -> Recorded:
    """Give a node its actual date; at the delivery point the lines are delivered, and the node is reached with the last of them. What has
    left was delivered before that, where the delivery point is: its lines are, until somebody records their day.
    """
    node = plan.at((shipment, milestone))
    if node.actual is not None and not is_shown(plan, node):
        raise MilestoneReached(happened_on(plan.number, milestone, node.actual), field="milestone", actual=str(node.actual))
    check_order(plan, node, day)
    require_gates(plan, node, lambda gate: plan.passed(gate.key) is not None)
    _check_inspections(plan, node)
    _check_customs(plan, node)
    delivered: tuple[str, ...] = ()
    if milestone == plan.delivery_point:
        delivered = _delivered(plan, shipment, lines)
    elif lines is not None:
        raise Invalid(words.delivered_elsewhere(plan.delivery_point, milestone), field="lines")
    lines_after = (replace(line, delivered=day, shown_by=None) if line.line in delivered else line for line in plan.lines)
    after = replace(plan, lines=tuple(lines_after))
    actual = after.delivered_on(shipment) if delivered else day
    after = settle(as_shown(after.dated({node.key: actual}), shipment))
    shown = delivery_shown(plan, after, shipment) if milestone != plan.delivery_point else None
    closing = [delay for delay in delays_over(plan, after) if not delay.shared]
    achieved = MilestoneAchieved(
        order_id=plan.order_id,
        shipment=shipment,
        milestone=milestone,
        actual=actual or day,
        lines=tuple(DeliveredLine(line=line, delivered=day) for line in delivered),
        complete=actual is not None,
    )
    moves = compare(plan, after)
    events: list[Event] = [achieved, shown] if shown is not None else [achieved]
    events += told(plan, moves, "actual_recorded")
    events.extend(DelayClosed(delay_id=delay.delay_id, closed_on=actual or day) for delay in closing)
    closed = tuple(delay.delay_id for delay in closing)
    return Recorded(Settled(plan, after, moves, tuple(events)), achieved, closed, actual is not None, shown)


def check_order(plan: Plan, node: Node, day: date) -> None:
    """Invalid for a day before the order was placed, or one that contradicts what was recorded of another milestone of the leg."""
    if why := before_it_was_placed(plan, node.milestone, day):
        raise Invalid(why, field="date")
    for others, out, said in ((plan.earlier(node), gt, words.too_early), (plan.later(node), lt, words.too_late)):
        for other in others:
            on = recorded_on(plan, other)
            if on is not None and out(on, day):
                raise Invalid(said(happened_on(plan.number, other.milestone, on), node.milestone, day), field="date")


def before_it_was_placed(plan: Plan, milestone: str, day: date) -> Both | None:
    """Why nothing of an order happened on that day: it was placed later."""
    placed = unplaced(plan, day)
    return words.before_the_order(placed, milestone, day) if placed else None


def require_gates(plan: Plan, node: Node, met: Callable[[Node], bool], field: str = "milestone") -> None:
    """GateClosed unless each gate before the node is `met`."""
    for other in plan.earlier(node):
        if plan.network.steps[other.position].gate and not met(other):
            said = words.gate_unmet(plan.number, node.milestone, other.milestone, other.department)
            raise GateClosed(said, field=field, order=plan.number, gate=other.milestone)


def _check_inspections(plan: Plan, node: Node) -> None:
    """NotPassed while a failed inspection of its goods keeps the node from happening."""
    if (failed := held_by_failure(plan, node)) is not None:
        said = words.not_passed(plan.number, node.milestone, failed)
        raise NotPassed(said, field="milestone", order=plan.number, inspection=str(failed.inspection_id))


def _check_customs(plan: Plan, node: Node) -> None:
    """CustomsHold for the release, and what comes after it, of goods that customs holds, until something after it has happened."""
    lines = plan.lines_of(node.shipment)
    held = next((one for one in plan.detained if any(line.line in one.lines for line in lines)), None)
    if held is None:
        return
    release = next((one for one in (*plan.earlier(node), node) if one.milestone == RELEASED), None)
    if release is not None and all(one.actual is None for one in plan.later(release)):
        said = words.held_by_customs(plan.number, node.milestone, held.number)
        raise CustomsHold(said, field="milestone", order=plan.number, entry=str(held.entry_id))


def delays_over(before: Plan, after: Plan) -> list[OpenDelay]:
    """Open delays whose milestone a command left behind: it has its date, or a later one of its leg has."""
    return [delay for delay in before.delays if after.passed(delay.key) is not None and before.passed(delay.key) is None]


def _delivered(plan: Plan, shipment: str | None, wanted: Sequence[str] | None) -> tuple[str, ...]:
    leg = {line.line: line for line in plan.lines_of(shipment)}
    if wanted is None:
        return tuple(number for number, line in leg.items() if line.delivered is None or line.shown_by)
    errors = []
    for index, number in enumerate(wanted):
        if number in wanted[:index]:
            errors.append(FieldError(f"lines.{index}", twice(number)))
        elif number not in leg:
            errors.append(FieldError(f"lines.{index}", words.not_in(plan.number, shipment, number)))
        elif (day := leg[number].delivered) is not None and leg[number].shown_by is None:
            errors.append(FieldError(f"lines.{index}", delivered_on(plan.number, number, day)))
    require_none(errors)
    return tuple(wanted)
