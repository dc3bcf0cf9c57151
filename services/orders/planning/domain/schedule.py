"""Dates of one leg: backward from a promise, forward from what has happened. Days are ordinals, steps are indexes of the network.

A step's work may begin at the end of its *start* day and takes its working days; its date is the day it *finishes*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from services.orders.templates.domain import Link, Network
from shared.calendars import WorkCalendar

NEVER = 0
"""Stands for a date that is not there yet. As a day it would be before all others."""
_FAR = 10**9


class Said(NamedTuple):
    """A word on a step: the day, and what may be allowed before it moves along. `made`: it says of the work alone when that is done,
    whatever else has to come first; `stands`: that the step has been done, whatever is to come first.
    """

    day: int
    bears: int
    made: bool = False
    stands: bool = False


NOTHING_SAID: Mapping[int, Said] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """A network with the calendar of each of its steps; made once for all legs that have the same, compared by identity."""

    network: Network
    calendars: tuple[WorkCalendar, ...]
    durations: tuple[int, ...]


@lru_cache(maxsize=1024)
def schedule_of(network: Network, calendars: tuple[WorkCalendar, ...]) -> Schedule:
    return Schedule(network, calendars, tuple(step.duration_days for step in network.steps))


@lru_cache(maxsize=8192)
def latest_days(schedule: Schedule, point: int, promise: int) -> tuple[int, ...]:
    """The latest day of each step that still lets `point` happen on the last worked day up to `promise`.

    Steps that do not lead to `point` come as soon as those before them allow.
    """
    leading = schedule.network.leading[point]
    finishes, starts = [NEVER] * len(schedule.calendars), [NEVER] * len(schedule.calendars)
    for at in reversed(range(len(finishes))):
        if leading >> at & 1:
            starts[at], finishes[at] = _latest(schedule, at, leading, finishes, starts, promise if at == point else _FAR)
    for at in range(len(finishes)):
        if not leading >> at & 1:
            starts[at], finishes[at], _ = soonest(schedule, at, finishes, starts, schedule.durations[at])
    return tuple(finishes)


def _latest(schedule: Schedule, at: int, leading: int, finishes: Sequence[int], starts: Sequence[int], finish: int) -> tuple[int, int]:
    """The latest start and finish that what comes after allows; `finish` is a limit of its own. The work goes on once it has begun."""
    calendar, duration = schedule.calendars[at], schedule.durations[at]
    start = _FAR
    for link in schedule.network.out_of[at]:
        if leading >> link.after & 1:
            days = finishes if link.waits == "finish_to_finish" else starts
            allowed = _unlagged(days[link.after], link, schedule.calendars[link.after])
            if link.waits == "start_to_start":
                start = min(start, allowed)
            else:
                finish = min(finish, allowed)
    finish = calendar.previous_open(finish)
    if start != _FAR:
        finish = min(finish, calendar.add(calendar.previous_open(start), duration))
    return min(start, calendar.latest(finish, duration)), finish


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the work of each step may begin, when what it waits for lets it happen (NEVER where it waits for nothing), when the step
    is expected, which step drives it there (-1 where its own plan, delay or date, or a word on it does, or what has happened and cannot
    have before it), and when it was due, before days that passed made it later.
    """

    starts: list[int]
    allowed: list[int]
    days: list[int]
    drivers: list[int]
    due: list[int]


