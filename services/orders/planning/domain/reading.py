"""A plan as people read it: every node with its dates, its slack, what drives it there, and the days that do not count on the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from services.orders.planning.domain.forecasting import forecast_leg, schedule_of_leg
from services.orders.planning.domain.schedule import NEVER, forecast, latest_days, lets_begin, path_to, provisional, schedule_of
from services.orders.planning.domain.settling import promise_of
from services.orders.planning.model import Node, Plan, behind
from services.orders.templates.domain import Network
from services.orders.templates.model import Milestone
from shared.calendars import Skipped, WorkCalendar
from shared.calendars.workdays import Why
from shared.contracts.text import LocalText


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row that do not count, for one reason."""

    first: date
    last: date
    why: Why
    name: LocalText
    provisional: bool


@dataclass(frozen=True, slots=True)
class NodeRead:
    """`latest` is the last day that still keeps the promise, `slack_days` the calendar days from the expected day to it.

    `float_days` is the same from the earliest day that is possible, did nothing wait for its plan; `critical` are those still
    to come on the path that then drives the delivery point. `began` is the day at whose end the work may begin; `skipped` are
    the days from there to its date on which nobody works at it. `provisional`: its date may still move with an official list that is not
    published yet.
    """

    node: Node
    step: Milestone
    began: date
    latest: date
    slack_days: int
    float_days: int
    critical: bool
    passed: bool
    driven_by: str | None
    held_to: date | None
    skipped: tuple[Stretch, ...]
    provisional: bool


@dataclass(frozen=True, slots=True)
class LegRead:
    shipment: str | None
    promise: date
    nodes: tuple[NodeRead, ...]


def read(plan: Plan) -> tuple[LegRead, ...]:
    """The legs of a plan, each node in the order of the network."""
    return tuple(_read_leg(plan, shipment, leg) for shipment, leg in plan.legs().items())


