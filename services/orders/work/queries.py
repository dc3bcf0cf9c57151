"""What one person has to see to today, each kind of it by what is most urgent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from services.orders.clauses.model import ClauseState
from services.orders.cutoffs.store import DONE, LATE
from services.orders.fields import Answer
from services.orders.risks import queries as risks
from shared.contracts.credits import CreditRiskKind
from shared.contracts.exceptions import ActionStatus
from shared.contracts.papers import DocumentCode, DocumentState
from shared.contracts.shipments import CutoffKind
from shared.database.pool import Tx
from shared.web.call import address

BEGINNING = date(1970, 1, 1)
"""Before any day that business can mean."""

T = TypeVar("T")


class Part(BaseModel, Generic[T]):
    """The most urgent of one kind; `more` says that there are others, which its own list shows."""

    items: Sequence[T]
    more: bool


class MilestoneWork(Answer):
    order: str
    customer: Annotated[str, Field(description="code")]
    shipment: str | None
    milestone: str
    department: str
    planned: date
    expected: date
    link: str


class OrderAtRisk(Answer):
    order: str
    customer: Annotated[str, Field(description="code")]
    promised: Annotated[date, Field(description="the earliest promise that will be missed")]
    expected: date
    lines: int
    link: str


class DelayWork(Answer):
    delay: UUID
    milestone: str
    shipment: str | None
    orders: Annotated[tuple[str, ...], Field(description="of one's own customers")]
    on: Annotated[date | None, Field(description="the day of the news, or by which an answer was asked")]
    link: str


class ActionWork(Answer):
    exception: UUID
    action: UUID
    text: str
    due_on: date
    status: ActionStatus
    link: str


class CutoffWork(Answer):
    shipment: str
    kind: CutoffKind
    at: datetime
    missed: bool
    link: str


class DocumentWork(Answer):
    document: UUID
    order: str
    customer: Annotated[str, Field(description="code")]
    shipment: str | None
    code: DocumentCode
    department: str
    state: DocumentState
    due: date
    link: str


class CreditWork(Answer):
    credit: UUID
    number: str
    customer: Annotated[str, Field(description="code of the applicant")]
    terms: Annotated[tuple[CreditRiskKind, ...], Field(description="what is not kept as things are expected")]
    amend_by: Annotated[date | None, Field(description="the first day by which it has to be amended")]
    link: str


class ClauseWork(Answer):
    clause: UUID
    order: str
    customer: Annotated[str, Field(description="code")]
    reference: str
    state: Annotated[ClauseState, Field(description="at_risk or breached")]
    keep_by: date
    link: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whose work it is: `mine` are the owners whose customers he follows, himself and those he stands in for; `sees` is his sight."""

    login: str
    mine: Sequence[str]
    sees: Sequence[str] | None


# A milestone is somebody's by its department, or because he follows its customer; one that was passed is nobody's any more.
_MILESTONES = """
SELECT o.number, k.code AS customer, m.shipment, m.code AS milestone, m.department, m.planned, m.estimated
FROM milestone m JOIN customer_order o ON o.id = m.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE m.actual IS NULL AND m.estimated BETWEEN $4 AND $5 AND o.status = 'open' AND ($2::text[] IS NULL OR k.owner = ANY($2))
    AND (k.owner = ANY($1::text[]) OR m.department = (SELECT s.department FROM known_staff s WHERE s.login = $3))
    AND NOT EXISTS (SELECT FROM milestone p WHERE p.order_id = m.order_id AND p.shipment IS NOT DISTINCT FROM m.shipment
                    AND p.position > m.position AND p.actual IS NOT NULL)
ORDER BY m.estimated, o.number, m.position LIMIT $6
"""
_AT_RISK = """
SELECT o.number, k.code AS customer, min(l.promised) AS promised, max(l.estimated) AS expected, count(*) AS lines
FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE l.delivered IS NULL AND l.cancelled IS NULL AND l.estimated > l.promised AND o.status = 'open' AND k.owner = ANY($1::text[])
GROUP BY o.id, k.code ORDER BY min(l.promised), o.number LIMIT $2
"""
# In danger is somebody's what he follows or his department works on.
_WARNINGS = f"""{risks.READ}
WHERE ($2::text[] IS NULL OR k.owner = ANY($2))
    AND (k.owner = ANY($1::text[]) OR r.department = (SELECT s.department FROM known_staff s WHERE s.login = $3))
ORDER BY r.score DESC, o.number, r.milestone LIMIT $4
"""
_DELAYS = """
SELECT d.id, d.milestone, d.shipment, d.next_news_on, d.ask_by, touched.orders
FROM delay d CROSS JOIN LATERAL (
    SELECT array_agg(o.number ORDER BY o.number) AS orders
    FROM delay_order t JOIN customer_order o ON o.id = t.order_id JOIN known_customer k ON k.id = o.customer_id
    WHERE t.delay_id = d.id AND k.owner = ANY($1::text[])
) touched
WHERE d.status = 'open' AND touched.orders IS NOT NULL
"""
_NEWS = f"{_DELAYS} AND d.next_news_on <= $3 ORDER BY d.next_news_on, d.id LIMIT $2"
_AWAITED = f"{_DELAYS} AND d.ask IS NOT NULL ORDER BY d.ask_by NULLS LAST, d.id LIMIT $2"
_ACTIONS = """
SELECT a.exception_id, a.id, a.text, a.due_on, a.status
FROM exception_action a JOIN order_exception e ON e.id = a.exception_id
WHERE a.owner = $1 AND a.status = 'open' AND e.status = 'open' ORDER BY a.due_on, a.id LIMIT $2
"""