def forecast(
    schedule: Schedule,
    planned: Sequence[int],
    actual: Sequence[int],
    held: Mapping[int, int],
    said: Mapping[int, Said] = NOTHING_SAID,
    *,
    eager: bool = False,
) -> Forecast:
    """Forward. `actual` has NEVER for what is still to come; `held` are the days before which open delays let a step not happen;
    `said` are the words on steps.

    An actual date stands. Else a step comes on a day its calendar works, no earlier than its delay, than what it waits for and,
    unless it may come early or `eager` says that all may, than planned. A word takes the place of the step's plan and of its
    duration, until it cannot be any more. What happens together with a step comes with it, see `pulled`. What must have happened,
    because something later has, is not expected after that.

    Every rule is a floor that rises with each input, so that whatever comes later makes nothing earlier. One does not: a word that was
    overtaken and can be again.
    """
    count = len(planned)
    days, starts, allowed, drivers = [NEVER] * count, [NEVER] * count, [NEVER] * count, [-1] * count
    happened = sum(1 << at for at in range(count) if actual[at])
    for at in range(count):
        calendar, step = schedule.calendars[at], schedule.network.steps[at]
        floor, day, driver = held.get(at, NEVER), NEVER, -1
        waits = bool(schedule.network.into[at])
        if waits:
            starts[at], allowed[at], driver = soonest(schedule, at, days, starts, schedule.durations[at])
        if at in said:
            day, driver = _said(schedule, at, days, starts, allowed[at], driver, said[at])
        else:
            day = allowed[at]
            floor = floor if waits and (step.early or eager) else max(planned[at], floor)
        opens = calendar.next_open(floor) if floor else NEVER
        if day > opens:
            drivers[at] = driver
        else:
            day = opens
        if not waits:
            starts[at] = begun(schedule, at, day)
        days[at], drivers[at] = (actual[at], -1) if actual[at] else _in_time(schedule, at, day, drivers[at], actual, happened)
        link = schedule.network.together[at]
        if link is not None and not actual[link.before]:
            before = link.before
            driver = drivers[before] if drivers[at] == before else at
            due, driver = _in_time(schedule, before, pulled(schedule, link, days[at], planned), driver, actual, happened)
            if due > days[before]:
                days[before], drivers[before] = due, driver
                if not schedule.network.into[before]:
                    starts[before] = begun(schedule, before, due)
                if not actual[at]:
                    starts[at], _, _ = soonest(schedule, at, days, starts, schedule.durations[at])
            if at in said and said[at].stands:
                days[before] = min(days[before], days[at])
        if actual[at] or days[at] < day:
            # What has happened began its own days before, at the latest.
            starts[at] = min(starts[at], begun(schedule, at, days[at]))
    return Forecast(starts, allowed, days, drivers, days)


def begun(schedule: Schedule, at: int, day: int) -> int:
    """The start of a step that is done on `day` and waits for nothing: its own days before."""
    return schedule.calendars[at].add(day, -schedule.durations[at])


def _in_time(schedule: Schedule, at: int, day: int, driver: int, actual: Sequence[int], happened: int) -> tuple[int, int]:
    """The day of a step and what drives it there; or that of what has happened and cannot have before it, which nothing drives."""
    passed = schedule.network.later[at] & happened
    last = min(actual[other] for other in range(len(actual)) if passed >> other & 1) if passed else day
    return (last, -1) if last < day else (day, driver)


def pulled(schedule: Schedule, link: Link, day: int, planned: Sequence[int]) -> int:
    """The day before which what happens together with a step, and before it, is not expected, when that step is on `day`: as many days
    before it as planned, and in time for it.

    But no later than the first day from which the step comes to `day` anyway: closed days between them hold nothing back.
    """
    calendar = schedule.calendars[link.before]
    as_planned = min(_in_time_for(schedule, link, day), day - (planned[link.after] - planned[link.before]))
    return min(calendar.previous_open(as_planned), calendar.add(_in_time_for(schedule, link, day - 1), 1))


def _in_time_for(schedule: Schedule, together: Link, day: int) -> int:
    """The latest day of what happens together with a step that does not bring the step after `day`."""
    calendar, earlier, found = schedule.calendars[together.after], schedule.calendars[together.before], _FAR
    for link in schedule.network.into[together.after]:
        if link.before == together.before:
            latest = calendar.latest(day, 0 if link.waits == "finish_to_finish" else schedule.durations[link.after])
            latest = _unlagged(latest, link, calendar)
            if link.waits != "start_to_start":
                found = min(found, latest)
            elif not schedule.network.into[link.before]:  # the start goes along with the day
                found = min(found, earlier.add(earlier.previous_open(latest), schedule.durations[link.before]))
    return found


