"""Public holidays and moved working days of a country, from the `holidays` library. China's moved days (调休) are as published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256

from shared.contracts.text import LocalText

FIRST_YEAR, LAST_YEAR = 2000, 2059
"""The years for which holidays are known or can be computed."""
_YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


@dataclass(frozen=True, slots=True)
class PublicDays:
    """Ordinals of the holidays with their names, and of the free days that are worked in exchange for others.

    `half_day` and `rest_day` are the weekend, 0 for Monday: a week of six days works on the first of them.
    From `provisional_from` on the government has not yet published which days it moves.
    """

    holidays: Mapping[int, LocalText]
    worked: frozenset[int]
    half_day: int
    rest_day: int
    provisional_from: date | None


NO_COUNTRY = PublicDays({}, frozenset(), _SATURDAY, _SUNDAY, None)


def countries() -> frozenset[str]:
    """ISO 3166-1 codes of the countries whose holidays are known."""
    from holidays import list_supported_countries  # takes a third of a second: only who works with holidays pays for it

    return frozenset(code for code in list_supported_countries(include_aliases=False) if len(code) == 2)


@lru_cache(maxsize=256)
def public_days(country: str) -> PublicDays:
    """The public days of a country. KeyError when the library does not know it."""
    if country not in countries():
        raise KeyError(country)
    from holidays import country_holidays

    native = country_holidays(country, years=_YEARS)
    spoken = native.supported_languages
    english, chinese = (
        country_holidays(country, years=_YEARS, language=language) if language in spoken else native for language in ("en_US", "zh_CN")
    )
    official: Iterable[int] = getattr(native, "special_public_holidays", ()) if native.has_substituted_holidays else ()
    friday = _FRIDAY in native.weekend
    return PublicDays(
        holidays={day.toordinal(): LocalText(en=name[:200], zh_cn=(chinese.get(day) or name)[:200]) for day, name in english.items()},
        worked=frozenset(day.toordinal() for day in native.weekend_workdays),
        half_day=_SATURDAY,
        rest_day=_FRIDAY if friday else _SUNDAY,
        provisional_from=date(max(official) + 1, 1, 1) if official else None,
    )


def digest(country: str) -> str:
    """Tells whether the public days of a country are still those they were. KeyError as `public_days`."""
    public = public_days(country)
    said = repr((sorted(public.holidays), sorted(public.worked), public.half_day, public.rest_day))
    return sha256(said.encode()).hexdigest()[:16]


def country_name(country: str) -> LocalText:
    """The country's name as people write it."""
    from babel import Locale

    names = (Locale.parse(language).territories.get(country, country) for language in ("en", "zh_CN"))
    return LocalText(**dict(zip(("en", "zh_cn"), names, strict=True)))
