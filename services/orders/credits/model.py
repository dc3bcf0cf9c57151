"""Letters of credit as they are entered and as they stand."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from services.orders.credits.examples import TERMS
from services.orders.credits.words import SHIPPED_AFTER
from services.orders.fields import Body, Day, GivenMoney, Note, Number, Short
from shared.calendars import WorkCalendar
from shared.contracts.approvals import Money
from shared.contracts.credits import CoveredOrder, CreditFacts, CreditRiskKind
from shared.contracts.places import Country

CreditStatus = Literal["open", "closed"]
DeadlineKind = Literal["latest_shipment", "presentation", "expiry"]

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=3)]


def _pays(money: Money) -> Money:
    if not money.amount:
        raise PydanticKnownError("greater_than", {"gt": 0})
    return money


class CreditBody(Body):
    """A letter of credit as it stands now, with the orders it pays; all of one customer, the applicant."""

    model_config = ConfigDict(json_schema_extra={"examples": [TERMS]})

    number: Number
    issuing_bank: Short
    amount: Annotated[GivenMoney, AfterValidator(_pays)]
    tolerance_over: Annotated[Percent, Field(description="percent that may be drawn above the amount")] = Decimal(0)
    tolerance_under: Annotated[Percent, Field(description="percent that may be drawn below it")] = Decimal(0)
    latest_shipment: Annotated[Day | None, Field(description="left out where the credit states none")] = None
    expires_on: Annotated[Day, Field(description="as stated, also where it falls on a day on which banks are closed")]
    expiry_place: Annotated[Short, Field(description="where documents are presented")]
    expiry_country: Annotated[Country, Field(description="whose holidays close the bank there")]
    presentation_days: Annotated[int, Field(ge=0, le=365, description="calendar days after shipment; 21 where the credit says nothing")] = (
        21
    )
    partial_shipments: Annotated[bool, Field(description="allowed; as they are where the credit says nothing")] = True
    transhipment: Annotated[bool, Field(description="allowed")]
    orders: Annotated[tuple[Number, ...], Field(max_length=50, description="numbers of the orders it pays")] = ()

    @field_validator("expires_on")
    @classmethod
    def _ships_before_it_expires(cls, expires_on: date, given: ValidationInfo) -> date:
        if (latest := given.data.get("latest_shipment")) is not None and latest > expires_on:
            raise ValueError(SHIPPED_AFTER)
        return expires_on


class NewCredit(CreditBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{**TERMS, "customer": "NORDWIND"}]})

    customer: Annotated[Number, Field(description="code of the applicant")]


class CreditClosing(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "paid in full on 2026-06-15"}]})

    outcome: Annotated[Note, Field(description="paid, expired, cancelled: how it ended")]


@dataclass(frozen=True, slots=True)
class Credit:
    """A letter of credit under the rules. `bank_days` are those of the bank to which documents are presented."""

    credit_id: UUID
    number: str
    customer_id: UUID
    issuing_bank: str
    amount: Money
    tolerance_over: Decimal
    tolerance_under: Decimal
    latest_shipment: date | None
    expires_on: date
    expiry_place: str
    expiry_country: str
    presentation_days: int
    partial_shipments: bool
    transhipment: bool
    orders: tuple[CoveredOrder, ...]
    status: CreditStatus
    opened_by: str
    opened_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    outcome: str | None
    version: int
    bank_calendar: str
    bank_days: WorkCalendar

    def amend_by(self, day: date) -> date:
        """The last banking day to have it amended for something on that day."""
        return date.fromordinal(self.bank_days.previous_open(day.toordinal()))

    def told(self) -> CreditFacts:
        return CreditFacts(**{name: getattr(self, name) for name in CreditFacts.model_fields})


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which a leg has to be shipped or its documents presented, and when that is expected or has happened.

    `missed`: the day is over without it, or it happened later. `at_risk`: the day is still to come, and it is expected later.
    """

    kind: DeadlineKind
    shipment: str | None
    day: date
    expected: date
    done: bool
    missed: bool
    at_risk: bool
    amend_by: date

    @property
    def broken(self) -> bool:
        """Whether the credit is not kept as things are: documents will be refused unless it is amended."""
        return self.missed or self.at_risk


@dataclass(frozen=True, slots=True)
class Risk:
    """A term that is not kept as things are expected; without an order it is of all its orders together."""

    kind: CreditRiskKind
    order: CoveredOrder | None
    shipment: str | None
    deadline: date | None
    would_be: date | None
    amend_by: date | None

    @property
    def key(self) -> tuple[CreditRiskKind, UUID | None, str | None]:
        return (self.kind, self.order.order_id if self.order else None, self.shipment)
