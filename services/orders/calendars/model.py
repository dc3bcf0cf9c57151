"""Calendars as people give them."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from services.orders.calendars import words
from services.orders.calendars.domain import MOST_CLOSURES
from services.orders.calendars.examples import MILL_DAYS
from services.orders.fields import Body, Day, Short, Wording
from services.orders.templates.model import CalendarCode
from shared.contracts.calendars import CalendarFacts, CalendarOwner, Closure, WeekPattern, WorkedDay
from shared.contracts.places import Country

LONGEST_CLOSURE = timedelta(days=366)


class GivenClosure(Body):
    """Days on which nobody works, both ends included."""

    first: Day
    last: Day
    name: Wording

    @field_validator("last")
    @classmethod
    def _in_order(cls, last: date, given: ValidationInfo) -> date:
        if not (first := given.data.get("first", last)) <= last < first + LONGEST_CLOSURE:
            raise ValueError(words.CLOSURE)
        return last


class GivenWorkedDay(Body):
    """A day worked that would be free: overtime of our own, or a moved working day that is not in the list yet."""

    day: Day
    name: Wording


class CalendarBody(Body):
    """Which days are worked. What stands later wins: week, public holidays with moved working days, closures, worked days."""

    model_config = ConfigDict(json_schema_extra={"examples": [MILL_DAYS]})

    name: Wording
    week: WeekPattern
    anchor: Annotated[Day | None, Field(validate_default=True, description="for alternating weeks: a day of a week of six days")] = None
    country: Annotated[Country | None, Field(description="whose public holidays and moved working days hold")] = None
    closures: Annotated[tuple[GivenClosure, ...], Field(max_length=MOST_CLOSURES)] = ()
    worked: Annotated[tuple[GivenWorkedDay, ...], Field(max_length=1000)] = ()

    @field_validator("anchor")
    @classmethod
    def _anchored(cls, anchor: date | None, given: ValidationInfo) -> date | None:
        if "week" in given.data and (given.data["week"] == "alternating") != (anchor is not None):
            raise ValueError(words.ANCHOR)
        return anchor

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
    owner: Annotated[Short | None, Field(validate_default=True)] = None

    @field_validator("owner")
    @classmethod
    def _owned(cls, owner: str | None, given: ValidationInfo) -> str | None:
        if "owner_kind" in given.data and (given.data["owner_kind"] == "general") != (owner is None):
            raise ValueError(words.OWNER)
        return owner
