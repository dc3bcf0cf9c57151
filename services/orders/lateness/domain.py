"""What an order's lateness came from: the days of its latest line after the first promise of that, along the path that drove it. Pure.

What was late on that path is laid on the network one after the other, so that each has the days that it adds: what was late earlier uses
up the slack, and the time made up later, before what was late after it. What lies beside the path moved nothing. Days that a disruption
closed are its delay's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from services.orders.planning.domain.driving import Drive, Stage, drive
from services.orders.planning.model import Line, OpenDelay, Plan, behind
from shared.calendars import WorkCalendar
from shared.contracts.codes import UNKNOWN
from shared.contracts.lateness import CauseDays, LatenessAttributed, LateStep, LegLateness
from shared.contracts.orders import Cause


class Closed(NamedTuple):
    """Days of a calendar that are closed, each time from the first to the last."""

    calendar: str
    days: frozenset[tuple[date, date]]


@dataclass(frozen=True, slots=True)
class Logged:
    """A delay of a milestone of the order, open or over, but not retracted."""

    delay_id: UUID
    shipment: str | None
    milestone: str
    new_date: date
    causes: tuple[Cause, ...]
    closed: Closed | None = None
    """What it says is closed."""


@dataclass(frozen=True, slots=True)
class _Late:
    """Days that a milestone was late by itself, up to `until`: those that a delay announced, or those that nobody did."""

    stage: Stage
    logged: Logged | None
    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days


_NONE: Mapping[Closed, WorkCalendar] = MappingProxyType({})


def closing_of(delays: Iterable[Logged]) -> dict[str | None, dict[str, list[Logged]]]:
    """The delays of each leg that close days, by calendar: days that were closed for another leg or order are no days of it."""
    found: dict[str | None, dict[str, list[Logged]]] = {}
    for one in delays:
        if one.closed is not None:
            found.setdefault(one.shipment, {}).setdefault(one.closed.calendar, []).append(one)
    return found


def open_before(closing: Iterable[Logged]) -> list[Closed]:
    """What was open before each of the delays that close days of one calendar: its own days, and those of the delays after it."""
    open_then: list[Closed] = []
    for one in reversed([one.closed for one in closing if one.closed is not None]):
        open_then.append(Closed(one.calendar, one.days | open_then[-1].days if open_then else one.days))
    return open_then[::-1]


def attributed(
    plan: Plan, delays: Iterable[Logged], first_promises: Mapping[str, date], reopened: Mapping[Closed, WorkCalendar] = _NONE
) -> tuple[LegLateness, ...]:
    """What each leg's lateness came from; `first_promises` by line. The days of the steps sum to those of the leg. An order that is
    cancelled is late by nothing and has no leg here: its plan stays, but nothing is delivered by it.

    `reopened` are the calendars as they were before the delays of a leg closed days of them, see `open_before`.
    """
    if plan.status == "cancelled":
        return ()
    known = tuple(delays)
    return tuple(
        _leg(plan, shipment, [one for one in known if one.shipment == shipment], first_promises, reopened)
        for shipment in plan.legs()
        if plan.lines_of(shipment)
    )


def told(plan: Plan, legs: tuple[LegLateness, ...]) -> LatenessAttributed:
    return LatenessAttributed(order_id=plan.order_id, number=plan.number, customer_id=plan.customer_id, legs=legs)


def _leg(
    plan: Plan, shipment: str | None, delays: Sequence[Logged], first_promises: Mapping[str, date], reopened: Mapping[Closed, WorkCalendar]
) -> LegLateness:
    way, lines = way_of(plan, shipment, delays), plan.lines_of(shipment)
    latest = max(lines, key=lambda line: ((line.delivered or way.day) - first_promises[line.line], line.delivered or way.day))
    promised = first_promises[latest.line]
    if latest.delivered not in (None, way.day):
        plan = _delivered_on(plan, latest)
        way = way_of(plan, shipment, delays)
    if closing := closing_of(delays).get(shipment):
        before = {code: [reopened[one] for one in open_before(own)] for code, own in closing.items()}
        plan, delays = _opened(plan, way, delays, closing, before)
        way = way_of(plan, shipment, delays)
    # The leg is planned for the earliest promise of its lines: one that was promised later is not late before that.
    later = promised - min(first_promises[line.line] for line in lines)
    lates = [
        _lates(
            stage,
            [one for one in delays if one.milestone == stage.node.milestone],
            plan.calendars[stage.node.calendar],
            max(stage.ready, stage.node.planned + later) if later and stage.node.milestone == plan.delivery_point else stage.ready,
        )
        for stage in way.stages
    ]
    total = max(0, (way.day - promised).days)
    moved = _moved(way, lates, total)
    steps = [_step(late, moved.get((at, index), 0)) for at, own in enumerate(lates) for index, late in enumerate(own)]
    if rest := total - sum(step.days for step in steps):
        steps.insert(0, _of_plan(way, rest))
    return LegLateness(shipment=shipment, promised=promised, delivered=way.day, days=total, steps=tuple(steps))


def way_of(plan: Plan, shipment: str | None, delays: Sequence[Logged]) -> Drive:
    """What drove the leg. A milestone that was passed without a day of its own happened when its delays announced it, unless the delivery
    would be expected on another day then."""
    announced = {one.milestone: one.new_date for one in sorted(delays, key=lambda one: one.new_date)}
    way, done = drive(plan, shipment, announced), behind(plan.network, plan.nodes)[shipment]
    undated = {node.milestone for node in plan.legs()[shipment] if node.actual is None and done >> node.position & 1}
    over = tuple(OpenDelay(one.delay_id, shipment, one.milestone, one.new_date) for one in delays if one.milestone in undated)
    then = drive(replace(plan, delays=(*plan.delays, *over)), shipment, announced) if over else way
    return then if then.day == way.day else way


def _delivered_on(plan: Plan, line: Line) -> Plan:
    """The plan as if all of the line's leg had been delivered with it."""
    return plan.dated({(line.shipment, plan.delivery_point): line.delivered})


