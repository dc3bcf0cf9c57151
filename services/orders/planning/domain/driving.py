"""What drove the delivery point of a leg to its day: the milestones on the way, and what each day of theirs moved it by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from services.orders.planning.domain.forecasting import forecast_leg, schedule_of_leg
from services.orders.planning.domain.schedule import NEVER, Forecast, Schedule, begun, lag_over, pulled, soonest
from services.orders.planning.model import Node, Plan
from services.orders.templates.domain import Link

NOTHING_ANNOUNCED: Mapping[str, date] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stage:
    """A milestone of a leg. `ready` is the day on which its plan and what it waits for let it happen, `day` when it did or is expected;
    from the one to the other it was late, or early, by itself.
    """

    node: Node
    ready: date
    day: date


@dataclass(frozen=True, slots=True)
class Drive:
    """A leg with the `path` that drove its delivery point, which is the last on it: indexes of `stages`."""

    stages: tuple[Stage, ...]
    path: tuple[int, ...]
    _schedule: Schedule
    _links: tuple[tuple[Link, ...], ...]
    _planned: tuple[int, ...]
    _expected: Forecast

    @property
    def day(self) -> date:
        """When the delivery point was reached or is expected."""
        return self.stages[self.path[-1]].day

    def delivered(self, late: Mapping[int, date]) -> date:
        """When the delivery point would have been reached, had only these steps been `late`, each until its day."""
        return self.dates(late)[self.path[-1]]

    def dates(self, late: Mapping[int, date]) -> tuple[date, ...]:
        """When each step would have happened, had only these been `late`, each until its day.

        The others are in time after what they wait for. What was made up beside the path stays made up: nothing there is later than it
        really was. What was made up on it is taken from what was late first.
        """
        schedule, expected = self._schedule, self._expected
        days, starts = [NEVER] * len(self.stages), [NEVER] * len(self.stages)
        for at, stage in enumerate(self.stages):
            links, link = self._links[at], schedule.network.together[at]
            if at in late:
                days[at] = late[at].toordinal()
                starts[at] = self._start(at, days[at])
            else:
                start, day, _ = soonest(schedule, at, days, starts, schedule.durations[at], links)
                day, _ = _not_before_plan(schedule, stage.node, day)
                if at not in self.path:
                    start, day = min(start, expected.starts[at]), min(day, expected.days[at])
                days[at], starts[at] = day, start if schedule.network.into[at] else begun(schedule, at, day)
            if link is not None and link.before not in late:
                before = link.before
                pulled_to = pulled(schedule, link, days[at], self._planned)
                if before not in self.path:
                    pulled_to = min(pulled_to, expected.days[before])
                if pulled_to > days[before]:
                    days[before] = pulled_to
                    if not schedule.network.into[before]:
                        starts[before] = begun(schedule, before, pulled_to)
        return tuple(map(date.fromordinal, days))

    def _start(self, at: int, day: int) -> int:
        """When the work of a step begins that happens on `day`."""
        start = self._expected.starts[at]
        if day == self._expected.days[at]:
            return start
        latest = begun(self._schedule, at, day)
        return min(start, latest) if self._schedule.network.into[at] else latest


@dataclass(frozen=True, slots=True)
class _Choice:
    """What drives each step of a leg: `links` are those that it can have waited for, `found` the day it was ready and its driver, for the
    steps so far; a step comes after all that it waits for.
    """

    leg: Sequence[Node]
    schedule: Schedule
    expected: Forecast
    announced: Mapping[str, date]
    links: tuple[tuple[Link, ...], ...]
    found: list[tuple[int, int]]

    def ready(self, node: Node, days: Sequence[int], starts: Sequence[int]) -> tuple[int, int]:
        """The day a step is let happen by its plan and by what it waits for, and which of these drives it there; -1 for its plan.

        Of several that let it happen on one day, the one on whose way the fewest days are late that nobody announced, then the fewest late.
        """
        at, driver, day, least = node.position, -1, NEVER, (NEVER, NEVER)
        for link in self.links[at]:
            _, allowed, _ = soonest(self.schedule, at, days, starts, self.schedule.durations[at], (link,))
            late = self._late(link.before)
            if (-allowed, late, link.before) < (-day, least, driver):
                day, driver, least = allowed, link.before, late
        day, waits_for_plan = _not_before_plan(self.schedule, node, day)
        return day, -1 if waits_for_plan else driver

    def _late(self, at: int) -> tuple[int, int]:
        """The days late on the way to a step and at it: those that nobody announced, and all."""
        unlogged = late = 0
        while at >= 0:
            day, (ready, driver) = self.expected.days[at], self.found[at]
            said = self.announced.get(self.leg[at].milestone)
            until = self.schedule.calendars[at].next_open(said.toordinal()) if said else NEVER
            late, unlogged, at = late + max(0, day - ready), unlogged + max(0, day - max(ready, until)), driver
        return unlogged, late


def drive(plan: Plan, shipment: str | None, announced: Mapping[str, date] = NOTHING_ANNOUNCED) -> Drive:
    """The way on which a leg came to its delivery day, from the last milestone that nothing but its plan drove; `announced` are the last
    days that delays said of milestones.

    What happened together with a step that is late for a reason of its own was late with it: once it has happened, where that step has
    a delay of its own, and it has not. What is late itself is so from the day that step let it happen on.
    """
    leg = plan.legs()[shipment]
    schedule, expected = schedule_of_leg(plan, leg), forecast_leg(plan, shipment, leg)
    planned = tuple(node.planned.toordinal() for node in leg)
    choice = _Choice(leg, schedule, expected, announced, tuple(_waited_for(schedule, expected, node) for node in leg), [])
    found = choice.found
    for node in leg:
        found.append(choice.ready(node, expected.days, expected.starts))
        if (link := plan.network.together[node.position]) is None:
            continue
        earlier, (ready, driver) = leg[link.before], found[link.before]
        # The later one as if the earlier one had been in time.
        days, starts = [*expected.days], [*expected.starts]
        days[link.before] = ready
        if not plan.network.into[link.before]:
            starts[link.before] = begun(schedule, link.before, ready)
        let, behind = choice.ready(node, days, starts)
        said = node.milestone in announced and earlier.milestone not in announced
        alone = (said and plan.passed(earlier.key) is not None) or expected.drivers[link.before] == link.after
        day = pulled(schedule, link, expected.days[link.after] if alone else let, planned)
        if day <= ready:
            continue
        if alone:
            # The later one is late from then: on the way behind the driver of the earlier one.
            found[link.before], found[link.after] = (day, link.after), (let, behind)
            if behind == link.before:
                found[link.after] = (let, driver)
        elif behind != link.before:
            # The earlier one waits for the later one, and is late by itself only from there.
            found[link.before] = (day, behind)
    path = [plan.network.index[plan.delivery_point]]
    while (driver := found[path[-1]][1]) >= 0:
        path.append(driver)
    path.reverse()
    stages = tuple(
        Stage(node, date.fromordinal(ready), date.fromordinal(day)) for node, (ready, _), day in zip(leg, found, expected.days, strict=True)
    )
    return Drive(stages, tuple(path), schedule, choice.links, planned, expected)


def _waited_for(schedule: Schedule, expected: Forecast, node: Node) -> tuple[Link, ...]:
    """What a step can have waited for. Once it has happened, a lag that it did not wait out was none; unless that is so of all: what was
    made up after each of them is taken from what came before.

    It waited a lag out that was over when its work began, its own days before; where that leaves it late by itself, also one that was
    over by the day it happened: its work may have been quicker.
    """
    links = schedule.network.into[node.position]
    if node.actual is None:
        return links
    happened = node.actual.toordinal()
    began = _with_lags_over(schedule, expected, node, happened, begun(schedule, node.position, happened))
    if began and soonest(schedule, node.position, expected.days, expected.starts, schedule.durations[node.position], began)[1] >= happened:
        return began
    return _with_lags_over(schedule, expected, node, happened, happened) or links


def _with_lags_over(schedule: Schedule, expected: Forecast, node: Node, happened: int, began: int) -> tuple[Link, ...]:
    """The links of a step, without the lags that were not over when its work `began`, or where nothing but its finish waits for them when
    it `happened`; none where that is so of all."""

    def over(link: Link) -> int:
        return lag_over(schedule, link, expected.days, expected.starts)

    links = schedule.network.into[node.position]
    waited = {link for link in links if over(link) <= (happened if link.waits == "finish_to_finish" else began)}
    shown = (link if link in waited else link._replace(lag=0) for link in links)
    return tuple(link for link in shown if over(link) <= happened) if waited else ()


def _not_before_plan(schedule: Schedule, node: Node, day: int) -> tuple[int, bool]:
    """`day`, or the planned one where that is no earlier, and whether it is: nothing is late before its plan, also what may come early."""
    planned = node.planned.toordinal()
    return (day, False) if day > planned else (schedule.calendars[node.position].next_open(planned), True)
