"""Who stands in for whom, and when. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.contracts.customers import Deputy


@dataclass(frozen=True, slots=True)
class Absence:
    """`login` is away from `first` to `last`, both included; the dates are days in his time zone."""

    login: str
    time_zone: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Named:
    """Whom it concerns that somebody is named: himself, and those he stands in for today."""

    login: str
    stands_in_for: Sequence[str]

    @property
    def mine(self) -> list[str]:
        """Whose name makes something his, and whose customers he follows."""
        return [self.login, *self.stands_in_for]

    def concerned(self, *named: str | None) -> bool:
        return not set(self.mine).isdisjoint(named)

    def absent(self, *named: str | None) -> str | None:
        """The colleague among those named in whose place he acts; None where he is named himself, or stands in for none of them."""
        return None if self.login in named else next((login for login in self.stands_in_for if login in named), None)


def deputies(appointed: Iterable[Deputy], time_zone: str, now: datetime) -> list[str]:
    """Who stands in now for one who lives in `time_zone`, in their order; nobody while he is not away."""
    return list(dict.fromkeys(one.login for one in appointed if _within(one.first, one.last, time_zone, now)))


def away(absences: Iterable[Absence], now: datetime) -> list[str]:
    """Those who are away now, in their order."""
    return list(dict.fromkeys(one.login for one in absences if _within(one.first, one.last, one.time_zone, now)))


def _within(first: date, last: date, time_zone: str, now: datetime) -> bool:
    return first <= now.astimezone(ZoneInfo(time_zone)).date() <= last
