"""What suppliers deliver of the material that orders wait for: in time by the day on which it was needed, late, short, still to come.

Counted in time: all of a line had come on the day by which it was needed or before, as that day was when it was told last. Of all that
could have been: lines that have come, that were closed short, or whose day is over. Lines that were withdrawn are not counted at all.
Days late are those of lines that came late, and to today of lines that are due and not there.
"""

from typing import Any, Literal

from services.reporting.reports.domain import Column, CustomerFilter, Name, PeriodQuery, Report, Scope
from shared.contracts.text import LocalText

Group = Literal["total", "month", "supplier", "material", "customer"]


class SuppliersQuery(PeriodQuery, CustomerFilter):
    supplier: Name | None = None
    material: Name | None = None
    group: Group = "supplier"


_SQL = """
WITH seen AS (
    SELECT m.state, m.need_by, m.ordered_on, m.eta, m.state IN ('planned', 'ordered') AS open, {group} AS "group", {label} AS label,
           CASE WHEN m.state = 'received' THEN come.received_on END AS received_on
    FROM projection.material m
    LEFT JOIN projection.supplier s ON s.code = m.supplier
    LEFT JOIN projection.customer c ON c.id = m.customer_id
    LEFT JOIN public.known_customer k ON k.id = m.customer_id
    LEFT JOIN LATERAL (
        SELECT max(r.received_on) AS received_on FROM projection.material_receipt r WHERE r.material_id = m.id AND NOT EXISTS (
            SELECT FROM projection.material_receipt c WHERE c.material_id = r.material_id AND c.anew AND c.sequence > r.sequence)
    ) AS come ON true
    WHERE m.state <> 'withdrawn' AND ($1::text[] IS NULL OR k.owner = ANY ($1))
      AND ($3::date IS NULL OR m.need_by >= $3) AND ($4::date IS NULL OR m.need_by <= $4) AND ($5::text IS NULL OR c.code = $5)
      AND ($6::text IS NULL OR k.owner = $6) AND ($7::text IS NULL OR m.supplier = $7) AND ($8::text IS NULL OR m.material = $8)
), late AS (
    SELECT seen.*, CASE WHEN received_on > need_by THEN received_on - need_by WHEN open AND need_by < $2::date THEN $2 - need_by END AS days
    FROM seen
), counted AS (
    SELECT "group", max(label) AS label, count(*) AS lines, count(*) FILTER (WHERE ordered_on IS NOT NULL) AS ordered,
           count(*) FILTER (WHERE state = 'received') AS received, count(*) FILTER (WHERE received_on <= need_by) AS numerator,
           count(*) FILTER (WHERE NOT open OR days IS NOT NULL) AS denominator,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY days) AS days_late_p50, max(days) AS days_late_max,
           count(*) FILTER (WHERE state = 'short') AS short, count(*) FILTER (WHERE open) AS open,
           count(*) FILTER (WHERE open AND greatest(eta, $2) > need_by) AS expected_late,
           count(*) FILTER (WHERE open AND (eta IS NULL OR eta < $2)) AS eta_missing
    FROM late GROUP BY "group"
)
SELECT "group", label, lines, ordered, received, numerator, denominator, round(numerator::numeric / nullif(denominator, 0), 6) AS rate,
       days_late_p50, days_late_max, short, open, expected_late, eta_missing
FROM counted
ORDER BY "group"
"""
_GROUP: dict[Group, tuple[str, str]] = {
    "total": ("NULL::text", "NULL::text"),
    "month": ("to_char(m.need_by, 'YYYY-MM')", "NULL::text"),
    "supplier": ("m.supplier", "s.name"),
    "material": ("m.material", "NULL::text"),
    "customer": ("c.code", "c.name"),
}
_STATEMENTS = {group: _SQL.format(group=key, label=label) for group, (key, label) in _GROUP.items()}


def _arguments(query: SuppliersQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, scope.today, query.first, query.last, query.customer, query.owner, query.supplier, query.material


SUPPLIERS = Report(
    name="suppliers",
    title=LocalText(en="Material by supplier", zh_cn="供应商到料准时率"),
    description="Material lines that had come by the day on which they were needed, of those that are there, closed short or due. "
    "`from` and `to` are days of need.",
    query=SuppliersQuery,
    columns=(
        Column("group", "text", "Group", "分组"),
        Column("label", "text", "Name", "名称"),
        Column("lines", "integer", "Material lines", "物料行"),
        Column("ordered", "integer", "Ordered", "已下单"),
        Column("received", "integer", "Received", "已到齐"),
        Column("numerator", "integer", "In time", "准时"),
        Column("denominator", "integer", "Counted", "计入"),
        Column("rate", "rate", "In-time rate", "准时率"),
        Column("days_late_p50", "integer", "Days late, median", "延迟天数(中位)"),
        Column("days_late_max", "integer", "Days late, most", "延迟天数(最多)"),
        Column("short", "integer", "Closed short", "短缺结案"),
        Column("open", "integer", "Still to come", "未到齐"),
        Column("expected_late", "integer", "Of these expected late", "其中预计延迟"),
        Column("eta_missing", "integer", "Of these without a day", "其中到货日不明"),
    ),
    sql=lambda query: _STATEMENTS[query.group],
    arguments=_arguments,
)
