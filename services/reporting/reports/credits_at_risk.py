"""Open letters of credit with terms that are not kept as things are expected, and the last banking day to have each amended.

Each term is a row; the amount is that of its credit, and stands in every row of it.
"""

from typing import Any

from services.reporting.reports.domain import Column, CustomerFilter, Report, Scope
from shared.contracts.credits import CREDIT_TERMS, CreditRiskKind
from shared.contracts.text import LocalText


class CreditsAtRiskQuery(CustomerFilter):
    kind: CreditRiskKind | None = None


_SQL = """
SELECT c.number AS credit, u.code AS customer, k.owner, c.amount, c.currency, c.expires_on, r.kind, m.meaning,
       nullif(r.order_number, '') AS "order",
       nullif(r.leg, '') AS shipment, r.deadline, r.would_be, r.would_be - r.deadline AS days_late, r.amend_by,
       r.amend_by - $2::date AS days_to_amend, r.told_at
FROM projection.credit_risk r
JOIN projection.credit c ON c.id = r.credit_id
LEFT JOIN projection.customer u ON u.id = c.customer_id
LEFT JOIN public.known_customer k ON k.id = c.customer_id
LEFT JOIN unnest($6::text[], $7::text[]) AS m (code, meaning) ON m.code = r.kind
WHERE NOT r.recovered AND NOT c.closed AND ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($3::text IS NULL OR u.code = $3)
  AND ($4::text IS NULL OR k.owner = $4) AND ($5::text IS NULL OR r.kind = $5)
ORDER BY r.amend_by, c.number, r.kind, r.order_number, r.leg
"""


def _arguments(query: CreditsAtRiskQuery, scope: Scope) -> tuple[Any, ...]:
    meanings = [meaning.in_language(scope.language) for meaning in CREDIT_TERMS.values()]
    return scope.owners, scope.today, query.customer, query.owner, query.kind, list(CREDIT_TERMS), meanings


CREDITS_AT_RISK = Report(
    name="credits-at-risk",
    title=LocalText(en="Letters of credit at risk", zh_cn="信用证风险"),
    description="Terms of open credits that are not kept as things are expected, those to be amended first at the top. Negative: at once.",
    query=CreditsAtRiskQuery,
    columns=(
        Column("credit", "text", "Letter of credit", "信用证"),
        Column("customer", "text", "Customer", "客户"),
        Column("owner", "text", "Owner", "跟单员"),
        Column("amount", "decimal", "Amount", "金额", secret="papers"),
        Column("currency", "text", "Currency", "币种"),
        Column("expires_on", "date", "Expires on", "有效期至"),
        Column("kind", "text", "Term", "条款"),
        Column("meaning", "text", "Meaning", "含义"),
        Column("order", "text", "Order", "订单"),
        Column("shipment", "text", "Shipment", "出运批次"),
        Column("deadline", "date", "Deadline", "期限"),
        Column("would_be", "date", "Would be", "预计"),
        Column("days_late", "integer", "Days late", "超期天数"),
        Column("amend_by", "date", "Amend by", "最迟改证日"),
        Column("days_to_amend", "integer", "Days to amend", "改证剩余天数"),
        Column("told_at", "time", "Told at", "预警时间"),
    ),
    sql=lambda query: _SQL,
    arguments=_arguments,
)
