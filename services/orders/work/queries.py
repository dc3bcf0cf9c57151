"""What one person has to see to today, each kind of it a page, by what is most urgent."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from services.orders.cutoffs.store import OVERTAKEN
from services.orders.orders.queries import AT_RISK_LINE, OPEN_LINE
from services.orders.risks import queries as risks
from services.orders.risks.queries import WORKED_ON
from services.orders.tasks.queries import (
    AHEAD,
    ANSWERED_CHASE,
    AT_RISK,
    DUE,
    FAILING_CLAUSE,
    LACKING_DOCUMENT,
    OPEN_CHASE,
    WATCHED_CUTOFF,
)
from services.orders.templates.model import MOST_TOLERATED
from services.orders.work.model import (
    AnsweredWork,
    ChaseWork,
    ClauseWork,
    CreditWork,
    CutoffWork,
    DelayWork,
    DocumentWork,
    MilestoneWork,
    OrderAtRisk,
    Person,
    UrgentWork,
)
from shared.database.pool import Tx
from shared.web.call import address
from shared.web.paging import Page, PageQuery, page

# A milestone is somebody's by its department, because it names him or one he stands in for, whosever the customer is, or because he
# follows its customer.
# $5 asks for what is overdue: due before today by more than its template tolerates. What is not yet is due today.
_MILESTONES = f"""
WITH tolerated AS MATERIALIZED (
    SELECT t.code, t.revision, step->>'code' AS milestone, (step->>'tolerance_days')::integer AS days
    FROM template_revision t CROSS JOIN LATERAL jsonb_array_elements(t.document->'milestones') AS step
    WHERE (step->>'tolerance_days')::integer > 0
)
SELECT o.number, k.code AS customer, o.urgent, m.shipment, m.code AS milestone, m.department, m.planned, m.estimated,
    {DUE} AS due, m.position
FROM {AHEAD} AS m JOIN customer_order o ON o.id = m.order_id JOIN known_customer k ON k.id = o.customer_id
LEFT JOIN tolerated t ON t.code = o.template AND t.revision = o.template_revision AND t.milestone = m.code
WHERE {DUE} BETWEEN CASE WHEN $5::boolean THEN '-infinity' ELSE $4::date - {MOST_TOLERATED} END AND $4
    AND ({DUE} + coalesce(t.days, 0) < $4) = $5
    AND (m.person = ANY($1::text[]) OR {WORKED_ON})
    AND ($6::date IS NULL OR ({DUE}, o.number, m.position, coalesce(m.shipment, '')) > ($6, $7::text, $8::integer, $9::text))
ORDER BY due, o.number, m.position, coalesce(m.shipment, '') LIMIT $10
"""
# An urgent order is also his who owns what is next, by name or by his department.
_URGENT = f"""
SELECT o.number AS "order", k.code AS customer, l.promised, l.expected, n.code AS milestone, n.department, n.estimated AS next_on
FROM customer_order o JOIN known_customer k ON k.id = o.customer_id CROSS JOIN LATERAL (
    SELECT min(l.promised) AS promised, max(l.estimated) AS expected FROM order_line l
    WHERE l.order_id = o.id AND {OPEN_LINE}
) l CROSS JOIN LATERAL (
    SELECT m.code, m.department, m.person, m.estimated FROM {AHEAD} AS m WHERE m.order_id = o.id
    ORDER BY m.estimated, m.position LIMIT 1
) n
WHERE o.urgent AND (n.person = ANY($1::text[]) OR {WORKED_ON})
    AND ($4::date IS NULL OR (coalesce(l.promised, 'infinity'), o.number) > ($4, $5::text))
ORDER BY coalesce(l.promised, 'infinity'), o.number LIMIT $6
"""
_AT_RISK = f"""
SELECT o.number, k.code AS customer, o.urgent, min(l.promised) AS promised, max(l.estimated) AS expected, count(*) AS lines
FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE {AT_RISK_LINE} AND o.status = 'open' AND k.owner = ANY($1::text[])
GROUP BY o.id, k.code HAVING $2::date IS NULL OR (min(l.promised), o.number) > ($2, $3::text)
ORDER BY min(l.promised), o.number LIMIT $4
"""
# In danger is somebody's what he follows, what names him or one he stands in for, or what his department works on.
_WARNINGS = f"""{risks.READ}
WHERE ({risks.PERSON} = ANY($1::text[]) OR {WORKED_ON})
    AND ($4::integer IS NULL OR (-r.score, o.number, r.milestone, coalesce(r.shipment, '')) > (-$4, $5::text, $6::text, $7::text))
