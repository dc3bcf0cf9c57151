"""What one person has to see to today, each kind of it by what is most urgent."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

from services.orders.risks import queries as risks
from services.orders.tasks.queries import (
    AHEAD,
    DUE,
    FAILING_CLAUSE,
    LACKING_DOCUMENT,
    LATE_FOR_CUTOFF,
    LATE_LINE,
    OPEN_ACTION,
    OPEN_CHASE,
    WATCHED_CUTOFF,
)
from services.orders.work.model import (
    ActionWork,
    ChaseWork,
    ClauseWork,
    CreditWork,
    CutoffWork,
    DelayWork,
    DocumentWork,
    MilestoneWork,
    OrderAtRisk,
    Part,
    Person,
    UrgentWork,
    part,
)
from shared.database.pool import Tx
from shared.web.call import address

BEGINNING = date(1970, 1, 1)
"""Before any day that business can mean."""

# A milestone is somebody's by its department, or because he follows its customer.
_MILESTONES = f"""
SELECT o.number, k.code AS customer, o.urgent, m.shipment, m.code AS milestone, m.department, m.planned, m.estimated,
    {DUE} AS due
FROM milestone m JOIN customer_order o ON o.id = m.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE {AHEAD} AND {DUE} BETWEEN $4 AND $5 AND o.status = 'open' AND ($2::text[] IS NULL OR k.owner = ANY($2))
    AND (k.owner = ANY($1::text[]) OR m.department = (SELECT s.department FROM known_staff s WHERE s.login = $3))
ORDER BY due, o.number, m.position LIMIT $6
"""
# An urgent order is also his whose department owns what is next.
_URGENT = f"""
SELECT o.number AS "order", k.code AS customer, l.promised, l.expected, n.code AS milestone, n.department, n.estimated AS next_on
FROM customer_order o JOIN known_customer k ON k.id = o.customer_id CROSS JOIN LATERAL (
    SELECT min(l.promised) AS promised, max(l.estimated) AS expected FROM order_line l
    WHERE l.order_id = o.id AND l.delivered IS NULL AND l.cancelled IS NULL
) l LEFT JOIN LATERAL (
    SELECT m.code, m.department, m.estimated FROM milestone m WHERE m.order_id = o.id AND {AHEAD} ORDER BY m.estimated, m.position LIMIT 1
) n ON true
WHERE o.urgent AND o.status = 'open' AND ($2::text[] IS NULL OR k.owner = ANY($2))
    AND (k.owner = ANY($1::text[]) OR n.department = (SELECT s.department FROM known_staff s WHERE s.login = $3))
ORDER BY l.promised, o.number LIMIT $4
"""
_AT_RISK = f"""
SELECT o.number, k.code AS customer, o.urgent, min(l.promised) AS promised, max(l.estimated) AS expected, count(*) AS lines
FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE {LATE_LINE} AND k.owner = ANY($1::text[])
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
_ACTIONS = f"""
SELECT a.exception_id, a.id, a.text, a.due_on, a.status
FROM exception_action a JOIN order_exception e ON e.id = a.exception_id
WHERE a.owner = $1 AND {OPEN_ACTION} ORDER BY a.due_on, a.id LIMIT $2
"""
_CUTOFFS = f"""
SELECT s.number, c.kind, c.at, c.at <= $3 AS missed
FROM shipment_cutoff c JOIN shipment s ON s.id = c.shipment_id
WHERE {WATCHED_CUTOFF} AND (c.at <= $3 OR {LATE_FOR_CUTOFF})
    AND EXISTS (SELECT FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
                WHERE l.shipment = s.number AND l.cancelled IS NULL AND k.owner = ANY($1::text[]))
ORDER BY c.at, s.number LIMIT $2
"""

# As a milestone, a document is somebody's by its department, or because he follows its customer.
_DOCUMENTS = f"""
SELECT d.id AS document, o.number AS "order", k.code AS customer, d.shipment, d.code, d.department, d.state, d.due
FROM document d JOIN customer_order o ON o.id = d.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE {LACKING_DOCUMENT} AND d.due <= $4 AND ($2::text[] IS NULL OR k.owner = ANY($2))
    AND (k.owner = ANY($1::text[]) OR d.department = (SELECT s.department FROM known_staff s WHERE s.login = $3))
ORDER BY d.due, d.id LIMIT $5
"""
_CREDITS = """
SELECT c.id AS credit, c.number, k.code AS customer, array_agg(DISTINCT r.kind ORDER BY r.kind) AS terms, min(r.amend_by) AS amend_by
FROM credit c JOIN known_customer k ON k.id = c.customer_id JOIN credit_risk r ON r.credit_id = c.id
WHERE c.status = 'open' AND k.owner = ANY($1::text[]) GROUP BY c.id, k.code ORDER BY min(r.amend_by), c.id LIMIT $2
"""
_CLAUSES = f"""
SELECT c.id AS clause, o.number AS "order", k.code AS customer, c.reference, c.state, c.keep_by
FROM clause c JOIN customer_order o ON o.id = c.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE {FAILING_CLAUSE} AND k.owner = ANY($1::text[]) ORDER BY c.keep_by, c.id LIMIT $2
"""
_CHASES = f"""
SELECT c.id AS chase, o.number AS "order", c.shipment, c.milestone, c.question, c.asked, c.department, c.asked_by, c.answer_by, c.level
FROM chase c JOIN customer_order o ON o.id = c.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE {OPEN_CHASE}
"""
# Who is asked sees the question, whoever's customer it is about; his department sees those in its sight.
_TO_ANSWER = f"""{_CHASES} AND ($3 IN (c.asked, c.escalated_to) OR ($2::text[] IS NULL OR k.owner = ANY($2))
    AND c.department = (SELECT s.department FROM known_staff s WHERE s.login = $3))
ORDER BY c.answer_by, c.id LIMIT $1
"""
_UNANSWERED = f"""{_CHASES} AND ($2::text[] IS NULL OR k.owner = ANY($2)) AND (c.asked_by = $3 OR k.owner = ANY($4::text[]))
ORDER BY c.answer_by, c.id LIMIT $1
"""


