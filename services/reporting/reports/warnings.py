"""Early warnings: what is in danger now, and whether the warnings of a period came in time.

A warning begins when a milestone is told to be in danger and ends when that is cleared. It came to lateness when, while it stood, the
milestone became overdue or a delay of it was logged; the days of warning are those from its first telling to that day. A milestone that
becomes overdue without a warning that stands is unwarned. Foreseen is lateness that was warned of on an earlier day. A milestone in danger
for several reasons counts for each of them when grouped by kind: now by the reasons that stand, over a period by those that it began with.
"""

from typing import Any, Literal

from services.reporting.reports.domain import Column, CustomerFilter, Name, PeriodQuery, Report, Scope
from shared.contracts.risks import RISKS, RiskKind, RiskLevel
from shared.contracts.text import LocalText

Group = Literal["total", "month", "kind", "department", "level", "milestone", "customer", "owner"]
GroupNow = Literal["total", "kind", "department", "level", "milestone", "customer", "owner"]


class OpenWarningsQuery(CustomerFilter):
    department: Name | None = None
    kind: RiskKind | None = None
    level: RiskLevel | None = None
    group: GroupNow = "kind"


class EarlyWarningsQuery(PeriodQuery, CustomerFilter):
    department: Name | None = None
    group: Group = "department"


_WARNING = """
WITH told AS (
    SELECT w.order_id, w.leg, w.milestone, w.sequence, w.state, w.told_at, w.department, w.level, w.kinds,
           o.customer_code, c.name AS customer_name, k.owner, count(*) FILTER (WHERE w.state = 'risk_cleared') OVER (
               PARTITION BY w.order_id, w.leg, w.milestone ORDER BY w.sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM projection.warning w
    LEFT JOIN projection.sales_order o ON o.id = w.order_id
    LEFT JOIN projection.customer c ON c.id = o.customer_id
    LEFT JOIN public.known_customer k ON k.id = o.customer_id
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($2::text IS NULL OR o.customer_code = $2) AND ($3::text IS NULL OR k.owner = $3)
      AND ($4::text IS NULL OR w.department = $4)
), warning AS (
    SELECT order_id, leg, milestone, max(department) AS department, max(customer_code) AS customer, max(customer_name) AS customer_name,
           max(owner) AS owner, min(told_at) AS since, max(told_at) FILTER (WHERE state = 'risk_cleared') AS cleared_at,
           min(told_at) FILTER (WHERE state = 'overdue') AS overdue_at, (array_agg(state ORDER BY sequence))[1] = 'at_risk' AS warned,
           (array_agg(level ORDER BY sequence {which}) FILTER (WHERE state = 'at_risk'))[1] AS level,
           (array_agg(kinds ORDER BY sequence {which}) FILTER (WHERE state = 'at_risk'))[1] AS kinds
    FROM told GROUP BY order_id, leg, milestone, before
)"""
_NOW = (
    _WARNING.format(which="DESC")
    + """, counted AS (
    SELECT {group} AS "group", max({label}) AS label, count(*) AS warnings, count(*) FILTER (WHERE w.level = 'high') AS high,
           count(*) FILTER (WHERE coalesce(p.due, p.estimated) < $5::date) AS overdue, count(DISTINCT w.order_id) AS orders,
           min(p.estimated) AS next_expected, max($5 - w.since::date) AS oldest_days
    FROM warning w {each}
    LEFT JOIN projection.milestone p ON p.order_id = w.order_id AND p.leg = w.leg AND p.milestone = w.milestone
    WHERE w.kinds IS NOT NULL AND w.cleared_at IS NULL AND ($6::text IS NULL OR w.level = $6)
      AND ($7::text IS NULL OR $7 = ANY (string_to_array(w.kinds, ' ')))
    GROUP BY 1
)
SELECT "group", coalesce(m.meaning, label) AS label, warnings, high, overdue, orders, next_expected, oldest_days
FROM counted
LEFT JOIN unnest($8::text[], $9::text[]) AS m (code, meaning) ON m.code = "group"
ORDER BY warnings DESC, high DESC, "group"
"""
)
_PERIOD = (
    _WARNING.format(which="")
    + """, judged AS (
    SELECT w.warned, w.cleared_at, {group} AS "group", {label} AS label,
           CASE WHEN w.warned THEN least(w.overdue_at, logged.at)::date - w.since::date END AS days
    FROM warning w {each}
    CROSS JOIN LATERAL (
        SELECT min(d.logged_at) AS at
        FROM projection.delay_order t JOIN projection.delay d ON d.id = t.delay_id
        WHERE t.order_id = w.order_id AND d.milestone = w.milestone AND coalesce(d.shipment, w.leg) = w.leg AND d.status <> 'retracted'
          AND d.logged_at >= w.since AND d.logged_at <= coalesce(w.cleared_at, 'infinity')) AS logged
    WHERE ($5::date IS NULL OR w.since >= $5) AND ($6::date IS NULL OR w.since < $6 + 1)
), counted AS (
    SELECT "group", max(label) AS label, count(*) FILTER (WHERE warned) AS raised,
           count(*) FILTER (WHERE warned AND days IS NULL AND cleared_at IS NULL) AS open,
           count(*) FILTER (WHERE warned AND days IS NULL AND cleared_at IS NOT NULL) AS cleared,
           count(days) AS late, percentile_disc(0.5) WITHIN GROUP (ORDER BY days) AS days_p50,
           count(*) FILTER (WHERE NOT warned) AS unwarned, count(*) FILTER (WHERE days > 0) AS numerator,
           count(*) FILTER (WHERE NOT warned OR days IS NOT NULL) AS denominator
    FROM judged GROUP BY "group"
)
SELECT "group", coalesce(m.meaning, label) AS label, raised, open, cleared, late, days_p50, unwarned, numerator, denominator,
       round(numerator::numeric / nullif(denominator, 0), 6) AS rate
FROM counted
LEFT JOIN unnest($7::text[], $8::text[]) AS m (code, meaning) ON m.code = "group"
ORDER BY "group"
"""
)
_EACH = "LEFT JOIN LATERAL string_to_table(w.kinds, ' ') AS kind ON true"
_GROUP: dict[Group, tuple[str, str, str]] = {
    "total": ("NULL::text", "NULL::text", ""),
    "month": ("to_char(w.since, 'YYYY-MM')", "NULL::text", ""),
    "kind": ("kind", "NULL::text", _EACH),
    "department": ("w.department", "NULL::text", ""),
    "level": ("w.level", "NULL::text", ""),
    "milestone": ("w.milestone", "NULL::text", ""),
    "customer": ("w.customer", "w.customer_name", ""),
    "owner": ("w.owner", "NULL::text", ""),
}
_NOW_BY = {group: _NOW.format(group=key, label=label, each=each) for group, (key, label, each) in _GROUP.items() if group != "month"}
_PERIOD_BY = {group: _PERIOD.format(group=key, label=label, each=each) for group, (key, label, each) in _GROUP.items()}


