"""From what people say of a calendar to the table of its days."""

from datetime import date

from shared.calendars.public import FIRST_YEAR, LAST_YEAR, NO_COUNTRY, PublicDays
from shared.calendars.workdays import NO_DAY_OFF, Why, WorkCalendar
from shared.contracts.calendars import CalendarFacts, WeekPattern
from shared.contracts.text import LocalText

_FIRST = date(FIRST_YEAR, 1, 1).toordinal()
_LAST = date(LAST_YEAR, 12, 31).toordinal()


def work_calendar(facts: CalendarFacts, public: PublicDays = NO_COUNTRY) -> WorkCalendar:
    """The calendar's days; `public` are those of its country."""
    if facts.week == "every_day" and not (facts.country or facts.closures):
        return NO_DAY_OFF
    days = _weeks(facts.week, facts.anchor, public)
    reasons: dict[int, tuple[Why, LocalText]] = {}

    def free(first: date, last: date, why: Why, name: LocalText) -> None:
        for day in range(max(first.toordinal(), _FIRST), min(last.toordinal(), _LAST) + 1):
            days[day - _FIRST], reasons[day] = 0, (why, name)

    def work(day: date) -> None:
        if _FIRST <= day.toordinal() <= _LAST:
            days[day.toordinal() - _FIRST] = 1

    for day, name in public.holidays.items():
        free(day, day, "holiday", name)
    for day in public.worked:
        work(day)
    for closure in facts.closures:
        free(closure.first, closure.last, "closure", closure.name)
    for worked in facts.worked:
        work(worked.day)
    return WorkCalendar(_FIRST, bytes(days), reasons, public.provisional_from)


def _weeks(week: WeekPattern, anchor: date | None, public: PublicDays) -> bytearray:
    """Every day of the table by its week alone. Ordinal 1 is a Monday."""
    long = bytearray(b"\x01" * 7)
    if week != "every_day":
        long[public.rest_day] = 0
    short = bytearray(long)
    if week in ("five_days", "alternating"):
        short[public.half_day] = 0
    pair = long + short if week == "alternating" else long + long if week in ("six_days", "every_day") else short + short
    # The first week of the pair is the one of `anchor`, or any: both are alike then.
    monday = anchor.toordinal() - anchor.weekday() if anchor else 1
    offset = (_FIRST - monday) % 14
    count = _LAST - _FIRST + 1
    return (pair * (count // 14 + 2))[offset : offset + count]
