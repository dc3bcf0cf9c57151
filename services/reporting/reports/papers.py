"""Papers that hold an order up: documents that are lacking, by whose work they are, and what customs keeps or kept.

Lacking: missing or discrepant. A document is due on its day, or so many days after its milestone as that is expected now in the last of
the legs that it is about. Overdue: lacking, and that day is over. Of an entry that customs held more than once, the last hold counts.
"""

from typing import Any, Literal

from services.reporting.reports.domain import Column, CustomerFilter, Name, PeriodQuery, Report, Scope
from services.reporting.reports.legs import MILESTONE_DAY
from shared.contracts.papers import DOCUMENTS, DocumentCode
from shared.contracts.text import LocalText

Group = Literal["total", "department", "code", "customer", "owner"]


class LackingDocumentsQuery(CustomerFilter):
    department: Name | None = None
    code: DocumentCode | None = None
    group: Group = "department"


class CustomsHoldsQuery(PeriodQuery, CustomerFilter):
    held: bool | None = None


_DOCUMENTS = (
    f"WITH {MILESTONE_DAY}"
    """, lacking AS (
    SELECT d.order_id, d.state, {group} AS "group", {label} AS label, coalesce(d.due_on, after.day + d.after_days) AS due
    FROM projection.document d
    LEFT JOIN projection.customer c ON c.id = d.customer_id
    LEFT JOIN public.known_customer k ON k.id = d.customer_id
    CROSS JOIN LATERAL (
        SELECT coalesce(max(m.day) FILTER (WHERE m.leg = d.leg AND d.leg <> ''), max(m.day)) AS day
        FROM milestone_day m WHERE m.order_id = d.order_id AND m.milestone = d.after_milestone) AS after
    WHERE d.state IN ('missing', 'discrepant') AND ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($3::text IS NULL OR c.code = $3)
      AND ($4::text IS NULL OR k.owner = $4) AND ($5::text IS NULL OR d.department = $5) AND ($6::text IS NULL OR d.code = $6)
), counted AS (
    SELECT "group", max(label) AS label, count(*) AS lacking, count(*) FILTER (WHERE state = 'discrepant') AS discrepant,
           count(*) FILTER (WHERE due < $2::date) AS overdue, count(*) FILTER (WHERE due >= $2 AND due < $2 + 7) AS due_soon,
           count(DISTINCT order_id) FILTER (WHERE due < $2) AS orders_overdue, min(due) AS next_due,
           greatest(max($2 - due), 0) AS oldest_days
    FROM lacking GROUP BY "group"
)
SELECT "group", coalesce(m.meaning, label) AS label, lacking, discrepant, overdue, due_soon, orders_overdue, next_due, oldest_days
FROM counted
LEFT JOIN unnest($7::text[], $8::text[]) AS m (code, meaning) ON m.code = "group"
ORDER BY overdue DESC, lacking DESC, "group"
"""
)
_GROUP: dict[Group, tuple[str, str]] = {
    "total": ("NULL::text", "NULL::text"),
    "department": ("d.department", "NULL::text"),
    "code": ("d.code", "NULL::text"),
    "customer": ("c.code", "c.name"),
    "owner": ("k.owner", "NULL::text"),
}
_DOCUMENTS_BY = {group: _DOCUMENTS.format(group=key, label=label) for group, (key, label) in _GROUP.items()}
_HOLDS = """
SELECT e.number AS entry, e.regime_code, e.shipment, s.orders, s.customers, s.owners, e.declared_on, e.inspected_on, e.held_on,
       e.released_on, e.state = 'held' AS held, coalesce(e.released_on, $2::date) - e.held_on AS days_held
FROM projection.customs_entry e
CROSS JOIN LATERAL (
    SELECT array_agg(o.number ORDER BY o.number) AS orders, array_remove(array_agg(DISTINCT c.code), NULL) AS customers,
           array_remove(array_agg(DISTINCT k.owner), NULL) AS owners
    FROM jsonb_to_recordset(e.orders) AS o (number text, customer_id uuid)
    LEFT JOIN projection.customer c ON c.id = o.customer_id
    LEFT JOIN public.known_customer k ON k.id = o.customer_id
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($5::text IS NULL OR c.code = $5) AND ($6::text IS NULL OR k.owner = $6)) AS s
WHERE e.held_on IS NOT NULL AND s.orders IS NOT NULL AND ($3::date IS NULL OR e.held_on >= $3) AND ($4::date IS NULL OR e.held_on <= $4)
  AND ($7::boolean IS NULL OR $7 = (e.state = 'held'))
ORDER BY held DESC, e.held_on, e.id
"""


def _document_arguments(query: LackingDocumentsQuery, scope: Scope) -> tuple[Any, ...]:
    names = [meaning.name.in_language(scope.language) for meaning in DOCUMENTS.values()]
    return scope.owners, scope.today, query.customer, query.owner, query.department, query.code, list(DOCUMENTS), names


def _hold_arguments(query: CustomsHoldsQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, scope.today, query.first, query.last, query.customer, query.owner, query.held


LACKING_DOCUMENTS = Report(
    name="lacking-documents",
    title=LocalText(en="Documents that are lacking", zh_cn="缺少的单证"),
    description="Missing or discrepant documents by department, code, customer or owner; due as their milestones are expected now.",
    query=LackingDocumentsQuery,
    columns=(
        Column("group", "text", "Group", "分组"),
        Column("label", "text", "Name", "名称"),
        Column("lacking", "integer", "Lacking", "缺少"),
        Column("discrepant", "integer", "Of these discrepant", "其中有不符点"),
        Column("overdue", "integer", "Overdue", "逾期"),
        Column("due_soon", "integer", "Due within seven days", "七日内到期"),
        Column("orders_overdue", "integer", "Orders with overdue ones", "有逾期单证的订单"),
        Column("next_due", "date", "First due", "最早到期日"),
        Column("oldest_days", "integer", "Overdue at most, days", "最长逾期天数"),
    ),
    sql=lambda query: _DOCUMENTS_BY[query.group],
    arguments=_document_arguments,
)

CUSTOMS_HOLDS = Report(
    name="customs-holds",
    title=LocalText(en="Customs holds", zh_cn="海关扣留"),
    description="Entries that customs holds or held, with the days of the last hold: to its release, or to today. "
    "Those that are held come first. `from` and `to` are days on which a hold began.",
    query=CustomsHoldsQuery,
    columns=(
        Column("entry", "text", "Customs entry", "报关单"),
        Column("regime_code", "text", "Regime", "监管方式"),
        Column("shipment", "text", "Shipment", "出运批次"),
        Column("orders", "texts", "Orders", "订单"),
        Column("customers", "texts", "Customers", "客户"),
        Column("owners", "texts", "Owners", "跟单员"),
        Column("declared_on", "date", "Declared on", "申报日"),
        Column("inspected_on", "date", "Inspected on", "查验日"),
        Column("held_on", "date", "Held on", "扣留日"),
        Column("released_on", "date", "Released on", "放行日"),
        Column("held", "boolean", "Held now", "仍被扣留"),
        Column("days_held", "integer", "Days held", "扣留天数"),
    ),
    sql=lambda query: _HOLDS,
    arguments=_hold_arguments,
)
