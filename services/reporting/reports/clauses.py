"""Contract clauses: kept, at risk or breached, with what lateness costs by currency.

A clause is due on its day, or so many days after its milestone as that is expected now in the last leg, and is to be kept by then and its
days of grace. Breached: orders told so, and has not taken it back. Kept: what it wants is recorded, or that day is over, and no breach
stands. At risk: expected later. Ended: closed before any of these; a breach that was closed costs nothing more from that day on.
So far: by today, or when it happened. Expected: as the milestone is expected now. A week counts when it has begun. Each currency is a
row of its own, so amounts are never summed over currencies; clauses without a penalty have none.
"""

from typing import Any, Literal

from services.reporting.reports.domain import Column, CustomerFilter, Name, PeriodQuery, Report, Scope
from services.reporting.reports.legs import MILESTONE_DAY
from shared.contracts.money import MINOR_DIGITS
from shared.contracts.text import LocalText

Group = Literal["total", "month", "customer", "owner", "milestone"]


class ClausesQuery(PeriodQuery, CustomerFilter):
    milestone: Name | None = None
    closed: bool | None = None
    group: Group = "month"


_SQL = (
    f"WITH {MILESTONE_DAY}"
    """, day AS (
    SELECT c.id, c.milestone, c.percent, c.per, c.cap_percent, c.value, c.currency, c.breached, c.closed_on,
           u.code AS customer, u.name AS customer_name, k.owner, wanted.happened, wanted.expected,
           coalesce(c.due_on, after.day + c.after_days) + c.grace_days AS keep_by
    FROM projection.clause c
    LEFT JOIN projection.sales_order o ON o.id = c.order_id
    LEFT JOIN projection.customer u ON u.id = c.customer_id
    LEFT JOIN public.known_customer k ON k.id = c.customer_id
    LEFT JOIN projection.line l ON l.order_id = c.order_id AND l.line = c.line
    CROSS JOIN LATERAL (
        SELECT max(m.day) AS day FROM milestone_day m
        WHERE m.order_id = c.order_id AND m.milestone = c.after_milestone AND (c.line IS NULL OR m.leg = coalesce(l.shipment, ''))) AS after
    CROSS JOIN LATERAL (
        SELECT CASE WHEN count(*) = count(m.actual) THEN max(m.day) END AS happened, max(m.day) AS expected
        FROM milestone_day m
        WHERE m.order_id = c.order_id AND m.milestone = c.milestone AND (c.line IS NULL OR m.leg = coalesce(l.shipment, ''))) AS reached
    CROSS JOIN LATERAL (
        SELECT CASE WHEN by_line THEN l.delivered ELSE reached.happened END AS happened,
               CASE WHEN by_line THEN coalesce(l.delivered, l.estimated, reached.expected) ELSE reached.expected END AS expected
        FROM (SELECT c.line IS NOT NULL AND c.milestone = o.delivery_point AS by_line) AS delivery) AS wanted
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($5::text IS NULL OR u.code = $5) AND ($6::text IS NULL OR k.owner = $6)
      AND ($7::text IS NULL OR c.milestone = $7) AND ($8::boolean IS NULL OR $8 = (c.closed_on IS NOT NULL))
), standing AS (
    SELECT day.*, CASE WHEN breached THEN 'breached' WHEN happened <= until OR (expected <= keep_by AND keep_by < until) THEN 'kept'
                       WHEN closed_on IS NOT NULL THEN 'ended' WHEN expected > keep_by THEN 'at_risk' ELSE 'pending' END AS state
    FROM day CROSS JOIN LATERAL (SELECT coalesce(closed_on, $2::date) AS until) AS looked
    WHERE ($3::date IS NULL OR keep_by >= $3) AND ($4::date IS NULL OR keep_by <= $4)
), cost AS (
    SELECT s.milestone, s.customer, s.customer_name, s.owner, s.currency, s.state, s.closed_on, s.keep_by,
           so_far.penalty AS penalty_so_far, expected.penalty AS penalty_expected
    FROM standing s
    LEFT JOIN unnest($9::text[], $10::integer[]) AS minor (code, digits) ON minor.code = s.currency
    CROSS JOIN LATERAL (
        SELECT CASE WHEN state = 'breached' THEN greatest(least(happened, closed_on, $2) - keep_by, 0) ELSE 0 END AS days_so_far,
               CASE WHEN state IN ('breached', 'at_risk')
                    THEN greatest(coalesce(least(happened, closed_on), greatest(s.expected, $2)) - keep_by, 0) ELSE 0 END AS days_expected
    ) AS late
    CROSS JOIN LATERAL ({penalty_so_far}) AS so_far
    CROSS JOIN LATERAL ({penalty_expected}) AS expected
)
SELECT {group} AS "group", max({label}) AS label, currency, count(*) AS clauses, count(*) FILTER (WHERE state = 'kept') AS kept,
       count(*) FILTER (WHERE state = 'pending') AS pending, count(*) FILTER (WHERE state = 'at_risk') AS at_risk,
       count(*) FILTER (WHERE state = 'breached') AS breached, count(*) FILTER (WHERE state = 'ended') AS ended,
       count(*) FILTER (WHERE closed_on IS NOT NULL) AS closed, sum(penalty_so_far) AS penalty_so_far,
       sum(penalty_expected) AS penalty_expected, min(keep_by) FILTER (WHERE state IN ('pending', 'at_risk')) AS next_keep_by
FROM cost
GROUP BY 1, currency
ORDER BY 1, currency
"""
)
# One that is fixed is due once, however late; a percentage counts to its cap, or to all of the value.
PENALTY = """
SELECT CASE WHEN percent IS NULL THEN CASE WHEN {days} > 0 THEN value ELSE 0 * value END
            ELSE round(value * least(percent * CASE per WHEN 'day' THEN {days} ELSE ceil({days} / 7.0) END, coalesce(cap_percent, 100))
                       / 100, coalesce(digits, 2)) END AS penalty
"""
_GROUP: dict[Group, tuple[str, str]] = {
    "total": ("NULL::text", "NULL::text"),
    "month": ("to_char(keep_by, 'YYYY-MM')", "NULL::text"),
    "customer": ("customer", "customer_name"),
    "owner": ("owner", "NULL::text"),
    "milestone": ("milestone", "NULL::text"),
}
_STATEMENTS = {
    group: _SQL.format(
        group=key,
        label=label,
        penalty_so_far=PENALTY.format(days="days_so_far"),
        penalty_expected=PENALTY.format(days="days_expected"),
    )
    for group, (key, label) in _GROUP.items()
}


