"""Delay Pareto by cause or by responsible party. Shares of a delay's days sum to its days, so the column sums to the total."""

from typing import Any, Literal

from services.reporting.reports.domain import Column, Name, PeriodQuery, Report, Scope
from shared.contracts.codes import CAUSES
from shared.contracts.text import LocalText

By = Literal["cause", "party"]


class DelayCausesQuery(PeriodQuery):
    by: By = "cause"
    customer: Name | None = None


_SQL = """
WITH counted AS (
    SELECT c.{by} AS key, count(DISTINCT d.id) AS delays, sum(c.days) AS days
    FROM projection.delay d
    JOIN projection.cause_share c ON c.delay_id = d.id
    WHERE d.status <> 'retracted'
      AND ($2::date IS NULL OR d.logged_at >= $2) AND ($3::date IS NULL OR d.logged_at < $3 + 1)
      AND EXISTS (
          SELECT FROM projection.delay_order t
          LEFT JOIN projection.sales_order o ON o.id = t.order_id
          LEFT JOIN public.known_customer k ON k.id = t.customer_id
          WHERE t.delay_id = d.id AND ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($4::text IS NULL OR o.customer_code = $4))
    GROUP BY c.{by}
)
SELECT key, m.meaning, delays, days, round(days::numeric / nullif(sum(days) OVER (), 0), 6) AS share,
       round(sum(days) OVER (ORDER BY days DESC, delays DESC, key) / nullif(sum(days) OVER (), 0), 6) AS cumulative
FROM counted
LEFT JOIN unnest($5::text[], $6::text[]) AS m (code, meaning) ON m.code = key
ORDER BY days DESC, delays DESC, key
"""
_STATEMENTS: dict[By, str] = {"cause": _SQL.format(by="code"), "party": _SQL.format(by="party")}


def _arguments(query: DelayCausesQuery, scope: Scope) -> tuple[Any, ...]:
    meanings = [cause.meaning.in_language(scope.language) for cause in CAUSES.values()]
    return scope.owners, query.first, query.last, query.customer, list(CAUSES), meanings


DELAY_CAUSES = Report(
    name="delay-causes",
    title=LocalText(en="Delays by cause", zh_cn="延误原因分析"),
    description="Days of several causes as given, the rest evenly; retracted delays are left out. `from` and `to` are days of logging.",
    query=DelayCausesQuery,
    columns=(
        Column("key", "text", "Cause or party", "原因或责任方"),
        Column("meaning", "text", "Meaning", "含义"),
        Column("delays", "integer", "Delays", "延误次数"),
        Column("days", "integer", "Days", "延误天数"),
        Column("share", "rate", "Share of days", "天数占比"),
        Column("cumulative", "rate", "Cumulative", "累计占比"),
    ),
    sql=lambda query: _STATEMENTS[query.by],
    arguments=_arguments,
)
