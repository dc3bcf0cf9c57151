"""Work calendars as their owner defines them: which days are worked. The arithmetic is in `shared.calendars`."""

from datetime import date
from typing import Literal

from pydantic import Field

from shared.contracts.event import Contract
from shared.contracts.text import LocalText

WeekPattern = Literal["every_day", "five_days", "six_days", "alternating"]
"""`alternating` is 大小周: weeks of six and of five days in turn."""
CalendarOwner = Literal["general", "department", "supplier", "carrier", "customer_country"]

EVERY_DAY = "every-day"
"""The code of the calendar that has no day off: vessels, transit, periods of a letter of credit."""
OFFICE = "office"
"""The code of our own office's calendar; it stands in where a party's own is not known."""


class Closure(Contract):
    """Days on which nobody works, both ends included: the Spring Festival stop, stock-taking."""

    first: date
    last: date
    name: LocalText


class WorkedDay(Contract):
    """A day worked that would be free: overtime of our own, beside the moved working days of the country."""

    day: date
    name: LocalText


class CalendarFacts(Contract):
    """A calendar as it stands. What is said later wins: week, public holidays, moved working days, closures, worked days."""

    code: str
    name: LocalText
    owner_kind: CalendarOwner
    owner: str | None = Field(default=None, description="department, supplier code, carrier or country; null for a general calendar")
    week: WeekPattern
    anchor: date | None = Field(default=None, description="for alternating weeks: a day of a week of six days")
    country: str | None = Field(default=None, description="whose public holidays and moved working days hold, ISO 3166-1 alpha-2")
    closures: tuple[Closure, ...] = ()
    worked: tuple[WorkedDay, ...] = ()
