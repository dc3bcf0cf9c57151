"""The days of a calendar as a table: every question is one or two look-ups, whatever the distance."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, compress
from typing import Literal

from shared.contracts.text import LocalText

Why = Literal["week", "holiday", "closure"]

_WEEKDAYS = (
    ("Monday", "周一"),
    ("Tuesday", "周二"),
    ("Wednesday", "周三"),
    ("Thursday", "周四"),
    ("Friday", "周五"),
    ("Saturday", "周六"),
    ("Sunday", "周日"),
)
_WEEKDAY_NAMES = tuple(LocalText(en=en, zh_cn=zh) for en, zh in _WEEKDAYS)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that does not count, and why. `provisional`: the official list of its year is not published yet."""

    day: date
    why: Why
    name: LocalText
    provisional: bool


class WorkCalendar:
    """Which days are worked. Days are ordinals (`date.toordinal`); a day outside the table counts as worked, whatever it is.

    Calendars are compared by identity: one is made once and shared.
    """

    __slots__ = ("_count", "_days", "_first", "_last", "_open", "_reasons", "_total", "provisional_from")

    def __init__(
        self, first: int, open_days: bytes, reasons: Mapping[int, tuple[Why, LocalText]], provisional_from: date | None = None
    ) -> None:
        """`open_days` has one byte a day from the ordinal `first` on, 1 for a day worked.

        `reasons` say why a day is not worked where it is not the week that says so.
        """
        self._first, self._last = first, first + len(open_days)
        self._open = open_days
        self._count = array("l", accumulate(open_days, initial=0))
        self._days = array("l", compress(range(first, self._last), open_days))
        self._total = len(self._days)
        self._reasons = reasons
        self.provisional_from = provisional_from

    def before(self, day: int) -> int:
        """How many worked days of the table lie before `day`; it goes on counting on both sides of the table."""
        if day < self._first:
            return day - self._first
        if day >= self._last:
            return self._total + day - self._last
        return self._count[day - self._first]

    def nth(self, count: int) -> int:
        """The worked day that has `count` of them before it; the inverse of `before`."""
        if count < 0:
            return self._first + count
        if count >= self._total:
            return self._last + count - self._total
        return self._days[count]

    def is_open(self, day: int) -> bool:
        return not self._first <= day < self._last or bool(self._open[day - self._first])

    def next_open(self, day: int) -> int:
        """`day` itself where it is worked, else the first worked day after it."""
        return self.nth(self.before(day))

    def previous_open(self, day: int) -> int:
        """`day` itself where it is worked, else the last worked day before it."""
        return self.nth(self.before(day + 1) - 1)

    def add(self, day: int, count: int) -> int:
        """The `count`-th worked day after `day`, before it for a negative count; for 0 the next open day."""
        if count > 0:
            return self.nth(self.before(day + 1) + count - 1)
        return self.nth(self.before(day) + count)

    def latest(self, day: int, count: int) -> int:
        """The latest day from which `add(…, count)` is not after `day`; `count` is not negative."""
        reached = self.before(day + 1) - 1 - count
        return self.nth(reached + 1) - 1 if count else self.nth(reached)

    def between(self, first: int, last: int) -> int:
        """Worked days after `first`, up to and with `last`; negative where `last` lies before."""
        return self.before(last + 1) - self.before(first + 1)

    def explain(self, first: date, last: date) -> Iterator[Skipped]:
        """The days after `first`, up to and with `last`, that do not count, in order."""
        for ordinal in range(max(first.toordinal() + 1, self._first), min(last.toordinal() + 1, self._last)):
            if not self._open[ordinal - self._first]:
                day = date.fromordinal(ordinal)
                why, name = self._reasons.get(ordinal, ("week", _WEEKDAY_NAMES[day.weekday()]))
                yield Skipped(day, why, name, self.provisional_from is not None and day >= self.provisional_from)


NO_DAY_OFF = WorkCalendar(0, b"", {})
"""Every day counts."""