def _meanings(scope: Scope) -> tuple[list[str], list[str]]:
    return list(RISKS), [meaning.in_language(scope.language) for meaning in RISKS.values()]


def _now_arguments(query: OpenWarningsQuery, scope: Scope) -> tuple[Any, ...]:
    filters = (query.customer, query.owner, query.department)
    return scope.owners, *filters, scope.today, query.level, query.kind, *_meanings(scope)


def _period_arguments(query: EarlyWarningsQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, query.customer, query.owner, query.department, query.first, query.last, *_meanings(scope)


OPEN_WARNINGS = Report(
    name="open-warnings",
    title=LocalText(en="Milestones in danger", zh_cn="预警中的节点"),
    description="What is in danger now, by reason, department, level, milestone, customer or owner. By reason each counts.",
    query=OpenWarningsQuery,
    columns=(
        Column("group", "text", "Group", "分组"),
        Column("label", "text", "Name", "名称"),
        Column("warnings", "integer", "In danger", "预警节点"),
        Column("high", "integer", "Of these high", "其中高风险"),
        Column("overdue", "integer", "Of these overdue", "其中已逾期"),
        Column("orders", "integer", "Orders", "订单数"),
        Column("next_expected", "date", "Next expected", "最近预计日"),
        Column("oldest_days", "integer", "Oldest, days", "最长天数"),
    ),
    sql=lambda query: _NOW_BY[query.group],
    arguments=_now_arguments,
)

EARLY_WARNINGS = Report(
    name="early-warnings",
    title=LocalText(en="Early warnings: do they come in time?", zh_cn="预警是否及时"),
    description="Warnings raised in a period and what became of them; lateness foreseen a day or more before, of all lateness. "
    "`from` and `to` are days of the first telling.",
    query=EarlyWarningsQuery,
    columns=(
        Column("group", "text", "Group", "分组"),
        Column("label", "text", "Name", "名称"),
        Column("raised", "integer", "Warnings raised", "预警数"),
        Column("open", "integer", "Still in danger", "仍在预警"),
        Column("cleared", "integer", "Cleared before late", "延误前解除"),
        Column("late", "integer", "Became late", "转为延误"),
        Column("days_p50", "integer", "Days of warning, median", "预警提前天数(中位)"),
        Column("unwarned", "integer", "Late without a warning", "未预警即延误"),
        Column("numerator", "integer", "Lateness foreseen", "提前预警的延误"),
        Column("denominator", "integer", "Lateness", "延误总数"),
        Column("rate", "rate", "Foreseen rate", "提前预警率"),
    ),
    sql=lambda query: _PERIOD_BY[query.group],
    arguments=_period_arguments,
)