# A vessel that has left is caught or missed: nothing can be done about its cut-offs any more.
_CUTOFFS = f"""
SELECT s.number, c.kind, c.at, c.at <= $3 AS missed
FROM shipment_cutoff c JOIN shipment s ON s.id = c.shipment_id
WHERE c.met_at IS NULL AND c.told = c.revision AND NOT ({DONE}) AND (c.at <= $3 OR EXISTS (SELECT FROM milestone m WHERE {LATE}))
    AND NOT EXISTS (SELECT FROM milestone g WHERE g.shipment = s.number AND g.code = 'DEPART' AND g.actual IS NOT NULL)
    AND EXISTS (SELECT FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
                WHERE l.shipment = s.number AND l.cancelled IS NULL AND k.owner = ANY($1::text[]))
ORDER BY c.at, s.number LIMIT $2
"""


# As a milestone, a document is somebody's by its department, or because he follows its customer.
_DOCUMENTS = """
SELECT d.id AS document, o.number AS "order", k.code AS customer, d.shipment, d.code, d.department, d.state, d.due
FROM document d JOIN customer_order o ON o.id = d.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE d.state IN ('missing', 'discrepant') AND d.due <= $4 AND o.status <> 'cancelled' AND ($2::text[] IS NULL OR k.owner = ANY($2))
    AND (k.owner = ANY($1::text[]) OR d.department = (SELECT s.department FROM known_staff s WHERE s.login = $3))
ORDER BY d.due, d.id LIMIT $5
"""
_CREDITS = """
SELECT c.id AS credit, c.number, k.code AS customer, array_agg(DISTINCT r.kind ORDER BY r.kind) AS terms, min(r.amend_by) AS amend_by
FROM credit c JOIN known_customer k ON k.id = c.customer_id JOIN credit_risk r ON r.credit_id = c.id
WHERE c.status = 'open' AND k.owner = ANY($1::text[]) GROUP BY c.id, k.code ORDER BY min(r.amend_by), c.id LIMIT $2
"""
_CLAUSES = """
SELECT c.id AS clause, o.number AS "order", k.code AS customer, c.reference, c.state, c.keep_by
FROM clause c JOIN customer_order o ON o.id = c.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE c.status = 'open' AND c.state IN ('at_risk', 'breached') AND k.owner = ANY($1::text[]) ORDER BY c.keep_by, c.id LIMIT $2
"""


async def documents(tx: Tx, whose: Person, last: date, limit: int) -> Part[DocumentWork]:
    """Documents of his that are missing or discrepant and due by `last`."""
    rows = await tx.fetch(_DOCUMENTS, whose.mine, whose.sees, whose.login, last, limit + 1)
    return _part([DocumentWork(**row, link=f"/api/orders/documents/{row['document']}") for row in rows], limit)


