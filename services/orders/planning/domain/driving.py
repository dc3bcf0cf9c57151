"""What drove the delivery point of a leg to its day: the milestones on the way, and what each day of theirs moved it by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.orders.planning.domain.forecasting import forecast_leg, schedule_of_leg
from services.orders.planning.domain.schedule import NEVER, Forecast, Schedule, begun, pulled, soonest
from services.orders.planning.model import Node, Plan


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
    """A leg with the `path` that drove its delivery point, which is the last on it: indexes of `stages`.

    `ways` are for each of the path the steps on the way to it from the one before: itself, and where it is late for a reason of its
    own, first the one that happens together with it: what is late with it and stands behind it on the path, or what it waits for, too.
    """

    stages: tuple[Stage, ...]
    path: tuple[int, ...]
    ways: tuple[tuple[int, ...], ...]
    _schedule: Schedule
    _planned: tuple[int, ...]
    _expected: Forecast

    @property
    def day(self) -> date:
        """When the delivery point was reached or is expected."""
        return self.stages[self.path[-1]].day

    def ready(self, at: int) -> date:
        """The day on which the `at`-th of the path could have happened, had what drives it there been as it was."""
        if at == 0:
            return self.stages[self.path[0]].ready
        return date.fromordinal(self._onward(at - 1, self._expected.days[self.path[at - 1]], at + 1))

    def delivered(self, at: int, day: date) -> date:
        """When the delivery point would have been reached, had the `at`-th of the path happened on `day` and nothing after it been
        late or early by itself."""
        return date.fromordinal(self._onward(at, day.toordinal(), len(self.path)))

    def _onward(self, first: int, day: int, end: int) -> int:
        before, start = self.path[first], self._start(self.path[first], day)
        for at in (step for way in self.ways[first + 1 : end] for step in way):
            start, day = self._next(before, start, day, at)
            day, _ = _not_before_plan(self._schedule, self.stages[at].node, day)
            before = at
        return day

    def _next(self, before: int, start: int, day: int, at: int) -> tuple[int, int]:
        """When a step begins and happens that is driven by one whose work begins and is done then."""
        link = self._schedule.network.together[before]
        if link is not None and link.before == at:
            day = pulled(self._schedule, link, day, self._planned)
            return (self._expected.starts[at] if self._schedule.network.into[at] else begun(self._schedule, at, day)), day
        days, starts = [NEVER] * len(self.stages), [NEVER] * len(self.stages)
        days[before], starts[before] = day, start
        links = [link for link in self._schedule.network.into[at] if link.before == before]
        start, day, _ = soonest(self._schedule, at, days, starts, self._schedule.durations[at], links)
        return start, day

    def _start(self, at: int, day: int) -> int:
        """When the work of a step begins that happens on `day`."""
        start = self._expected.starts[at]
        if day == self._expected.days[at]:
            return start
        latest = begun(self._schedule, at, day)
        return min(start, latest) if self._schedule.network.into[at] else latest


def drive(plan: Plan, shipment: str | None, late: Collection[str] = ()) -> Drive:
    """The way on which a leg came to its delivery day, from the last milestone that nothing but its plan drove.

    What happened together with a step that is late for a reason of its own was late with it: once it has happened, where that step is
    among the `late`, those with a delay of their own, and it is not. What is late itself is so from the day that step let it happen on.
    """
    leg = plan.legs()[shipment]
    schedule, expected = schedule_of_leg(plan, leg), forecast_leg(plan, shipment, leg)
    planned = tuple(node.planned.toordinal() for node in leg)
    found = [_ready(schedule, expected.days, expected.starts, node) for node in leg]
    ways: list[tuple[int, ...]] = [(at,) for at in range(len(leg))]
    for link in filter(None, plan.network.together):
        before, after, (ready, driver) = leg[link.before], leg[link.after], found[link.before]
        # The later one as if the earlier one had been in time.
        days, starts = [*expected.days], [*expected.starts]
        days[link.before] = ready
        if not plan.network.into[link.before]:
            starts[link.before] = begun(schedule, link.before, ready)
        let, behind = _ready(schedule, days, starts, after)
        alone = after.milestone in late and before.milestone not in late if before.actual else expected.drivers[link.before] == link.after
        day = pulled(schedule, link, expected.days[link.after] if alone else let, planned)
        if day <= ready:
            continue
        if alone:
            # The later one is late from then: on the way behind the driver of the earlier one.
            found[link.before], found[link.after] = (day, link.after), (let, behind)
            if behind == link.before:
                found[link.after], ways[link.after] = (let, driver), (link.before, link.after)
        elif behind != link.before:
            # The earlier one waits for the later one, and is late by itself only from there.
            found[link.before], ways[link.before] = (day, behind), (link.after, link.before)
    path = [plan.network.index[plan.delivery_point]]
    while (driver := found[path[-1]][1]) >= 0:
        path.append(driver)
    path.reverse()
    stages = tuple(
        Stage(node, date.fromordinal(ready), date.fromordinal(day)) for node, (ready, _), day in zip(leg, found, expected.days, strict=True)
    )
    return Drive(stages, tuple(path), tuple(ways[at] for at in path), schedule, planned, expected)


def _ready(schedule: Schedule, days: Sequence[int], starts: Sequence[int], node: Node) -> tuple[int, int]:
    """The day a step is let happen by its plan and by what it waits for, and which of these drives it there; -1 for its plan."""
    at, driver, day = node.position, -1, NEVER
    if schedule.network.into[at]:
        _, day, driver = soonest(schedule, at, days, starts, schedule.durations[at])
    day, planned = _not_before_plan(schedule, node, day)
    return day, -1 if planned else driver


def _not_before_plan(schedule: Schedule, node: Node, day: int) -> tuple[int, bool]:
    """`day`, or the planned one where the step waits for that; and whether it does."""
    at = node.position
    early = schedule.network.steps[at].early and bool(schedule.network.into[at])
    floor = NEVER if early else node.planned.toordinal()
    return (day, False) if day > floor else (schedule.calendars[at].next_open(floor), True)