def provisional(schedule: Schedule, expected: Forecast, done: int) -> list[bool]:
    """Which days were reckoned over days of which the official list is not published yet, or from a day that was; what is `done`, a bit
    mask, stands."""
    beyond = [
        calendar.provisional_from is not None and day >= calendar.provisional_from.toordinal()
        for calendar, day in zip(schedule.calendars, expected.days, strict=True)
    ]
    found: list[bool] = []
    for at, driver in enumerate(expected.drivers):
        own = beyond[at] or (driver > at and beyond[driver])
        found.append(not done >> at & 1 and (own or any(found[link.before] for link in schedule.network.into[at])))
    return found


def path_to(point: int, drivers: Sequence[int]) -> frozenset[int]:
    """`point` with what drives it, what drives that, and so on."""
    found = set()
    while point >= 0:
        found.add(point)
        point = drivers[point]
    return frozenset(found)


def _said(
    schedule: Schedule, at: int, days: Sequence[int], starts: Sequence[int], allowed: int, driver: int, word: Said
) -> tuple[int, int]:
    """The day of a step that there is a word on, and the step that drives it there.

    A word that what the step waits for has overtaken says nothing any more, also not of how long the work takes; unless that is `made` by
    then: it comes with what it waits for.
    """
    calendar = schedule.calendars[at]
    if word.stands:
        return word.day, -1
    if not allowed:
        return calendar.next_open(word.day), -1
    moved = calendar.next_open(word.day + max(0, allowed - word.bears))
    _, least, last = soonest(schedule, at, days, starts, 0)
    if least > moved:
        return (calendar.next_open(least), last) if word.made else (allowed, driver)
    return moved, driver if allowed > word.bears else -1


def soonest(
    schedule: Schedule, at: int, days: Sequence[int], starts: Sequence[int], duration: int, links: Sequence[Link] | None = None
) -> tuple[int, int, int]:
    """The earliest start and finish that what a step waits for allows, or only `links` of it, and the step that drives it there."""
    calendar = schedule.calendars[at]
    waited = schedule.network.into[at] if links is None else links
    start, finish, driver = NEVER, NEVER, -1
    for link in waited:
        if link.waits != "finish_to_finish":
            day = _lagged(starts[link.before] if link.waits == "start_to_start" else days[link.before], link, calendar)
            if day > start:
                start, driver = day, link.before
    if start:
        finish = calendar.add(start, duration)
    for link in waited:
        if link.waits == "finish_to_finish":
            day = calendar.next_open(_lagged(days[link.before], link, calendar))
            if day > finish:
                finish, driver = day, link.before
    return start or calendar.add(finish, -duration), finish, driver


def lag_over(schedule: Schedule, link: Link, days: Sequence[int], starts: Sequence[int]) -> int:
    """The day on which a step has waited out what a link says."""
    return _lagged(starts[link.before] if link.waits == "start_to_start" else days[link.before], link, schedule.calendars[link.after])


def _lagged(day: int, link: Link, calendar: WorkCalendar) -> int:
    if not link.lag:
        return day
    return day + link.lag if link.calendar_days else calendar.add(day, link.lag)


def _unlagged(day: int, link: Link, calendar: WorkCalendar) -> int:
    """The latest day that `_lagged` does not bring after `day`."""
    if not link.lag:
        return day
    return day - link.lag if link.calendar_days else calendar.latest(day, link.lag)


def lets_begin(schedule: Schedule, link: Link, start: int) -> int:
    """The latest day of what a step waits for that lets the step's work begin at the end of `start`."""
    return _unlagged(start, link, schedule.calendars[link.after])
