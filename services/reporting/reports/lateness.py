"""What late deliveries came from: the days that each cause, party or milestone really moved them by. They sum to the days late."""

from typing import Any, Literal

from services.reporting.reports.domain import Column, Name, PeriodQuery, Report, Scope
from shared.contracts.codes import CAUSES
from shared.contracts.text import LocalText

By = Literal["cause", "party", "milestone"]
_MEANINGS: dict[str, LocalText] = {
    "UNLOGGED": LocalText(en="nobody logged a delay", zh_cn="无人登记延误"),
    "PLAN": LocalText(en="days closed since the order was planned", zh_cn="排程后新增的停工日"),
    **{code: cause.meaning for code, cause in CAUSES.items()},
}


class LatenessQuery(PeriodQuery):
    by: By = "party"
    customer: Name | None = None


_SQL = """
WITH step AS (
    SELECT l.order_id, s.kind, s.milestone, s.late_days, s.days, s.causes
    FROM projection.lateness l
    LEFT JOIN projection.sales_order o ON o.id = l.order_id
    LEFT JOIN public.known_customer k ON k.id = l.customer_id
    CROSS JOIN LATERAL jsonb_to_recordset(l.legs) AS g (delivered date, steps jsonb)
    CROSS JOIN LATERAL jsonb_to_recordset(g.steps) AS s (kind text, milestone text, late_days integer, days integer, causes jsonb)
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($4::text IS NULL OR o.customer_code = $4)
      AND ($2::date IS NULL OR g.delivered >= $2) AND ($3::date IS NULL OR g.delivered <= $3)
), share AS (
    SELECT s.order_id, s.milestone, s.late_days, c.code AS cause, c.party, c.days
    FROM step s CROSS JOIN LATERAL jsonb_to_recordset(s.causes) AS c (code text, party text, days integer)
    UNION ALL
    SELECT s.order_id, s.milestone, s.late_days, upper(s.kind), s.kind, s.days FROM step s WHERE s.kind <> 'delay'
), counted AS (
    SELECT {by} AS key, count(DISTINCT order_id) AS orders, count(*) FILTER (WHERE days > 0) AS moved,
           count(*) FILTER (WHERE days = 0 AND late_days > 0) AS harmless, sum(days) AS days
    FROM share GROUP BY {by}
)
SELECT key, m.meaning, orders, moved, harmless, days, round(days::numeric / nullif(sum(days) OVER (), 0), 6) AS share,
       round(sum(days) OVER (ORDER BY days DESC, moved DESC, key) / nullif(sum(days) OVER (), 0), 6) AS cumulative
FROM counted
LEFT JOIN unnest($5::text[], $6::text[]) AS m (code, meaning) ON m.code = key
ORDER BY days DESC, moved DESC, key
"""
_STATEMENTS: dict[By, str] = {
    "cause": _SQL.format(by="cause"),
    "party": _SQL.format(by="party"),
    "milestone": _SQL.format(by="milestone"),
}


def _arguments(query: LatenessQuery, scope: Scope) -> tuple[Any, ...]:
    meanings = [meaning.in_language(scope.language) for meaning in _MEANINGS.values()]
    return scope.owners, query.first, query.last, query.customer, list(_MEANINGS), meanings


LATENESS = Report(
    name="lateness",
    title=LocalText(en="What lateness came from", zh_cn="延误归因"),
    description="Calendar days after the first promise, of completed orders, along the path that drove the delivery; harmless lateness "
    "has no days. `from` and `to` are days of delivery.",
    query=LatenessQuery,
    columns=(
        Column("key", "text", "Cause, party or milestone", "原因、责任方或节点"),
        Column("meaning", "text", "Meaning", "含义"),
        Column("orders", "integer", "Orders", "订单数"),
        Column("moved", "integer", "Times it moved a delivery", "影响交期次数"),
        Column("harmless", "integer", "Times it was harmless", "未影响交期次数"),
        Column("days", "integer", "Days", "延误天数"),
        Column("share", "rate", "Share of days", "天数占比"),
        Column("cumulative", "rate", "Cumulative", "累计占比"),
    ),
    sql=lambda query: _STATEMENTS[query.by],
    arguments=_arguments,
)