def _opened(
    plan: Plan,
    way: Drive,
    delays: Sequence[Logged],
    closing: Mapping[str, Sequence[Logged]],
    before: Mapping[str, Sequence[WorkCalendar]],
) -> tuple[Plan, Sequence[Logged]]:
    """The leg with its days as they are, in calendars in which nothing was closed, and its delays with all that the closed days cost.

    The delay of closed days holds the first milestone that they move; the others that they hold up are late by it, too. Of several that
    close days of one calendar each costs what its days add to those that were closed `before` it.
    """
    counted = [stage for stage in way.stages if stage.node.calendar in closing]
    held = tuple(
        OpenDelay(closing[stage.node.calendar][0].delay_id, *stage.node.key, stage.day) for stage in counted if stage.node.actual is None
    )
    worked = {code: calendars[0] for code, calendars in before.items()}
    opened = replace(plan, calendars={**plan.calendars, **worked}, delays=(*plan.delays, *held))
    cost: dict[tuple[UUID, str], Logged] = {}
    for code, own in closing.items():
        shut = [replace(opened, calendars={**opened.calendars, code: days}) for days in (*before[code], plan.calendars[code])]
        ready = [[stage.ready for stage in drive(one, way.stages[0].node.shipment).stages] for one in shut]
        for by, then, now in zip(own, ready, ready[1:], strict=False):
            for node in (stage.node for stage in counted if stage.node.calendar == code):
                day, key = now[node.position], (by.delay_id, node.milestone)
                if day > then[node.position]:
                    announced = (one.new_date for one in delays if (one.delay_id, one.milestone) == key)
                    cost[key] = replace(by, milestone=node.milestone, new_date=max((day, *announced)))
    return opened, (*(one for one in delays if (one.delay_id, one.milestone) not in cost), *cost.values())


def _lates(stage: Stage, delays: Sequence[Logged], calendar: WorkCalendar, since: date) -> list[_Late]:
    """The days from `since` that a milestone was late by itself: first what its delays announced, the nearest first, then what nobody did.

    A delay to a day that is not worked announces the next one that is.
    """
    found = []
    for logged in sorted(delays, key=lambda one: (one.new_date, one.delay_id)):
        announced = date.fromordinal(calendar.next_open(logged.new_date.toordinal()))
        until = max(since, min(stage.day, announced))
        found.append(_Late(stage, logged, since, until))
        since = until
    if stage.day > since:
        found.append(_Late(stage, None, since, stage.day))
    return found


def _moved(way: Drive, lates: Sequence[Sequence[_Late]], total: int) -> dict[tuple[int, int], int]:
    """The days that each moved the delivery point by, by its place in `lates`: after what was late before it on the path. What it takes to
    be late at all is used up by what was late first, so what was late last counts first.
    """
    late: dict[int, date] = {}
    pushes: list[tuple[tuple[int, int], int]] = []
    reached = way.delivered(late)
    for at in way.path:
        for index, one in enumerate(lates[at]):
            late[at] = one.until
            after = way.delivered(late)
            pushes.append(((at, index), (after - reached).days))
            reached = after
    found = {}
    for key, days in reversed(pushes):
        found[key] = min(total, max(0, days))
        total -= found[key]
    return found


def _step(late: _Late, days: int) -> LateStep:
    return LateStep(
        kind="delay" if late.logged else "unlogged",
        milestone=late.stage.node.milestone,
        department=late.stage.node.department,
        delay_id=late.logged.delay_id if late.logged else None,
        late_days=late.days,
        days=days,
        causes=shares(late.logged.causes, late.days, days) if late.logged else (),
    )


def _of_plan(way: Drive, days: int) -> LateStep:
    """Days that nobody was late by, at the first of the path that would have come after its plan had all been in time."""
    dates = way.dates({})
    node = next((way.stages[at].node for at in way.path if dates[at] > way.stages[at].node.planned), way.stages[way.path[0]].node)
    return LateStep(kind="plan", milestone=node.milestone, department=node.department, delay_id=None, late_days=0, days=days, causes=())


def shares(causes: Sequence[Cause], late_days: int, days: int) -> tuple[CauseDays, ...]:
    """The `days` by which a delay of `late_days` moved the delivery, split over its causes in proportion to their days of the delay.

    Of these, days that no cause accounts for go evenly to the causes without, or to UNKNOWN where there are none. Causes that account for
    more days than the delay has now weigh as they were given.
    """
    without = sum(cause.days is None for cause in causes)
    # A delay that has no day of its own any more weighs as one of one day.
    rest = max(0, max(1, late_days) - sum(cause.days or 0 for cause in causes))
    weights = [(cause.days or 0) * max(1, without) + rest * (cause.days is None) for cause in causes]
    *split, unknown = _in_proportion([*weights, 0 if without else rest], days)
    found = [CauseDays(code=cause.code, party=cause.party, days=own) for cause, own in zip(causes, split, strict=True)]
    return tuple(found + ([CauseDays(code=UNKNOWN, party="unknown", days=unknown)] if unknown else []))


def _in_proportion(weights: Sequence[int], days: int) -> list[int]:
    """Whole days by weight that sum to `days`: what is left of a day goes to the largest remainders, of equal ones to the earlier."""
    whole = sum(weights)
    split = [days * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: -(days * weights[at] % whole))
    for at in by_remainder[: days - sum(split)]:
        split[at] += 1
    return split
