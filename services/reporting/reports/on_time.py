"""On-time delivery, at line, shipment and order level.

Numerator: units delivered on or before their due date. Denominator: units delivered, and open ones whose due date has passed on the
business day (late). Open units not yet due are counted apart. The due date is the first promise (`original`), the last promise made
before the one it replaced had passed (`agreed`), or the customer's requested date (`requested`; lines without one are left out).
A shipment or an order is on time when all its lines are, and belongs to the month of its latest due date; by customer or supplier,
only their lines of it count. Lines without a shipment are in no shipment. Historical (imported) orders count. Cancelled lines do not:
what has no other line is counted apart.
"""

from typing import Any, Literal

from pydantic import Field

from services.reporting.reports.domain import Column, Level, LineFilter, Report, Scope
from shared.contracts.text import LocalText

Basis = Literal["original", "agreed", "requested"]
Group = Literal["total", "month", "customer", "supplier", "mode"]
BASES: tuple[Basis, ...] = ("original", "agreed", "requested")


class OnTimeQuery(LineFilter):
    level: Level = "line"
    group: Group = "total"
    basis: Literal["original", "agreed", "requested", "all"] = Field(default="original", description="which date was due")


_UNIT: dict[Level, str] = {"line": "order_id, line", "shipment": "shipment", "order": "order_id"}
_GROUP: dict[Group, tuple[str, str]] = {
    "total": ("NULL::text", "NULL::text"),
    "month": ("NULL::text", "NULL::text"),
    "customer": ("o.customer_code", "c.name"),
    "supplier": ("l.supplier", "p.name"),
    "mode": ("s.mode", "NULL::text"),
}

_SQL = """
WITH seen AS (
    SELECT l.order_id, l.line, l.shipment, l.first_promised, l.agreed, l.requested, l.delivered, l.cancelled_on IS NULL AS stands,
           {group} AS "group", {label} AS label
    FROM projection.line l
    JOIN projection.sales_order o ON o.id = l.order_id
    LEFT JOIN public.known_customer k ON k.id = o.customer_id
    LEFT JOIN projection.customer c ON c.id = o.customer_id
    LEFT JOIN projection.supplier p ON p.code = l.supplier
    LEFT JOIN projection.shipment s ON s.number = l.shipment
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1))
      AND ($6::text IS NULL OR o.customer_code = $6)
      AND ($7::text IS NULL OR l.supplier = $7)
      AND ($8::text IS NULL OR s.mode = $8)
      AND ($9::text IS NULL OR o.source = $9)
), unit AS (
    SELECT b.ordinal, b.basis, "group", max(label) AS label, coalesce(max(b.due) FILTER (WHERE stands), max(b.due)) AS due,
           bool_or(coalesce(delivered, $2::date) > b.due) FILTER (WHERE stands) AS late,
           bool_and(delivered IS NOT NULL) FILTER (WHERE stands) AS done, NOT bool_or(stands) AS cancelled
    FROM seen
    CROSS JOIN LATERAL (VALUES (1, 'original', first_promised), (2, 'agreed', agreed), (3, 'requested', requested))
        AS b (ordinal, basis, due)
    WHERE b.due IS NOT NULL AND b.basis = ANY ($3::text[]) {only}
    GROUP BY b.ordinal, b.basis, "group", {unit}
), counted AS (
    SELECT ordinal, basis, {shown} AS "group", max(label) AS label,
           count(*) FILTER (WHERE done AND NOT late) AS numerator,
           count(*) FILTER (WHERE done OR late) AS denominator,
           count(*) FILTER (WHERE late) AS late,
           count(*) FILTER (WHERE late AND NOT done) AS late_open,
           count(*) FILTER (WHERE NOT late AND NOT done) AS not_due, count(*) FILTER (WHERE cancelled) AS cancelled
    FROM unit
    WHERE ($4::date IS NULL OR due >= $4) AND ($5::date IS NULL OR due <= $5)
    GROUP BY 1, 2, 3
)
SELECT basis, $10::text AS level, "group", label, numerator, denominator, late, late_open, not_due, cancelled,
       round(numerator::numeric / nullif(denominator, 0), 6) AS rate, $2::date AS as_of
FROM counted
ORDER BY ordinal, "group"
"""


def _statement(level: Level, group: Group) -> str:
    key, label = _GROUP[group]
    return _SQL.format(
        group=key,
        label=label,
        unit=_UNIT[level],
        only="AND shipment IS NOT NULL" if level == "shipment" else "",
        shown="to_char(due, 'YYYY-MM')" if group == "month" else '"group"',
    )


_STATEMENTS = {(level, group): _statement(level, group) for level in _UNIT for group in _GROUP}


def _sql(query: OnTimeQuery) -> str:
    return _STATEMENTS[query.level, query.group]


def _arguments(query: OnTimeQuery, scope: Scope) -> tuple[Any, ...]:
    bases = list(BASES) if query.basis == "all" else [query.basis]
    return (
        scope.owners, scope.today, bases, query.first, query.last, query.customer, query.supplier, query.mode, query.source, query.level,
    )  # fmt: skip


ON_TIME = Report(
    name="on-time",
    title=LocalText(en="On-time delivery", zh_cn="准时交付率"),
    description="Delivered on time of all that was due, by line, shipment or order. `from` and `to` are due dates.",
    query=OnTimeQuery,
    columns=(
        Column("basis", "text", "Measured on", "口径"),
        Column("level", "text", "Level", "层级"),
        Column("group", "text", "Group", "分组"),
        Column("label", "text", "Name", "名称"),
        Column("numerator", "integer", "On time", "准时"),
        Column("denominator", "integer", "Counted", "计入"),
        Column("rate", "rate", "On-time rate", "准时率"),
        Column("late", "integer", "Late", "延误"),
        Column("late_open", "integer", "Late and open", "逾期未交"),
        Column("not_due", "integer", "Not yet due", "未到期"),
        Column("cancelled", "integer", "Cancelled", "已取消"),
        Column("as_of", "date", "As of", "截至"),
    ),
    sql=_sql,
    arguments=_arguments,
)