def _read_leg(plan: Plan, shipment: str | None, leg: Sequence[Node]) -> LegRead:
    schedule = schedule_of_leg(plan, leg)
    promise, point = promise_of(plan, shipment), plan.network.index[plan.delivery_point]
    held = plan.held(shipment)
    expected = forecast_leg(plan, shipment, leg)
    possible = forecast_leg(plan, shipment, leg, eager=True)
    critical = path_to(point, possible.drivers)
    last = latest_days(schedule, point, promise.toordinal())
    done = behind(plan.network, leg)[shipment]
    passed = [bool(done >> node.position & 1) for node in leg]
    unsure = provisional(schedule, expected, done)
    nodes = tuple(
        NodeRead(
            node=node,
            step=plan.network.steps[at],
            began=date.fromordinal(expected.starts[at]),
            latest=date.fromordinal(last[at]),
            slack_days=last[at] - expected.days[at],
            float_days=last[at] - possible.days[at],
            critical=at in critical and not passed[at],
            passed=passed[at],
            driven_by=leg[driver].milestone if (driver := expected.drivers[at]) >= 0 else None,
            held_to=held.get(at),
            skipped=stretches(plan.calendars[node.calendar].explain(date.fromordinal(expected.starts[at]), node.estimated)),
            provisional=unsure[at],
        )
        for at, node in enumerate(leg)
    )
    return LegRead(shipment, promise, nodes)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a leg can still do from a day on, were everything done as soon as it can be.

    `earliest` is the day on which the delivery point can be reached. `next` is the first milestone still to come on the path that then
    drives it; None once the goods are there. `spare_days` are the calendar days from then to the promise, `possible` the days of all that
    is still to come. `waiting` are milestones whose work waits for another that could be done now: with the latest day on which that lets
    the work begin in time, and what it waits for. `provisional`: the earliest day may still move with an official list that is not
    published yet.
    """

    shipment: str | None
    earliest: date
    provisional: bool
    next: Node | None
    possible: frozenset[date]
    spare_days: int
    waiting: tuple[tuple[Node, date, Node], ...]


def outlook(plan: Plan, today: date) -> tuple[Outlook, ...]:
    """For each leg of a plan; nothing still to come happens before today."""
    return tuple(_outlook(plan, shipment, leg, today.toordinal()) for shipment, leg in plan.legs().items())


def _outlook(plan: Plan, shipment: str | None, leg: Sequence[Node], today: int) -> Outlook:
    schedule, point = schedule_of_leg(plan, leg), plan.network.index[plan.delivery_point]
    possible = forecast_leg(plan, shipment, leg, eager=True, since=today)
    last = latest_days(schedule, point, promise_of(plan, shipment).toordinal())
    done = behind(plan.network, leg)[shipment]
    ahead = [not done >> node.position & 1 for node in leg]
    ready = [ahead[at] and not any(ahead[link.before] for link in plan.network.into[at]) for at in range(len(leg))]
    first = min((at for at in path_to(point, possible.drivers) if ahead[at]), default=point)
    waiting = [
        (
            node,
            date.fromordinal(lets_begin(schedule, link, schedule.calendars[at].add(last[at], -schedule.durations[at]))),
            leg[link.before],
        )
        for at, node in enumerate(leg)
        if ahead[at] and plan.network.leading[point] >> at & 1
        for link in plan.network.into[at]
        if link.waits == "finish_to_start" and ready[link.before]
    ]
    return Outlook(
        shipment=shipment,
        earliest=date.fromordinal(possible.days[point]),
        provisional=provisional(schedule, possible, done)[point],
        next=leg[first] if ahead[point] else None,
        possible=frozenset(date.fromordinal(day) for at, day in enumerate(possible.days) if ahead[at]),
        spare_days=last[point] - possible.days[point],
        waiting=tuple(waiting),
    )


def stretches(skipped: Iterable[Skipped]) -> tuple[Stretch, ...]:
    """Days that do not count, those in a row and for one reason together."""
    days = enumerate(skipped)
    alike = groupby(days, key=lambda one: (one[1].day.toordinal() - one[0], one[1].why, one[1].name, one[1].provisional))
    found = ([day for _, day in group] for _, group in alike)
    return tuple(Stretch(days[0].day, days[-1].day, days[0].why, days[0].name, days[0].provisional) for days in found)


@dataclass(frozen=True, slots=True)
class Tried:
    """One milestone of an order that is not entered yet. `latest` keeps the date that was asked for, or else the earliest there is."""

    step: Milestone
    calendar: str
    earliest: date
    latest: date
    critical: bool
    skipped: tuple[Stretch, ...]
    provisional: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """The earliest date that can be promised, and the days to spare to the last one that keeps what is asked for, as an order tells them:
    negative where it cannot be kept.
    """

    earliest_promise: date
    provisional: bool
    slack_days: int | None
    milestones: tuple[Tried, ...]


def attempt(
    network: Network, chosen: Sequence[str], days: Mapping[str, WorkCalendar], *, point: str, start: date, requested: date | None
) -> Trial:
    """Plan an order forward from the day on which its work may begin, and backward from the date asked for."""
    schedule = schedule_of(network, tuple(days[code] for code in chosen))
    at = network.index[point]
    count = len(network.steps)
    soonest = forecast(schedule, [start.toordinal()] * count, [NEVER] * count, {}, eager=True)
    earliest, critical, unsure = soonest.days, path_to(at, soonest.drivers), provisional(schedule, soonest, 0)
    latest = latest_days(schedule, at, earliest[at] if requested is None else requested.toordinal())
    milestones = tuple(
        Tried(
            step=step,
            calendar=code,
            earliest=date.fromordinal(earliest[index]),
            latest=date.fromordinal(latest[index]),
            critical=index in critical,
            skipped=stretches(days[code].explain(date.fromordinal(soonest.starts[index]), date.fromordinal(earliest[index]))),
            provisional=unsure[index],
        )
        for index, (step, code) in enumerate(zip(network.steps, chosen, strict=True))
    )
    slack = None if requested is None else latest[at] - earliest[at]
    return Trial(date.fromordinal(earliest[at]), unsure[at], slack, milestones)