def _arguments(query: ClausesQuery, scope: Scope) -> tuple[Any, ...]:
    filters = (query.first, query.last, query.customer, query.owner, query.milestone, query.closed)
    return scope.owners, scope.today, *filters, list(MINOR_DIGITS), list(MINOR_DIGITS.values())


CLAUSES = Report(
    name="clauses",
    title=LocalText(en="Contract clauses", zh_cn="合同履行"),
    description="Clauses kept, at risk and breached, with penalties by currency. `from` and `to` are days by which they are to be kept.",
    query=ClausesQuery,
    columns=(
        Column("group", "text", "Group", "分组"),
        Column("label", "text", "Name", "名称"),
        Column("currency", "text", "Currency", "币种"),
        Column("clauses", "integer", "Clauses", "条款数"),
        Column("kept", "integer", "Kept", "已履行"),
        Column("pending", "integer", "Pending", "待履行"),
        Column("at_risk", "integer", "At risk", "有风险"),
        Column("breached", "integer", "Breached", "已违约"),
        Column("ended", "integer", "Ended before", "提前终止"),
        Column("closed", "integer", "Of all closed", "其中已关闭"),
        Column("penalty_so_far", "decimal", "Penalty so far", "目前违约金", secret="dealings"),
        Column("penalty_expected", "decimal", "Penalty expected", "预计违约金", secret="dealings"),
        Column("next_keep_by", "date", "Next to be kept by", "最近履行期限"),
    ),
    sql=lambda query: _STATEMENTS[query.group],
    arguments=_arguments,
)