async def to_answer(tx: Tx, whose: Person, limit: int) -> Part[ChaseWork]:
    """Chases that wait for his answer or for that of his department."""
    return _chases(await tx.fetch(_TO_ANSWER, limit + 1, whose.sees, whose.login), limit)


async def unanswered(tx: Tx, whose: Person, limit: int) -> Part[ChaseWork]:
    """Chases that he sent, or that are about orders of his customers, and that wait for an answer."""
    return _chases(await tx.fetch(_UNANSWERED, limit + 1, whose.sees, whose.login, whose.mine), limit)


async def urgent(tx: Tx, whose: Person, limit: int) -> Part[UrgentWork]:
    """Small orders of his that must leave at once."""
    rows = await tx.fetch(_URGENT, whose.mine, whose.sees, whose.login, limit + 1)
    return part([UrgentWork(**row, link=_order(row["order"])) for row in rows], limit)


async def documents(tx: Tx, whose: Person, last: date, limit: int) -> Part[DocumentWork]:
    """Documents of his that are missing or discrepant and due by `last`."""
    rows = await tx.fetch(_DOCUMENTS, whose.mine, whose.sees, whose.login, last, limit + 1)
    return part([DocumentWork(**row, link=f"/api/orders/documents/{row['document']}") for row in rows], limit)


async def credits(tx: Tx, whose: Person, limit: int) -> Part[CreditWork]:
    """Letters of credit of his customers with terms that are not kept as things are expected."""
    rows = await tx.fetch(_CREDITS, whose.mine, limit + 1)
    return part([CreditWork(**row, link=f"/api/orders/credits/{row['credit']}") for row in rows], limit)


async def clauses(tx: Tx, whose: Person, limit: int) -> Part[ClauseWork]:
    """Clauses of his customers' orders that will not be kept, or were not."""
    rows = await tx.fetch(_CLAUSES, whose.mine, limit + 1)
    return part([ClauseWork(**row, link=f"/api/orders/clauses/{row['clause']}") for row in rows], limit)


async def milestones(tx: Tx, whose: Person, first: date, last: date, limit: int) -> Part[MilestoneWork]:
    """Milestones of his that are due from `first` to `last` and have not happened."""
    rows = await tx.fetch(_MILESTONES, whose.mine, whose.sees, whose.login, first, last, limit + 1)
    same = ("customer", "urgent", "shipment", "milestone", "department", "planned", "due")
    found = [
        MilestoneWork(**{name: row[name] for name in same}, order=row["number"], expected=row["estimated"], link=_order(row["number"]))
        for row in rows
    ]
    return part(found, limit)


async def at_risk(tx: Tx, whose: Person, limit: int) -> Part[OrderAtRisk]:
    """Orders of his customers with lines that are expected after their promise."""
    rows = await tx.fetch(_AT_RISK, whose.mine, limit + 1)
    same = ("customer", "urgent", "promised", "expected", "lines")
    return part([OrderAtRisk(**{name: row[name] for name in same}, order=row["number"], link=_order(row["number"])) for row in rows], limit)


async def warnings(tx: Tx, whose: Person, limit: int) -> Part[risks.RiskShown]:
    """Milestones of his that are in danger before they are late, with the reasons."""
    return part([risks.shown(row) for row in await tx.fetch(_WARNINGS, whose.mine, whose.sees, whose.login, limit + 1)], limit)


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
    return part(found, limit)


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
    return part(found, limit)


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
    return part(found, limit)


def _chases(rows: Sequence[asyncpg.Record], limit: int) -> Part[ChaseWork]:
    return part([ChaseWork(**row, link=f"/api/orders/chases/{row['chase']}") for row in rows], limit)


def _order(number: str) -> str:
    return address("/api/orders/{order}", order=number)
