"""From what people say of a calendar to the table of its days."""

from datetime import date

from shared.calendars.public import FIRST_YEAR, LAST_YEAR, NO_COUNTRY, PublicDays, public_days
from shared.calendars.workdays import NO_DAY_OFF, Why, WorkCalendar
from shared.contracts.calendars import CalendarFacts, WeekPattern
from shared.contracts.text import LocalText

_FIRST = date(FIRST_YEAR, 1, 1).toordinal()
_LAST = date(LAST_YEAR, 12, 31).toordinal()


def work_calendar(facts: CalendarFacts) -> WorkCalendar:
    """The calendar's days. KeyError when the holidays of its country are not known."""
    if facts.week == "every_day" and not (facts.country or facts.closures):
        return NO_DAY_OFF
    public = public_days(facts.country) if facts.country else NO_COUNTRY
    days = _weeks(facts.week, facts.anchor, public)
    reasons: dict[int, tuple[Why, LocalText]] = {}
    for day, name in public.holidays.items():
        days[day - _FIRST], reasons[day] = 0, ("holiday", name)
    for day in public.worked:
        days[day - _FIRST] = 1
    for closure in facts.closures:
        for day in range(max(closure.first.toordinal(), _FIRST), min(closure.last.toordinal(), _LAST) + 1):
            days[day - _FIRST], reasons[day] = 0, ("closure", closure.name)
    for worked in facts.worked:
        if _FIRST <= worked.day.toordinal() <= _LAST:
            days[worked.day.toordinal() - _FIRST] = 1
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
