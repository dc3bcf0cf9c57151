"""Disruptions as they are asked for and as they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from services.orders.calendars.model import LONGEST_CLOSURE
from services.orders.delays.model import Explanation
from services.orders.disruptions import words
from services.orders.disruptions.examples import CLOSED_DAYS, VESSEL
from services.orders.fields import (
    Body,
    Day,
    Locode,
    MilestoneCode,
    Note,
    Number,
    Short,
    gone_by,
    require_ahead,
    require_soon,
    single_blanks,
)
from shared.contracts.blame import blame
from shared.contracts.customers import Grade
from shared.contracts.disruptions import DisruptionFacts, PortSide, Scope, ScopeKind
from shared.contracts.orders import Cause
from shared.contracts.text import LocalText
from shared.problems import FieldError, require_none

DisruptionStatus = Literal["open", "running", "logged", "released", "withdrawn"]
LegState = Literal["found", "delayed", "skipped"]
Why = Literal["order_over", "moved_away", "happened", "not_later"]
"""Why a leg is left out: it or its order is cancelled, its goods travel or come otherwise by now, the milestone has happened, or it is
expected on that day or later anyway, though what sails is held then, too, unless that day has passed."""

_LOCODE: TypeAdapter[str] = TypeAdapter(Locode)


class GivenScope(Body):
    """What is late. A factory is named by the work calendar that its steps are counted in; closed days are days of a calendar."""

    kind: ScopeKind
    name: Annotated[Short, Field(description="vessel, shipment number, UN/LOCODE of a port, code of a supplier, a material or a calendar")]
    voyage: Annotated[Short | None, Field(description="of a vessel")] = None
    at: Annotated[PortSide | None, Field(description="of a port: where the goods are loaded, or where they are discharged")] = None
    first: Annotated[Day | None, Field(description="of closed days: the first")] = None
    last: Annotated[Day | None, Field(description="of closed days: the last")] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.kind == "vessel") != (self.voyage is not None):
            raise blame(["voyage"], words.VOYAGE)
        if (self.kind == "port") != (self.at is not None):
            raise blame(["at"], words.PORT_SIDE)
        if self.kind == "port":
            try:
                _LOCODE.validate_python(self.name)
            except ValidationError as error:
                raise blame(["name"], words.no_port(self.name)) from error
        days = {"first": self.first, "last": self.last}
        if wrong := [name for name, day in days.items() if (self.kind == "closed_day") != (day is not None)]:
            raise blame(wrong, words.CLOSED_DAYS)
        if self.first is not None and self.last is not None and not self.first <= self.last < self.first + LONGEST_CLOSURE:
            raise blame(["last"], words.CLOSURE)
        return self

    def told(self) -> Scope:
        said = {name: getattr(self, name) for name in Scope.model_fields}
        return Scope(**{**said, "name": single_blanks(self.name) if self.kind == "vessel" else self.name})


class OpenDisruption(Explanation):
    """One thing is late: its milestone in every order it touches is expected on `to`, or `days` later than it is now.

    Of closed days neither is given: each order is late by its first milestone that they move, to the day its calendar says.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [VESSEL, CLOSED_DAYS]})

    scope: GivenScope
    milestone: Annotated[MilestoneCode | None, Field(description="left out: the one that such a thing makes late")] = None
    to: Day | None = None
    days: Annotated[int | None, Field(ge=1, le=365, description="calendar days")] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.scope.kind == "closed_day":
            if said := [name for name in ("to", "days", "milestone") if getattr(self, name) is not None]:
                raise blame(said, words.BY_CALENDAR)
        elif (self.to is None) == (self.days is None):
            raise blame(["to", "days"], words.TO_OR_DAYS)
        return self

    def require_ahead(self, today: date) -> None:
        super().require_ahead(today)
        if self.to is not None:
            require_soon(self.to, today, "to")
        if self.scope.last is not None:
            require_ahead(self.scope.last, today, "scope.last")


class Release(Body):
    """Whose notices go out: of these customers, or of all that are the caller's."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customers": ["NORDWIND"]}, {}]})

    customers: Annotated[tuple[Number, ...] | None, Field(min_length=1, max_length=1000, description="customer codes")] = None


class Withdrawal(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the carrier took the notice back"}]})

    reason: Note


@dataclass(frozen=True, slots=True)
class Disruption:
    """`milestone` is late in each order by then: `to`, or `days` after what was expected; of closed days when the calendar says.

    Of closed days, and of a material unless one was named, each leg has its own (`each_own`); `milestone` is that of the first.
    `version` counts what was told of it.
    """

    disruption_id: UUID
    scope: Scope
    milestone: str
    each_own: bool
    to: date | None
    days: int | None
    causes: tuple[Cause, ...]
    action: LocalText
    ask: LocalText | None
    ask_by: date | None
    next_news_on: date | None
    status: DisruptionStatus
    opened_by: str
    opened_at: datetime
    confirmed_by: str | None = None
    correlation_id: str | None = None
    version: int = 0

    @property
    def sails(self) -> bool:
        """Whether it is of a vessel or a shipment, and holds what travels with it."""
        return self.scope.kind in ("vessel", "shipment")

    @property
    def wanted(self) -> tuple[str, ...] | None:
        """The milestone that it makes late; None where each leg has its own."""
        return None if self.each_own else (self.milestone,)

    def require_ahead(self, today: date) -> None:
        """Invalid where one of its days has passed while it waited."""
        days = {"to": self.to, "scope.last": self.scope.last, "ask_by": self.ask_by, "next_news_on": self.next_news_on}
        gone = [(field, why) for field, day in days.items() if day is not None and (why := gone_by(day, today))]
        require_none([FieldError(field, words.open_anew(why)) for field, why in gone])

    def told(self, orders: int) -> DisruptionFacts:
        plain = set(DisruptionFacts.model_fields) - {"orders"}
        return DisruptionFacts(**{name: getattr(self, name) for name in plain}, orders=orders)


@dataclass(frozen=True, slots=True)
class Hit:
    """A leg of an order that was found. `value` is what the order still has to deliver, in its currency; None where it is not known."""

    order_id: UUID
    number: str
    shipment: str | None
    milestone: str
    customer_id: UUID
    customer: str
    owner: str
    grade: Grade
    currency: str | None
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg at its place in the list, and its milestone that is late. Those of one `part` are under one delay."""

    rank: int
    part: int
    order_id: UUID
    shipment: str | None
    milestone: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A leg that closed days move beside the one that the order's delay holds: its first milestone that is later, and to which day."""

    order_id: UUID
    shipment: str | None
    milestone: str
    day: date


@dataclass(frozen=True, slots=True)
class Listed:
    """A leg as it was listed when the disruption was opened.

    `over`: its order, or all of it, is cancelled since. Its milestone has `passed` or not; None where there is no such leg any more: its
    goods are in some of the `legs` that the order has now.
    """

    order_id: UUID
    shipment: str | None
    milestone: str
    grade: Grade
    currency: str | None
    value: Decimal | None
    over: bool
    passed: bool | None
    legs: Sequence[str | None] = ()
