"""Events of letters of credit. Aggregate: the credit. Internal: never shown to a customer."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.approvals import Money
from shared.contracts.event import Contract, Event
from shared.contracts.numbers import Plain
from shared.contracts.text import LocalText

CreditRiskKind = Literal["latest_shipment", "presentation", "expiry", "partial_shipment", "transhipment", "amount"]

CREDIT_TERMS: Mapping[CreditRiskKind, LocalText] = MappingProxyType(
    {
        "latest_shipment": LocalText(en="latest shipment", zh_cn="最迟装运期"),
        "presentation": LocalText(en="presentation period", zh_cn="交单期"),
        "expiry": LocalText(en="expiry", zh_cn="效期"),
        "partial_shipment": LocalText(en="partial shipment", zh_cn="分批装运"),
        "transhipment": LocalText(en="transhipment", zh_cn="转运"),
        "amount": LocalText(en="amount", zh_cn="金额"),
    }
)
"""What each term is called."""


class CoveredOrder(Contract):
    order_id: UUID
    number: str


class CreditFacts(Contract):
    """A letter of credit as it stands, with the orders it pays."""

    credit_id: UUID
    number: str
    customer_id: UUID = Field(description="the applicant")
    issuing_bank: str
    amount: Money
    tolerance_over: Plain = Field(description="percent that may be drawn above the amount")
    tolerance_under: Plain = Field(description="percent that may be drawn below it")
    latest_shipment: date | None = Field(description="null: none is stated, so the expiry limits it")
    expires_on: date = Field(description="as stated, also where banks are closed that day")
    expiry_place: str
    expiry_country: str = Field(description="where documents are presented, ISO 3166-1 alpha-2")
    presentation_days: int = Field(description="calendar days after shipment")
    partial_shipments: bool = Field(description="allowed")
    transhipment: bool = Field(description="allowed")
    orders: tuple[CoveredOrder, ...]


class CreditRisk(Contract):
    """A term of the credit that is not kept as things are expected."""

    kind: CreditRiskKind
    order_id: UUID | None = Field(description="null: it is of all its orders together")
    order: str | None = Field(description="order number")
    shipment: str | None
    deadline: date | None = Field(description="the last day that keeps the term; null for a term without a day")
    would_be: date | None = Field(description="null where the day has passed without it, too")
    amend_by: date | None = Field(description="the last banking day to have the credit amended")
    revision: int = Field(ge=1, description="counts the days it was told with")


class CreditOpened(Event, type="orders.credit.opened.v1"):
    """A letter of credit was received."""

    credit: CreditFacts


class CreditAmended(Event, type="orders.credit.amended.v1"):
    """The credit as it is now: amended by the bank, or of other orders."""

    credit: CreditFacts


class CreditAtRisk(Event, type="orders.credit.at_risk.v1"):
    """Terms that newly are not kept, or by other days than told before."""

    credit_id: UUID
    number: str
    customer_id: UUID
    risks: tuple[CreditRisk, ...]


class CreditRecovered(Event, type="orders.credit.recovered.v1"):
    """Terms that are kept again: as they were told last."""

    credit_id: UUID
    number: str
    customer_id: UUID
    risks: tuple[CreditRisk, ...]


class CreditClosed(Event, type="orders.credit.closed.v1"):
    """Paid, expired or cancelled: nothing is watched any more."""

    credit_id: UUID
    number: str
    customer_id: UUID
    outcome: str