ORDER BY -r.score, o.number, r.milestone, coalesce(r.shipment, '') LIMIT $8
"""
_DELAYS = """
SELECT d.id, d.milestone, d.shipment, d.next_news_on, d.ask_by, touched.orders
FROM delay d CROSS JOIN LATERAL (
    SELECT array_agg(o.number ORDER BY o.number) AS orders
    FROM delay_order t JOIN customer_order o ON o.id = t.order_id JOIN known_customer k ON k.id = o.customer_id
    WHERE t.delay_id = d.id AND t.open AND k.owner = ANY($1::text[])
) touched
WHERE d.status = 'open' AND touched.orders IS NOT NULL
"""
_NEWS = f"""{_DELAYS} AND d.next_news_on <= $2 AND ($3::date IS NULL OR (d.next_news_on, d.id) > ($3, $4::uuid))
ORDER BY d.next_news_on, d.id LIMIT $5
"""
_AWAITED = f"""{_DELAYS} AND d.ask IS NOT NULL AND ($2::date IS NULL OR (coalesce(d.ask_by, 'infinity'), d.id) > ($2, $3::uuid))
ORDER BY coalesce(d.ask_by, 'infinity'), d.id LIMIT $4
"""
_CUTOFFS = f"""
SELECT s.number, c.kind, c.at, c.at <= $2 AS missed, coalesce({OVERTAKEN}, false) AS overtaken
FROM shipment_cutoff c JOIN shipment s ON s.id = c.shipment_id
WHERE {WATCHED_CUTOFF} AND (c.at <= $2 OR {AT_RISK})
    AND EXISTS (SELECT FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
                WHERE l.shipment = s.number AND l.cancelled IS NULL AND k.owner = ANY($1::text[]))
    AND ($3::timestamptz IS NULL OR (c.at, s.number, c.kind) > ($3, $4::text, $5::text))
ORDER BY c.at, s.number, c.kind LIMIT $6
"""

# As a milestone, a document is somebody's by its department, or because he follows its customer.
_DOCUMENTS = f"""
SELECT d.id AS document, o.number AS "order", k.code AS customer, d.shipment, d.code, d.department, d.state, d.due
FROM document d JOIN customer_order o ON o.id = d.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE {LACKING_DOCUMENT} AND d.due <= $4 AND {WORKED_ON}
    AND ($5::date IS NULL OR (d.due, d.id) > ($5, $6::uuid))
ORDER BY d.due, d.id LIMIT $7
"""
_CREDITS = """
SELECT c.id AS credit, c.number, k.code AS customer, array_agg(DISTINCT r.kind ORDER BY r.kind) AS terms, min(r.amend_by) AS amend_by
FROM credit c JOIN known_customer k ON k.id = c.customer_id JOIN credit_risk r ON r.credit_id = c.id
WHERE c.status = 'open' AND k.owner = ANY($1::text[]) GROUP BY c.id, k.code
HAVING $2::date IS NULL OR (coalesce(min(r.amend_by), 'infinity'), c.id) > ($2, $3::uuid)
ORDER BY coalesce(min(r.amend_by), 'infinity'), c.id LIMIT $4
"""
_CLAUSES = f"""
SELECT c.id AS clause, o.number AS "order", k.code AS customer, c.reference, c.state, c.keep_by
FROM clause c JOIN customer_order o ON o.id = c.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE {FAILING_CLAUSE} AND k.owner = ANY($1::text[]) AND ($2::date IS NULL OR (c.keep_by, c.id) > ($2, $3::uuid))
ORDER BY c.keep_by, c.id LIMIT $4
"""
_CHASES = """
SELECT c.id AS chase, o.number AS "order", c.shipment, c.milestone, c.question, c.asked, c.department, c.asked_by, c.answer_by, c.level,
    c.escalated_to, c.done_on, c.text
