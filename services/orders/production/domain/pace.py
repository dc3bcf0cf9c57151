"""When production can be expected to end, and what holds it up. Pure.

A step of a line is expected to end at the rate it had so far, in its line's unit a working day:

    rate   = (done at the last report - done at the end of the first day reported) / working days between the two
    finish = the last report's day + the working days, rounded up, in which the rate makes what is left; not before today

What is not reported for REPORT_DAYS is not known to go on: from then on what is left is counted from today. A later step of a line has
made no more than the ones before it: it proves them to be as far (`proved`).
Working days are those of the milestone's calendar. No estimate is made from reports of one working day alone, where nothing was made
since the first, or where the rate would take longer than MOST_DAYS. A milestone is expected when the last of its steps ends, in all open
lines of the leg, once each of them has a report of a `last` step and each step that is not complete has an estimate.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from math import ceil

from services.orders.planning.domain import latest
from services.orders.planning.model import Key, Plan
from services.orders.production.model import WHOLE, Point, Track
from services.orders.risks.model import Rule, Sign, View
from shared.calendars import WorkCalendar
from shared.contracts.production import ExpectedFinish

MOST_DAYS = 250
"""Working days, about a year."""
REPORT_DAYS = 5
"""Working days after which a step that goes on is reported again."""


def proved(tracks: Collection[Track]) -> list[Track]:
    """The tracks with what later steps of their lines prove: what is sewn was cut. Who reports production as a whole proves no step."""

    def far(track: Track) -> Track:
        later = [
            one.last
            for one in tracks
            if one.line == track.line
            and one.stage.position > track.stage.position
            and WHOLE not in (one.stage.code, track.stage.code)
            and one.last is not None
        ]
        most = max(later, key=lambda point: point.done, default=None)
        if track.last is None or most is None or most.done <= track.last.done:
            return track
        return replace(track, last=Point(max(most.day, track.last.day), most.done))

    return [far(track) for track in tracks]


def rate(track: Track, calendar: WorkCalendar) -> Fraction | None:
    """What a step makes in a working day; None where its reports do not say yet."""
    if track.first is None or track.last is None:
        return None
    days = calendar.between(track.first.day.toordinal(), track.last.day.toordinal())
    return Fraction(track.last.done - track.first.done) / days if days > 0 else None


def needed_rate(track: Track, calendar: WorkCalendar, needed: date, today: date) -> Fraction | None:
    """What a step has to make in each working day that is left until it is needed; None where none is."""
    since = max(today, track.last.day) if track.last else today
    days = calendar.between(since.toordinal(), needed.toordinal())
    return Fraction(track.left) / days if days > 0 else None


def finish(track: Track, calendar: WorkCalendar, today: date) -> date | None:
    """When a step ends: the day of its last report where it is complete, else the estimate."""
    if track.last is None or track.complete:
        return track.last.day if track.last else None
    speed = rate(track, calendar)
    days = ceil(Fraction(track.left) / speed) if speed else MOST_DAYS + 1
    if days > MOST_DAYS:
        return None
    since = track.last.day if today <= _report_due(track.last.day, calendar) else today - timedelta(days=1)
    return date.fromordinal(max(calendar.add(since.toordinal(), days), calendar.next_open(today.toordinal())))


def _report_due(day: date, calendar: WorkCalendar) -> date:
    """By when a step that was reported on a day, and goes on, is reported again."""
    return date.fromordinal(calendar.add(day.toordinal(), REPORT_DAYS))


@dataclass(frozen=True)
class Finish:
    """What the tracks of a leg say of a milestone on a day. `needed` is the last day that keeps the promise."""

    key: Key
    calendar: WorkCalendar
    needed: date
    today: date
    open_lines: frozenset[str]
    tracks: tuple[Track, ...]

    @cached_property
    def ends(self) -> Mapping[Track, date | None]:
        """When each track ends; None where that cannot be said."""
        return {track: finish(track, self.calendar, self.today) for track in self.tracks}

    @cached_property
    def ended(self) -> date | None:
        """When it happened: the last steps have made the whole quantity of every open line."""
        last_steps = [track for track in self.tracks if track.stage.last]
        done = self._covered and all(track.complete for track in last_steps)
        return max(track.last.day for track in last_steps if track.last) if done else None

    @property
    def day(self) -> date | None:
        """When it happened or can be expected; None where that cannot be said of all that it takes."""
        days = [day for day in self.ends.values() if day is not None]
        return self.ended or (max(days) if self._covered and len(days) == len(self.ends) else None)

    @property
    def said(self) -> date | None:
        """The day that can be expected of a milestone that has not happened: what is made already is as of today."""
        return max(self.day, self.today) if self.day is not None else None

    def lasts_to(self, day: date) -> bool:
        """Whether one of the steps is known to end on that day or later, also where not all that it takes is known."""
        return any(end is not None and end >= day for end in self.ends.values())

    @property
    def _covered(self) -> bool:
        lines = {track.line for track in self.tracks if track.stage.last}
        return bool(lines) and self.open_lines <= lines

    @cached_property
    def bottleneck(self) -> Track | None:
        """The step that is not complete and ends last, or has come to a stop; of several the first in the process."""
        known = [track for track in self.tracks if not track.complete and rate(track, self.calendar) is not None]
        last = max(known, key=lambda track: (self.ends[track] or date.max, -track.stage.position), default=None)
        return None if self.ended else last

    @property
    def days_left(self) -> int | None:
        """Calendar days from the end of the bottleneck to the day it is needed; one that has come to a stop is a day late at least."""
        if self.bottleneck is None:
            return None
        day = self.ends[self.bottleneck]
        return (self.needed - day).days if day else min(-1, (self.needed - self.today).days)

    def told(self) -> ExpectedFinish:
        line, stage = (self.bottleneck.line, self.bottleneck.stage.code) if self.bottleneck else (None, None)
        shipment, milestone = self.key
        return ExpectedFinish(shipment=shipment, milestone=milestone, finish=self.day, bottleneck_line=line, bottleneck_stage=stage)


def finishes(plan: Plan, tracks: Collection[Track], today: date) -> list[Finish]:
    """What the steps of lines still to be delivered say of each milestone of each leg; a plan may be without it."""
    waiting, found = _waiting(plan), _by_milestone(plan, tracks)
    needed = latest(plan) if found else {}
    return [
        Finish(
            node.key,
            plan.calendars[node.calendar],
            needed[node.key],
            today,
            frozenset(line.line for line in plan.lines_of(node.shipment) if line.line in waiting),
            tuple(sorted(found[node.key], key=lambda track: (track.line, track.stage.position))),
        )
        for node in sorted((plan.at(key) for key in found), key=lambda node: (node.shipment or "", node.position))
    ]


def _waiting(plan: Plan) -> set[str]:
    """The lines still to be delivered."""
    return {line.line for line in plan.lines if line.delivered is None}


def _by_milestone(plan: Plan, tracks: Collection[Track]) -> dict[Key, list[Track]]:
    """The steps of those lines, each as far as it is proved, by the milestone that they end."""
    waiting, found = _waiting(plan), dict[Key, list[Track]]()
    for track in proved(tracks):
        key = (track.shipment, track.stage.milestone)
        if track.line in waiting and plan.node(key) is not None:
            found.setdefault(key, []).append(track)
    return found


def behind(tracks: Collection[Track]) -> Rule:
    """At its rate so far a step of production ends after the day on which its milestone keeps the promise."""

    def rule(view: View) -> Iterator[Sign]:
        for one in finishes(view.plan, tracks, view.today):
            if one.days_left is not None and one.bottleneck is not None:
                yield from view.sign(one.key, "quantity_behind", one.days_left, one.bottleneck.stage.code)

    return rule


def silent(tracks: Collection[Track]) -> Rule:
    """A line whose production goes on is not reported any more: nobody knows how far it is. Told of the line that is silent the longest."""

    def rule(view: View) -> Iterator[Sign]:
        for key, own in _by_milestone(view.plan, tracks).items():
            calendar = view.plan.calendars[view.plan.at(key).calendar]
            going_on = [track for track in own if not track.complete]
            heard = {track.line: max(one.last.day for one in own if one.line == track.line and one.last) for track in going_on}
            last = min(going_on, key=lambda track: (heard[track.line], track.line, -track.stage.position), default=None)
            if last is not None:
                yield from view.sign(key, "reports_ceased", (_report_due(heard[last.line], calendar) - view.today).days, last.stage.code)

    return rule
