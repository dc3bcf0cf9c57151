"""`python -m shared.calendars CN DE`: the public days of those countries that the `holidays` library knows, as JSON."""

import sys
from collections.abc import Iterable
from datetime import date

from babel import Locale
from holidays import country_holidays, list_supported_countries

from shared.calendars.public import FIRST_YEAR, LAST_YEAR, PublicDays, told
from shared.contracts.text import LocalText

YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6


def public_days(country: str) -> PublicDays:
    """Of a country that the library knows."""
    native = country_holidays(country, years=YEARS)
    english, chinese = (
        country_holidays(country, years=YEARS, language=language) if language in native.supported_languages else native
        for language in ("en_US", "zh_CN")
    )
    # The years of which the government has published what it moves; elsewhere the law says it once for all.
    official: Iterable[int] = getattr(native, "special_public_holidays", ()) if native.has_substituted_holidays else ()
    return PublicDays(
        name=LocalText(en=_name(country, "en"), zh_cn=_name(country, "zh_CN")),
        holidays={day: LocalText(en=name[:200], zh_cn=(chinese.get(day) or name)[:200]) for day, name in sorted(english.items())},
        worked=tuple(sorted(native.weekend_workdays)),
        half_day=SATURDAY,
        rest_day=FRIDAY if FRIDAY in native.weekend else SUNDAY,
        provisional_from=date(max(official) + 1, 1, 1) if official else None,
    )


def _name(country: str, language: str) -> str:
    return str(Locale.parse(language).territories.get(country, country))


def main() -> None:
    known = frozenset(list_supported_countries(include_aliases=False))
    sys.stdout.buffer.write(told({country: public_days(country) for country in sys.argv[1:] if country in known}))


if __name__ == "__main__":
    main()