async def credits(tx: Tx, whose: Person, limit: int) -> Part[CreditWork]:
    """Letters of credit of his customers with terms that are not kept as things are expected."""
    rows = await tx.fetch(_CREDITS, whose.mine, limit + 1)
    return _part([CreditWork(**row, link=f"/api/orders/credits/{row['credit']}") for row in rows], limit)


async def clauses(tx: Tx, whose: Person, limit: int) -> Part[ClauseWork]:
    """Clauses of his customers' orders that will not be kept, or were not."""
    rows = await tx.fetch(_CLAUSES, whose.mine, limit + 1)
    return _part([ClauseWork(**row, link=f"/api/orders/clauses/{row['clause']}") for row in rows], limit)


async def milestones(tx: Tx, whose: Person, first: date, last: date, limit: int) -> Part[MilestoneWork]:
    """Milestones of his that are expected from `first` to `last` and have not happened."""
    rows = await tx.fetch(_MILESTONES, whose.mine, whose.sees, whose.login, first, last, limit + 1)
    same = ("customer", "shipment", "milestone", "department", "planned")
    found = [
        MilestoneWork(**{name: row[name] for name in same}, order=row["number"], expected=row["estimated"], link=_order(row["number"]))
        for row in rows
    ]
    return _part(found, limit)


async def at_risk(tx: Tx, whose: Person, limit: int) -> Part[OrderAtRisk]:
    """Orders of his customers with lines that are expected after their promise."""
    rows = await tx.fetch(_AT_RISK, whose.mine, limit + 1)
    same = ("customer", "promised", "expected", "lines")
    return _part(
        [OrderAtRisk(**{name: row[name] for name in same}, order=row["number"], link=_order(row["number"])) for row in rows], limit
    )


async def warnings(tx: Tx, whose: Person, limit: int) -> Part[risks.RiskShown]:
    """Milestones of his that are in danger before they are late, with the reasons."""
    return _part([risks.shown(row) for row in await tx.fetch(_WARNINGS, whose.mine, whose.sees, whose.login, limit + 1)], limit)


async def news(tx: Tx, whose: Person, today: date, limit: int) -> Part[DelayWork]:
    """Delays of which a customer of his is to hear by today."""
    return _delays(await tx.fetch(_NEWS, whose.mine, limit + 1, today), "next_news_on", limit)


async def awaited(tx: Tx, whose: Person, limit: int) -> Part[DelayWork]:
    """Delays for which something was asked of a customer of his."""
    return _delays(await tx.fetch(_AWAITED, whose.mine, limit + 1), "ask_by", limit)


async def actions(tx: Tx, whose: Person, limit: int) -> Part[ActionWork]:
    """Actions on exceptions that he has to do."""
    rows = await tx.fetch(_ACTIONS, whose.login, limit + 1)
    found = [
        ActionWork(
            exception=row["exception_id"],
            action=row["id"],
            text=row["text"],
            due_on=row["due_on"],
            status=row["status"],
            link=f"/api/orders/exceptions/{row['exception_id']}",
        )
        for row in rows
    ]
    return _part(found, limit)


async def cutoffs(tx: Tx, whose: Person, now: datetime, limit: int) -> Part[CutoffWork]:
    """Cut-offs of shipments with orders of his customers that are at risk, or were missed by goods that have not left."""
    rows = await tx.fetch(_CUTOFFS, whose.mine, limit + 1, now)
    found = [
        CutoffWork(
            shipment=row["number"],
            kind=row["kind"],
            at=row["at"],
            missed=row["missed"],
            link=address("/api/orders/shipments/{shipment}/cutoffs", shipment=row["number"]),
        )
        for row in rows
    ]
    return _part(found, limit)


def _delays(rows: Sequence[asyncpg.Record], day: str, limit: int) -> Part[DelayWork]:
    found = [
        DelayWork(
            delay=row["id"],
            milestone=row["milestone"],
            shipment=row["shipment"],
            orders=tuple(row["orders"]),
            on=row[day],
            link=f"/api/orders/delays/{row['id']}",
        )
        for row in rows
    ]
    return _part(found, limit)


def _order(number: str) -> str:
    return address("/api/orders/{order}", order=number)


def _part(found: Sequence[T], limit: int) -> Part[T]:
    return Part(items=found[:limit], more=len(found) > limit)
