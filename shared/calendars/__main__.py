"""`python -m shared.calendars CN DE`: the public days of those countries that the `holidays` library knows, as JSON."""

import sys
from collections.abc import Collection, Mapping
from datetime import date
from itertools import groupby
from statistics import mode

from babel import Locale
from holidays import HolidayBase, country_holidays, list_supported_countries

from shared.calendars.public import FIRST_YEAR, LAST_YEAR, PublicDays, told
from shared.contracts.text import LocalText

YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
ANNOUNCES_BREAKS = "CN"
"""Its government says from which day to which a holiday lasts, weekends and all: also a week of six days rests on that Saturday."""
NOT_OFF = frozenset({date(2015, 4, 4), date(2015, 9, 26), date(2016, 4, 30), date(2016, 12, 31)})
"""Saturdays before a Sunday that it announced alone, or with the Monday: they are of no break."""


def public_days(country: str) -> PublicDays:
    """Of a country that the library knows."""
    native = country_holidays(country, years=YEARS)
    english, chinese = (
        country_holidays(country, years=YEARS, language=language) if language in native.supported_languages else native
        for language in ("en_US", "zh_CN")
    )
    # The years of which the government has published what it moves; elsewhere the law says it once for all.
    official: Collection[int] = getattr(native, "special_public_holidays", ()) if native.has_substituted_holidays else ()
    holidays = {day: LocalText(en=name[:200], zh_cn=(chinese.get(day) or name)[:200]) for day, name in english.items()}
    if country == ANNOUNCES_BREAKS:
        holidays = _breaks(chinese, official, holidays) | holidays
    return PublicDays(
        name=LocalText(en=_name(country, "en"), zh_cn=_name(country, "zh_CN")),
        holidays=dict(sorted(holidays.items())),
        worked=tuple(sorted(native.weekend_workdays)),
        half_day=SATURDAY,
        rest_day=FRIDAY if FRIDAY in native.weekend else SUNDAY,
        provisional_from=date(max(official) + 1, 1, 1) if official else None,
    )


def _breaks(chinese: HolidayBase, official: Collection[int], holidays: Mapping[date, LocalText]) -> dict[date, LocalText]:
    """All days of the breaks of those years, with the name of the holiday that each break is for: what is free in a week of five days
    without a worked day between it and a holiday. The library lists a day of the weekend only where the law makes it a holiday.
    """
    moved, _, _ = getattr(chinese, "substituted_label", "").partition("%s")
    days = map(date.fromordinal, range(date(min(official), 1, 1).toordinal(), date(max(official) + 1, 1, 1).toordinal()))
    found: dict[date, LocalText] = {}
    for working, run in groupby(days, chinese.is_working_day):
        free = [] if working else list(run)
        if named := [holidays[day] for day in free if day in holidays and not chinese[day].startswith(moved)]:
            found |= dict.fromkeys(free, mode(named))
    return {day: name for day, name in found.items() if day not in NOT_OFF}


def _name(country: str, language: str) -> str:
    return str(Locale.parse(language).territories.get(country, country))


def main() -> None:
    known = frozenset(list_supported_countries(include_aliases=False))
    sys.stdout.buffer.write(told({country: public_days(country) for country in sys.argv[1:] if country in known}))


if __name__ == "__main__":
    main()
