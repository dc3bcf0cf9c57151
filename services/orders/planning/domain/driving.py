"""What drove the delivery point of a leg to its day: the milestones on the way, and what each day of theirs moved it by."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from services.orders.planning.domain.schedule import NEVER, Forecast, Schedule, soonest
from services.orders.planning.domain.settling import forecast_leg, schedule_of_leg
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
    """A leg with the `path` that drove its delivery point, which is the last on it: indexes of `stages`."""

    stages: tuple[Stage, ...]
    path: tuple[int, ...]
    _schedule: Schedule
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
        start = self._start(self.path[first], day)
        for before, at in pairwise(self.path[first:end]):
            days, starts = [NEVER] * len(self.stages), [NEVER] * len(self.stages)
            days[before], starts[before] = day, start
            links = [link for link in self._schedule.network.into[at] if link.before == before]
            start, day, _ = soonest(self._schedule, at, days, starts, self._schedule.durations[at], links)
            day, _ = _not_before_plan(self._schedule, self.stages[at].node, day)
        return day

    def _start(self, at: int, day: int) -> int:
        """When the work of a step begins that happens on `day`."""
        start = self._expected.starts[at]
        if day == self._expected.days[at]:
            return start
        begun = self._schedule.calendars[at].add(day, -self._schedule.durations[at])
        return min(start, begun) if self._schedule.network.into[at] else begun


def drive(plan: Plan, shipment: str | None) -> Drive:
    """The way on which a leg came to its delivery day, from the last milestone that nothing but its plan drove."""
    leg = plan.legs()[shipment]
    schedule, expected = schedule_of_leg(plan, leg), forecast_leg(plan, shipment, leg)
    found = [_ready(schedule, expected, node) for node in leg]
    path = [plan.network.index[plan.delivery_point]]
    while (driver := found[path[-1]][1]) >= 0:
        path.append(driver)
    days = map(date.fromordinal, expected.days)
    stages = tuple(Stage(node, date.fromordinal(ready), day) for node, (ready, _), day in zip(leg, found, days, strict=True))
    return Drive(stages, tuple(reversed(path)), schedule, expected)


def _ready(schedule: Schedule, expected: Forecast, node: Node) -> tuple[int, int]:
    """The day a step is let happen by its plan and by what it waits for, and which of these drives it there; -1 for its plan."""
    at, driver, day = node.position, -1, NEVER
    if schedule.network.into[at]:
        _, day, driver = soonest(schedule, at, expected.days, expected.starts, schedule.durations[at])
    day, planned = _not_before_plan(schedule, node, day)
    return day, -1 if planned else driver


def _not_before_plan(schedule: Schedule, node: Node, day: int) -> tuple[int, bool]:
    """`day`, or the planned one where the step waits for that; and whether it does."""
    at = node.position
    early = schedule.network.steps[at].early and bool(schedule.network.into[at])
    floor = NEVER if early else node.planned.toordinal()
    return (day, False) if day > floor else (schedule.calendars[at].next_open(floor), True)
