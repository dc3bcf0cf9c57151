"""When production can be expected to end, and what holds it up. Pure.

A step of a line is expected to end at the rate it had so far, in its line's unit a working day:

    rate   = (done at the last report - done at the end of the first day reported) / working days between the two
    finish = the last report's day + the working days, rounded up, in which the rate makes what is left; not before today

Working days are those of the milestone's calendar. No estimate is made from reports of one working day alone, where nothing was made
since the first, or where the rate would take longer than MOST_DAYS. A milestone is expected when the last of its steps ends, in all open
lines of the leg, once each of them has a report of a `last` step and each step that is not complete has an estimate.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import ceil

from services.orders.planning.domain import latest
from services.orders.planning.model import Key, Plan
from services.orders.production.model import Track
from services.orders.risks.model import Rule, Sign, View
from shared.calendars import WorkCalendar
from shared.contracts.production import ExpectedFinish

MOST_DAYS = 250
"""Working days, about a year."""


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
    return date.fromordinal(max(calendar.add(track.last.day.toordinal(), days), calendar.next_open(today.toordinal())))


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
    waiting = {line.line for line in plan.lines if line.delivered is None}
    found: dict[Key, list[Track]] = {}
    for track in tracks:
        if track.line in waiting:
            found.setdefault((track.shipment, track.stage.milestone), []).append(track)
    needed = latest(plan) if found else {}
    nodes = [node for key in found if (node := plan.node(key)) is not None]
    return [
        Finish(
            node.key,
            plan.calendars[node.calendar],
            needed[node.key],
            today,
            frozenset(line.line for line in plan.lines_of(node.shipment) if line.line in waiting),
            tuple(sorted(found[node.key], key=lambda track: (track.line, track.stage.position))),
        )
        for node in sorted(nodes, key=lambda node: (node.shipment or "", node.position))
    ]


def behind(tracks: Collection[Track]) -> Rule:
    """At its rate so far a step of production ends after the day on which its milestone keeps the promise."""

    def rule(view: View) -> Iterator[Sign]:
        for one in finishes(view.plan, tracks, view.today):
            if one.days_left is not None and one.bottleneck is not None:
                yield from view.sign(one.key, "quantity_behind", one.days_left, one.bottleneck.stage.code)

    return rule
