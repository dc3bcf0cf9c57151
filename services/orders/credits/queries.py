"""Letters of credit as people read them: lists, and single ones with their clock."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import Field

from services.orders.credits.model import CreditStatus, DeadlineKind
from services.orders.credits.words import NO_CREDIT
from services.orders.fields import Answer, Number, ShownMoney
from shared.contracts.approvals import Money
from shared.contracts.confidential import ON_PAPERS
from shared.contracts.credits import CreditRisk, CreditRiskKind
from shared.contracts.numbers import Plain
from shared.database.pool import Tx
from shared.problems import NotFound
from shared.web.paging import Page, PageQuery, page


class CreditsQuery(PageQuery):
    """What letters of credit are listed by."""

    status: CreditStatus | None = None
    number: Number | None = None
    customer: Annotated[Number | None, Field(description="code of the applicant")] = None
    order: Annotated[Number | None, Field(description="number of an order that it pays")] = None
    at_risk: bool | None = None


class CreditListed(Answer):
    """A letter of credit as it stands; `at_risk` are the terms that are not kept as things are expected."""

    credit: UUID
    number: str
    customer: Annotated[str, Field(description="code of the applicant")]
    issuing_bank: str
    amount: Annotated[ShownMoney | None, ON_PAPERS]
    tolerance_over: Plain
    tolerance_under: Plain
    latest_shipment: date | None
    expires_on: date
    expiry_place: str
    expiry_country: str
    bank_calendar: Annotated[str, Field(description="code of the calendar of the days on which the bank is open")]
    presentation_days: int
    partial_shipments: bool
    transhipment: bool
    orders: tuple[str, ...]
    status: CreditStatus
    at_risk: tuple[CreditRiskKind, ...]
    opened_by: str
    opened_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    outcome: str | None
    version: int


class DeadlineShown(Answer):
    kind: DeadlineKind
    day: Annotated[date, Field(description="the last day that keeps it; of banks it is a banking day")]
    expected: Annotated[date, Field(description="when the goods are shipped, or the documents presented")]
    done: bool
    missed: Annotated[bool, Field(description="its day is over without it, or it happened later")]
    at_risk: Annotated[bool, Field(description="its day is still to come, and it is expected later")]
    amend_by: Annotated[date, Field(description="the last banking day to have the credit amended")]


class BackwardShown(Answer):
    milestone: str
    latest: Annotated[date, Field(description="the last day that keeps the credit")]
    expected: date


class CreditLeg(Answer):
    """The clock of one leg of an order."""

    order: str
    shipment: str | None
    present_by: Annotated[date, Field(description="the last day to present the documents: of the period and the expiry the earlier")]
    deadlines: tuple[DeadlineShown, ...]
    milestones: Annotated[tuple[BackwardShown, ...], Field(description="what is still ahead up to the shipment, counted backward")]


class CreditShown(CreditListed):
    legs: tuple[CreditLeg, ...]
    risks: Annotated[tuple[CreditRisk, ...], Field(description="what endangers it, as it was told")]


_SHOWN = """
SELECT c.id AS credit, c.number, k.code AS customer, c.issuing_bank, c.amount, c.currency, c.tolerance_over, c.tolerance_under,
    c.latest_shipment, c.expires_on, c.expiry_place, c.expiry_country, c.bank_calendar, c.presentation_days, c.partial_shipments,
    c.transhipment, c.status, c.opened_by, c.opened_at, c.closed_by, c.closed_at, c.outcome, c.version,
    ARRAY(SELECT o.number FROM credit_order p JOIN customer_order o ON o.id = p.order_id
          WHERE p.credit_id = c.id ORDER BY o.number) AS orders,
    ARRAY(SELECT DISTINCT r.kind FROM credit_risk r WHERE r.credit_id = c.id ORDER BY r.kind) AS at_risk
FROM credit c JOIN known_customer k ON k.id = c.customer_id
WHERE ($1::text[] IS NULL OR k.owner = ANY($1))
"""
_READ = f"{_SHOWN} AND c.id = $2"
_LIST = f"""{_SHOWN}
    AND ($2::uuid IS NULL OR c.id < $2) AND ($3::text IS NULL OR c.status = $3) AND ($4::text IS NULL OR upper(c.number) = upper($4))
    AND ($5::text IS NULL OR k.code = $5)
    AND ($6::text IS NULL OR EXISTS (SELECT FROM credit_order p JOIN customer_order o ON o.id = p.order_id
                                     WHERE p.credit_id = c.id AND o.number = $6))
    AND ($7::boolean IS NULL OR $7 = EXISTS (SELECT FROM credit_risk r WHERE r.credit_id = c.id))
ORDER BY c.id DESC LIMIT $8
"""


async def list_credits(tx: Tx, query: CreditsQuery, owners: list[str] | None) -> Page[CreditListed]:
    """Letters of credit of customers in sight, the newest first."""
    (behind,) = query.begins_after(UUID)
    filters = (query.status, query.number, query.customer, query.order, query.at_risk)
    rows = await tx.fetch(_LIST, owners, behind, *filters, query.limit + 1)
    return page([CreditListed(**listed(row)) for row in rows], query.limit, lambda one: (one.credit,))


async def read_listed(tx: Tx, credit_id: UUID, owners: list[str] | None) -> dict[str, Any]:
    """One of the list, as its fields; NotFound also where its applicant is not in sight."""
    row = await tx.fetchrow(_READ, owners, credit_id)
    if row is None:
        raise NotFound(NO_CREDIT)
    return listed(row)


def listed(row: asyncpg.Record) -> dict[str, Any]:
    return {**row, "amount": Money(amount=row["amount"], currency=row["currency"])}