FROM chase c JOIN customer_order o ON o.id = c.order_id JOIN known_customer k ON k.id = o.customer_id
"""
# Who is asked sees the question, whoever's customer it is about, and so does his deputy; his department sees those in its sight.
_TO_ANSWER = f"""{_CHASES}
WHERE {OPEN_CHASE} AND ($1::text[] && ARRAY[c.asked, c.escalated_to] OR ($2::text[] IS NULL OR k.owner = ANY($2))
        AND c.department = (SELECT s.department FROM known_staff s WHERE s.login = $3))
    AND ($4::date IS NULL OR (c.answer_by, c.id) > ($4, $5::uuid))
ORDER BY c.answer_by, c.id LIMIT $6
"""
_ASKERS = "($2::text[] IS NULL OR k.owner = ANY($2)) AND (c.asked_by = ANY($1::text[]) OR k.owner = ANY($1))"
_UNANSWERED = f"""{_CHASES} WHERE {OPEN_CHASE} AND {_ASKERS}
    AND ($3::date IS NULL OR (c.answer_by, c.id) > ($3, $4::uuid))
ORDER BY c.answer_by, c.id LIMIT $5
"""
_ANSWERED = f"""{_CHASES} WHERE {ANSWERED_CHASE} AND {_ASKERS}
    AND ($3::date IS NULL OR (c.done_on, c.id) > ($3, $4::uuid))
ORDER BY c.done_on, c.id LIMIT $5
"""


async def to_answer(tx: Tx, whose: Person, query: PageQuery) -> Page[ChaseWork]:
    """Chases that wait for his answer, for that of somebody he stands in for, or of his department."""
    behind = query.begins_after(date, UUID)
    rows = await tx.fetch(_TO_ANSWER, whose.mine, whose.sees, whose.login, *behind, query.limit + 1)
    found = [_chase(row, whose.absent(row["asked"], row["escalated_to"])) for row in rows]
    return page(found, query.limit, lambda one: (one.answer_by, one.chase))


async def unanswered(tx: Tx, whose: Person, query: PageQuery) -> Page[ChaseWork]:
    """Chases that he sent, or that are about orders of his customers, and that wait for an answer."""
    behind = query.begins_after(date, UUID)
    rows = await tx.fetch(_UNANSWERED, whose.mine, whose.sees, *behind, query.limit + 1)
    found = [_chase(row, whose.absent(row["asked_by"])) for row in rows]
    return page(found, query.limit, lambda one: (one.answer_by, one.chase))


async def answered(tx: Tx, whose: Person, query: PageQuery) -> Page[AnsweredWork]:
    """Chases of his by whose answer a milestone has happened that is not recorded."""
    behind = query.begins_after(date, UUID)
    rows = await tx.fetch(_ANSWERED, whose.mine, whose.sees, *behind, query.limit + 1)
    found = [AnsweredWork(**dict(_chase(row, whose.absent(row["asked_by"]))), done_on=row["done_on"], text=row["text"]) for row in rows]
    return page(found, query.limit, lambda one: (one.done_on, one.chase))


async def urgent(tx: Tx, whose: Person, query: PageQuery) -> Page[UrgentWork]:
    """Small orders of his that must leave at once."""
    behind = query.begins_after(date, str)
    rows = await tx.fetch(_URGENT, whose.mine, whose.sees, whose.login, *behind, query.limit + 1)
    found = [UrgentWork(**row, link=_order(row["order"])) for row in rows]
    return page(found, query.limit, lambda one: (one.promised or date.max, one.order))


async def documents(tx: Tx, whose: Person, last: date, query: PageQuery) -> Page[DocumentWork]:
    """Documents of his that are missing or discrepant and due by `last`."""
    rows = await tx.fetch(_DOCUMENTS, whose.mine, whose.sees, whose.login, last, *query.begins_after(date, UUID), query.limit + 1)
    found = [DocumentWork(**row, link=f"/api/orders/documents/{row['document']}") for row in rows]
    return page(found, query.limit, lambda one: (one.due, one.document))


async def credits(tx: Tx, whose: Person, query: PageQuery) -> Page[CreditWork]:
    """Letters of credit of his customers with terms that are not kept as things are expected."""
    rows = await tx.fetch(_CREDITS, whose.mine, *query.begins_after(date, UUID), query.limit + 1)
    found = [CreditWork(**row, link=f"/api/orders/credits/{row['credit']}") for row in rows]
    return page(found, query.limit, lambda one: (one.amend_by or date.max, one.credit))


async def clauses(tx: Tx, whose: Person, query: PageQuery) -> Page[ClauseWork]:
    """Clauses of his customers' orders that will not be kept, or were not."""
    rows = await tx.fetch(_CLAUSES, whose.mine, *query.begins_after(date, UUID), query.limit + 1)
    found = [ClauseWork(**row, link=f"/api/orders/clauses/{row['clause']}") for row in rows]
    return page(found, query.limit, lambda one: (one.keep_by, one.clause))


