"""Work calendars: which days count, and reckoning in them."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.calendars import NO_DAY_OFF, WorkCalendar, work_calendar
from shared.calendars.__main__ import public_days
from shared.calendars.public import NO_COUNTRY, ask
from shared.contracts.calendars import CalendarFacts

MONDAY = date(2026, 3, 2)
STOP = {"first": "2026-07-01", "last": "2026-07-10", "name": {"en": "repairs", "zh-CN": "检修"}}


def calendar(week: str = "five_days", **changes: Any) -> WorkCalendar:
    facts = {"code": "own", "name": {"en": "own"}, "owner_kind": "general", "week": week, **changes}
    country = facts.get("country")
    return work_calendar(CalendarFacts.model_validate(facts), public_days(country) if country else NO_COUNTRY)


OFFICE = calendar(country="CN")
FACTORY = calendar("six_days", country="CN", closures=[STOP])
ALTERNATING = calendar("alternating", anchor=MONDAY)
CALENDARS = (OFFICE, FACTORY, ALTERNATING, NO_DAY_OFF)

# Beyond the years of the tables, too.
days = st.integers(date(1998, 1, 1).toordinal(), date(2062, 1, 1).toordinal())
counts = st.integers(0, 60)
made = st.sampled_from(CALENDARS)


def worked(found: WorkCalendar, first: date, count: int) -> list[int]:
    """Days of the month that are worked, of `count` days."""
    return [day.day for day in (first + timedelta(days=n) for n in range(count)) if found.is_open(day.toordinal())]


@given(made, days, counts)
def test_a_day_some_working_days_away_is_worked_and_that_far(found: WorkCalendar, day: int, count: int) -> None:
    later = found.add(day, count)
    assert found.is_open(later)
    assert later >= day
    assert found.between(day, later) == count or count == 0
    assert found.is_open(found.add(day, -count))
    assert found.add(day, -count) <= later


@given(made, days)
def test_the_open_days_beside_a_day(found: WorkCalendar, day: int) -> None:
    before, after = found.previous_open(day), found.next_open(day)
    assert before <= day <= after
    assert found.is_open(before)
    assert found.is_open(after)
    assert not any(map(found.is_open, range(before + 1, day)))
    assert not any(map(found.is_open, range(day + 1, after)))
    assert found.is_open(day) == (before == after == day)


@given(made, days, counts)
def test_the_latest_day_to_begin_is_the_latest(found: WorkCalendar, day: int, count: int) -> None:
    begin = found.latest(day, count)
    assert found.add(begin, count) <= day < found.add(begin + 1, count)


@given(made, days, days, counts)
def test_who_begins_later_is_not_done_earlier(found: WorkCalendar, one: int, other: int, count: int) -> None:
    first, second = sorted((one, other))
    assert found.add(first, count) <= found.add(second, count)
    assert found.latest(first, count) <= found.latest(second, count)
    assert found.between(first, second) == sum(map(found.is_open, range(first + 1, min(second, first + 500) + 1))) or second - first > 500


def test_weeks() -> None:
    assert worked(calendar("five_days"), MONDAY, 14) == [2, 3, 4, 5, 6, 9, 10, 11, 12, 13]
    assert worked(calendar("six_days"), MONDAY, 7) == [2, 3, 4, 5, 6, 7]
    assert worked(ALTERNATING, MONDAY, 14) == [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13]
    assert worked(calendar("every_day"), MONDAY, 7) == [2, 3, 4, 5, 6, 7, 8]
    other_weeks = calendar("alternating", anchor=MONDAY + timedelta(days=9))
    assert worked(other_weeks, MONDAY, 14) == [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14]


def test_chinas_moved_working_days_are_worked() -> None:
    """Spring Festival 2026: 14 and 28 February, both Saturdays, are worked for the days from the 16th to the 23rd."""
    assert worked(OFFICE, date(2026, 2, 9), 20) == [9, 10, 11, 12, 13, 14, 24, 25, 26, 27, 28]


def test_a_week_of_six_days_has_an_announced_break_off_from_its_first_day_to_its_last() -> None:
    """And works on the Sundays that are worked for it."""
    announced = [
        ("2024-01-01", 1), ("2024-02-10", 8), ("2024-04-04", 3), ("2024-05-01", 5), ("2024-06-08", 3), ("2024-09-15", 3), ("2024-10-01", 7),
        ("2025-01-01", 1), ("2025-01-28", 8), ("2025-04-04", 3), ("2025-05-01", 5), ("2025-05-31", 3), ("2025-10-01", 8),
        ("2026-01-01", 3), ("2026-02-15", 9), ("2026-04-04", 3), ("2026-05-01", 5), ("2026-06-19", 3), ("2026-09-25", 3), ("2026-10-01", 7),
    ]  # fmt: skip
    worked = ("2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-09-29", "2025-01-26", "2025-04-27", "2025-09-28", "2026-01-04")
    breaks = {date.fromisoformat(first) + timedelta(days=n) for first, count in announced for n in range(count)}
    sundays = {date(2024, 1, 7) + timedelta(weeks=n) for n in range(156)} - {date.fromisoformat(day) for day in (*worked, "2026-09-20")}
    off = {one.day: one for one in calendar("six_days", country="CN").explain(date(2023, 12, 31), date(2026, 12, 31))}
    assert off.keys() == breaks | sundays
    assert {one.why for day, one in off.items() if day in breaks} == {"holiday"}
    names = [(off[day].name.en, off[day].name.zh_cn) for day in (date(2024, 9, 15), date(2026, 2, 15), date(2026, 2, 21))]
    assert names == [("Mid-Autumn Festival", "中秋节"), *[("Chinese New Year (Spring Festival)", "春节")] * 2]
    alone = calendar("six_days", country="CN").explain(date(2016, 4, 29), date(2016, 5, 3))
    assert [one.day.day for one in alone] == [1, 2], "a Sunday and the Monday after it were announced"


def test_a_country_rests_on_its_own_days() -> None:
    riyadh = calendar(country="SA")
    assert worked(riyadh, date(2026, 3, 1), 7) == [1, 2, 3, 4, 5], "Sunday to Thursday"
    assert worked(calendar("six_days", country="SA"), date(2026, 3, 1), 7) == [1, 2, 3, 4, 5, 7]


def test_what_is_said_later_wins() -> None:
    overtime = [{"day": day, "name": {"en": "overtime"}} for day in ("2026-07-05", "2026-10-01")]
    found = calendar("six_days", country="CN", closures=[STOP], worked=overtime)
    assert worked(found, date(2026, 7, 1), 12) == [5, 11]
    assert worked(found, date(2026, 10, 1), 8) == [1, 8]


def test_every_day_that_does_not_count_is_explained() -> None:
    found = [(one.day.day, one.why, one.name.in_language("zh-CN")) for one in FACTORY.explain(date(2026, 6, 18), date(2026, 7, 5))]
    stop = [(day, "closure", "检修") for day in (1, 2, 3, 4, 5)]
    festival = [(day, "holiday", "端午节") for day in (19, 20, 21)]
    assert found == [*festival, (28, "week", "周日"), *stop]


def test_days_of_years_without_an_official_list_are_provisional() -> None:
    last = OFFICE.provisional_from
    assert last is not None
    before, after = last - timedelta(days=20), last + timedelta(days=20)
    assert {one.provisional for one in OFFICE.explain(before, last - timedelta(days=1))} == {False}
    assert {one.provisional for one in OFFICE.explain(last - timedelta(days=1), after)} == {True}
    assert calendar(country="US").provisional_from is None


def test_outside_the_years_that_are_known_every_day_counts() -> None:
    assert OFFICE.add(date(2061, 1, 1).toordinal(), 30) == date(2061, 1, 31).toordinal()
    assert list(OFFICE.explain(date(1999, 1, 1), date(1999, 12, 31))) == []


async def test_the_library_is_asked_in_a_process_of_its_own() -> None:
    lists = await ask({"CN", "DE", "XX"})
    assert lists == {country: public_days(country) for country in ("CN", "DE")}
    assert (lists["DE"].name.en, lists["DE"].name.zh_cn) == ("Germany", "德国")
    festival = lists["CN"].holidays[date(2026, 2, 17)]
    assert (festival.en, festival.zh_cn) == ("Chinese New Year (Spring Festival)", "春节")
    assert lists["CN"].digest != lists["DE"].digest
