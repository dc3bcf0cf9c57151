"""On-time delivery, at line, shipment and order level.

Numerator: units delivered on or before their due date. Denominator: units delivered, and open ones whose due date has passed on the
business day (late). Open units not yet due are counted apart. The due date is the first promise (`original`), the last promise made
before the one it replaced had passed (`agreed`), or the customer's requested date (`requested`; lines without one are left out).
A shipment or an order is on time when all its lines are, and belongs to the month of its latest due date; by customer or supplier,
only their lines of it count. Lines without a shipment are in no shipment. Historical (imported) orders count. Cancelled lines do not:
what has no other line is counted apart.

Late loading by a carrier that the buyer names is his, once the goods were handed over to it in time: as many days before the due date as
the plan has between the two, and by the container yard's cut-off. Such lines are late in the customer's view and on time in `ours`, and
listed by `late-loading`. A day that nobody recorded is no handing over in time.
"""

from typing import Any, Literal

from pydantic import Field

from services.reporting.reports.domain import Column, Level, LineFilter, Report, Scope
from shared.contracts.codes import BUYERS_CARRIER
from shared.contracts.text import LocalText

Basis = Literal["original", "agreed", "requested"]
Group = Literal["total", "month", "customer", "supplier", "mode"]
View = Literal["customer", "ours"]
BASES: tuple[Basis, ...] = ("original", "agreed", "requested")


class OnTimeQuery(LineFilter):
    level: Level = "line"
    group: Group = "total"
    basis: Literal["original", "agreed", "requested", "all"] = Field(default="original", description="which date was due")
    view: View = Field(default="customer", description="in ours, what the buyer's carrier loaded late is on time")


class LateLoadingQuery(LineFilter):
    basis: Basis = Field(default="original", description="which date was due")


_UNIT: dict[Level, str] = {"line": "order_id, line", "shipment": "shipment", "order": "order_id"}
_GROUP: dict[Group, tuple[str, str]] = {
    "total": ("NULL::text", "NULL::text"),
    "month": ("NULL::text", "NULL::text"),
    "customer": ("o.customer_code", "c.name"),
    "supplier": ("l.supplier", "p.name"),
    "mode": ("s.mode", "NULL::text"),
}

_BASES = """
    CROSS JOIN LATERAL (VALUES (1, 'original', first_promised), (2, 'agreed', agreed), (3, 'requested', requested))
        AS b (ordinal, basis, due)"""

# `handed`: when the goods of a line that may be late were handed over to the buyer's carrier, and when they would have been delivered had
# it gone on as planned; nothing where a cut-off of the yard had passed by then. One counts that was the last said of its sailing, unless
# the shipment was rolled to another one before it had passed.
_FROM = f"""
    FROM projection.line l
    JOIN projection.sales_order o ON o.id = l.order_id
    LEFT JOIN public.known_customer k ON k.id = o.customer_id
    LEFT JOIN projection.customer c ON c.id = o.customer_id
    LEFT JOIN projection.supplier p ON p.code = l.supplier
    LEFT JOIN projection.shipment s ON s.number = l.shipment
    LEFT JOIN LATERAL (
        SELECT m.actual AS day, CASE WHEN m.milestone <> 'CY_CUT' OR NOT EXISTS (
            SELECT FROM (
                SELECT g.yard_cutoff, g.zone, lead(g.sequence) OVER said AS next, lead(g.rolled_at) OVER said AS rolled_at
                FROM projection.sailing g WHERE g.shipment = m.leg WINDOW said AS (ORDER BY g.sequence)
            ) AS g
            WHERE (g.yard_cutoff AT TIME ZONE g.zone)::date < m.actual AND (g.next IS NULL OR g.rolled_at > g.yard_cutoff)
        ) THEN m.actual + greatest(d.planned - m.planned, 0) END AS delivers
        FROM projection.milestone d
        JOIN projection.milestone m ON m.order_id = d.order_id AND m.leg = d.leg AND m.ordinal < d.ordinal
        WHERE o.incoterm IN ({", ".join(f"'{term}'" for term in BUYERS_CARRIER)})
          AND coalesce(l.delivered, $2::date) > least(l.first_promised, l.agreed, l.requested)
          AND d.order_id = l.order_id AND d.leg = coalesce(l.shipment, '') AND d.milestone = o.delivery_point
          AND m.milestone IN ('CY_CUT', 'HANDED_OVER')
        ORDER BY m.ordinal DESC LIMIT 1
    ) AS handed ON true"""
_WHERE = """
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1))
      AND ($6::text IS NULL OR o.customer_code = $6)
      AND ($7::text IS NULL OR l.supplier = $7)
      AND ($8::text IS NULL OR s.mode = $8)
      AND ($9::text IS NULL OR o.source = $9)"""