async def milestones(tx: Tx, whose: Person, today: date, query: PageQuery, *, overdue: bool) -> Page[MilestoneWork]:
    """Milestones of his that are overdue, or else due today, and have not happened."""
    behind = query.begins_after(date, str, int, str)
    rows = await tx.fetch(_MILESTONES, whose.mine, whose.sees, whose.login, today, overdue, *behind, query.limit + 1)
    found = page(rows, query.limit, lambda row: (row["due"], row["number"], row["position"], row["shipment"] or ""))
    same = ("customer", "urgent", "shipment", "milestone", "department", "planned", "due")
    return found.each(
        lambda row: MilestoneWork(
            **{name: row[name] for name in same}, order=row["number"], expected=row["estimated"], link=_order(row["number"])
        )
    )


async def at_risk(tx: Tx, whose: Person, query: PageQuery) -> Page[OrderAtRisk]:
    """Orders of his customers with lines that are expected after their promise."""
    behind = query.begins_after(date, str)
    rows = await tx.fetch(_AT_RISK, whose.mine, *behind, query.limit + 1)
    same = ("customer", "urgent", "promised", "expected", "lines")
    found = [OrderAtRisk(**{name: row[name] for name in same}, order=row["number"], link=_order(row["number"])) for row in rows]
    return page(found, query.limit, lambda one: (one.promised, one.order))


async def warnings(tx: Tx, whose: Person, query: PageQuery) -> Page[risks.RiskShown]:
    """Milestones of his that are in danger before they are late, with the reasons."""
    behind = query.begins_after(int, str, str, str)
    rows = await tx.fetch(_WARNINGS, whose.mine, whose.sees, whose.login, *behind, query.limit + 1)
    return page([risks.shown(row) for row in rows], query.limit, lambda one: (one.score, one.order, one.milestone, one.shipment or ""))


async def news(tx: Tx, whose: Person, today: date, query: PageQuery) -> Page[DelayWork]:
    """Delays of which a customer of his is to hear by today."""
    return _delays(await tx.fetch(_NEWS, whose.mine, today, *query.begins_after(date, UUID), query.limit + 1), "next_news_on", query)


async def awaited(tx: Tx, whose: Person, query: PageQuery) -> Page[DelayWork]:
    """Delays for which something was asked of a customer of his."""
    return _delays(await tx.fetch(_AWAITED, whose.mine, *query.begins_after(date, UUID), query.limit + 1), "ask_by", query)


async def cutoffs(tx: Tx, whose: Person, now: datetime, query: PageQuery) -> Page[CutoffWork]:
    """Cut-offs of shipments with orders of his customers: at risk, missed by goods that have not left, or later than their vessel."""
    behind = query.begins_after(datetime, str, str)
    rows = await tx.fetch(_CUTOFFS, whose.mine, now, *behind, query.limit + 1)
    found = [
        CutoffWork(
            shipment=row["number"],
            kind=row["kind"],
            at=row["at"],
            missed=row["missed"],
            overtaken=row["overtaken"],
            link=address("/api/orders/shipments/{shipment}/cutoffs", shipment=row["number"]),
        )
        for row in rows
    ]
    return page(found, query.limit, lambda one: (one.at, one.shipment, one.kind))


def _delays(rows: Sequence[asyncpg.Record], day: str, query: PageQuery) -> Page[DelayWork]:
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
    return page(found, query.limit, lambda one: (one.on or date.max, one.delay))


def _chase(row: asyncpg.Record, absent: str | None) -> ChaseWork:
    same = {name: row[name] for name in ChaseWork.model_fields if name not in ("absent", "link")}
    return ChaseWork(**same, absent=absent, link=f"/api/orders/chases/{row['chase']}")


def _order(number: str) -> str:
    return address("/api/orders/{order}", order=number)
