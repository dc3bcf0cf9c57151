"""Who stands in for whom, and when. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Absence:
    """`login` is away from `first` to `last`, both included; the dates are days in his time zone."""

    login: str
    time_zone: str
    first: date
    last: date


def away(absences: Iterable[Absence], now: datetime) -> list[str]:
    """Those who are away now, in their order."""
    logins = [one.login for one in absences if one.first <= now.astimezone(ZoneInfo(one.time_zone)).date() <= one.last]
    return list(dict.fromkeys(logins))
