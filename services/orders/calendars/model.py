"""Calendars as people give them."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from services.orders.calendars.domain import MOST_CLOSURES
from services.orders.calendars.examples import MILL_DAYS
from services.orders.fields import Body, Day, Short
from services.orders.templates.model import CalendarCode
from shared.contracts.calendars import CalendarFacts, CalendarOwner, Closure, WeekPattern, WorkedDay
from shared.contracts.places import Country
from shared.contracts.text import LocalText

LONGEST_CLOSURE = timedelta(days=366)


class GivenClosure(Body):
    """Days on which nobody works, both ends included."""

    first: Day
    last: Day
    name: LocalText

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.first <= self.last < self.first + LONGEST_CLOSURE:
            raise ValueError("a closure ends on its first day or later, and lasts a year at most")
        return self


class GivenWorkedDay(Body):
    """A day worked that would be free: overtime of our own, or a moved working day that is not in the list yet."""

    day: Day
    name: LocalText


class CalendarBody(Body):
    """Which days are worked. What stands later wins: week, public holidays with moved working days, closures, worked days."""

    model_config = ConfigDict(json_schema_extra={"examples": [MILL_DAYS]})

    name: LocalText
    week: WeekPattern
    anchor: Annotated[Day | None, Field(description="for alternating weeks: a day of a week of six days")] = None
    country: Annotated[Country | None, Field(description="whose public holidays and moved working days hold")] = None
    closures: Annotated[tuple[GivenClosure, ...], Field(max_length=MOST_CLOSURES)] = ()
    worked: Annotated[tuple[GivenWorkedDay, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _anchored(self) -> Self:
        if (self.week == "alternating") != (self.anchor is not None):
            raise ValueError("an anchor is given with alternating weeks, and only with them")
        return self

    def facts(self, code: str, owner_kind: CalendarOwner, owner: str | None) -> CalendarFacts:
        closures = tuple(Closure(**dict(one)) for one in self.closures)
        worked = tuple(WorkedDay(**dict(one)) for one in self.worked)
        given = {"name": self.name, "week": self.week, "anchor": self.anchor, "country": self.country}
        return CalendarFacts(code=code, owner_kind=owner_kind, owner=owner, closures=closures, worked=worked, **given)


class NewCalendar(CalendarBody):
    """A new calendar and whose it is; `owner` is a department, a supplier's code, a carrier as shipments name it, or a country."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**MILL_DAYS, "code": "mill", "owner_kind": "supplier", "owner": "MILL"}]})

    code: CalendarCode
    owner_kind: CalendarOwner = "general"
    owner: Short | None = None

    @model_validator(mode="after")
    def _owned(self) -> Self:
        if (self.owner_kind == "general") != (self.owner is None):
            raise ValueError("a general calendar has no owner, any other has one")
        return self