_SQL = """
WITH seen AS (
    SELECT l.order_id, l.line, l.shipment, l.first_promised, l.agreed, l.requested, l.delivered, handed.delivers,
           l.cancelled_on IS NULL AS stands, {group} AS "group", {label} AS label
    {seen}
), unit AS (
    SELECT b.ordinal, b.basis, "group", max(label) AS label, coalesce(max(b.due) FILTER (WHERE stands), max(b.due)) AS due,
           bool_or(coalesce(delivered, $2::date) > b.due) FILTER (WHERE stands) AS late_for_customer,
           bool_or(least(coalesce(delivered, $2::date), delivers) > b.due) FILTER (WHERE stands) AS late_for_us,
           bool_and(delivered IS NOT NULL) FILTER (WHERE stands) AS done_for_customer,
           bool_and(delivered IS NOT NULL OR ($2::date > b.due AND delivers <= b.due) IS TRUE) FILTER (WHERE stands) AS done_for_us,
           NOT bool_or(stands) AS cancelled
    FROM seen {bases}
    WHERE b.due IS NOT NULL AND b.basis = ANY ($3::text[]) {only}
    GROUP BY b.ordinal, b.basis, "group", {unit}
), judged AS (
    SELECT ordinal, basis, "group", label, due, cancelled, late_for_{whom} AS late, done_for_{whom} AS done,
           late_for_customer AND NOT late_for_us AS loaded_late
    FROM unit
), counted AS (
    SELECT ordinal, basis, {shown} AS "group", max(label) AS label,
           count(*) FILTER (WHERE done AND NOT late) AS numerator,
           count(*) FILTER (WHERE done OR late) AS denominator,
           count(*) FILTER (WHERE late) AS late,
           count(*) FILTER (WHERE late AND NOT done) AS late_open,
           count(*) FILTER (WHERE loaded_late) AS loaded_late,
           count(*) FILTER (WHERE NOT late AND NOT done) AS not_due, count(*) FILTER (WHERE cancelled) AS cancelled
    FROM judged
    WHERE ($4::date IS NULL OR due >= $4) AND ($5::date IS NULL OR due <= $5)
    GROUP BY 1, 2, 3
)
SELECT basis, $10::text AS level, "group", label, numerator, denominator, late, late_open, loaded_late, not_due, cancelled,
       round(numerator::numeric / nullif(denominator, 0), 6) AS rate, $2::date AS as_of
FROM counted
ORDER BY ordinal, "group"
"""
_LATE_LOADING = f"""
SELECT o.number AS "order", l.line, o.customer_code AS customer, o.incoterm, l.shipment, s.vessel, b.due, handed.day AS handed_over,
       l.delivered, coalesce(l.delivered, $2::date) - b.due AS days
{_FROM}{_BASES}{_WHERE}
  AND b.basis = $3 AND coalesce(l.delivered, $2::date) > b.due AND handed.delivers <= b.due AND l.cancelled_on IS NULL
  AND ($4::date IS NULL OR b.due >= $4) AND ($5::date IS NULL OR b.due <= $5)
ORDER BY b.due, o.number, l.line
"""
_WHOM: dict[View, str] = {"customer": "customer", "ours": "us"}


def _statement(level: Level, group: Group, view: View) -> str:
    key, label = _GROUP[group]
    return _SQL.format(
        seen=_FROM + _WHERE,
        bases=_BASES,
        whom=_WHOM[view],
        group=key,
        label=label,
        unit=_UNIT[level],
        only="AND shipment IS NOT NULL" if level == "shipment" else "",
        shown="to_char(due, 'YYYY-MM')" if group == "month" else '"group"',
    )


_STATEMENTS = {(level, group, view): _statement(level, group, view) for level in _UNIT for group in _GROUP for view in _WHOM}


def _sql(query: OnTimeQuery) -> str:
    return _STATEMENTS[query.level, query.group, query.view]


def _arguments(query: OnTimeQuery, scope: Scope) -> tuple[Any, ...]:
    bases = list(BASES) if query.basis == "all" else [query.basis]
    return (*_bound(query, scope, bases), query.level)


def _bound(query: LineFilter, scope: Scope, basis: Basis | list[Basis]) -> tuple[Any, ...]:
    return scope.owners, scope.today, basis, query.first, query.last, query.customer, query.supplier, query.mode, query.source


ON_TIME = Report(
    name="on-time",
    title=LocalText(en="On-time delivery", zh_cn="准时交付率"),
    description="Delivered on time of all that was due, by line, shipment or order. `from` and `to` are due dates. `loaded_late`: late "
    "in the customer's view and on time in ours.",
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
        Column("loaded_late", "integer", "Late by the buyer's carrier alone", "仅因买方承运人延误"),
        Column("not_due", "integer", "Not yet due", "未到期"),
        Column("cancelled", "integer", "Cancelled", "已取消"),
        Column("as_of", "date", "As of", "截至"),
    ),
    sql=_sql,
    arguments=_arguments,
)

LATE_LOADING = Report(
    name="late-loading",
    title=LocalText(en="Loaded late by the buyer's carrier", zh_cn="买方承运人装运延误"),
    description="Lines that are late in the customer's view and on time in ours, the earliest due first: they were handed over in time to "
    "the carrier that the buyer names. `from` and `to` are due dates.",
    query=LateLoadingQuery,
    columns=(
        Column("order", "text", "Order", "订单"),
        Column("line", "text", "Line", "订单行"),
        Column("customer", "text", "Customer", "客户"),
        Column("incoterm", "text", "Incoterm", "贸易术语"),
        Column("shipment", "text", "Shipment", "出运批次"),
        Column("vessel", "text", "Vessel", "船名"),
        Column("due", "date", "Due", "应交日期"),
        Column("handed_over", "date", "Handed over", "交付承运人日期"),
        Column("delivered", "date", "Delivered", "实际交付日期"),
        Column("days", "integer", "Days late", "延误天数"),
    ),
    sql=lambda query: _LATE_LOADING,
    arguments=lambda query, scope: _bound(query, scope, query.basis),
)
