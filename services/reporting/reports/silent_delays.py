"""Dates that the customer was told have moved, and nobody told him: one row for each order of a delay.

Left out: retracted delays, historical ones, orders for which a notice of that revision or a later one is queued or sent, or was
decided against by a rule (suppressed).
"""

from typing import Any

from services.reporting.reports.domain import Column, Name, Report, ReportQuery, Scope
from shared.contracts.text import LocalText


class SilentDelaysQuery(ReportQuery):
    customer: Name | None = None


_SQL = """
WITH moved AS (
    SELECT e.delay_id, e.order_id, max(e.delay_revision) AS revision, min(e.earliest_before) AS earliest
    FROM projection.delay_effect e
    WHERE e.told_moved > 0 AND NOT e.historical
    GROUP BY e.delay_id, e.order_id
)
SELECT m.delay_id AS delay, o.number AS "order", o.customer_code AS customer, d.shipment, d.milestone, d.status, m.revision,
       d.logged_by, d.logged_at, d.new_date, m.earliest AS earliest_date, m.earliest - $2::date AS days_left,
       coalesce(tried.status, 'undecided') AS why, k.owner
FROM moved m
JOIN projection.delay d ON d.id = m.delay_id AND d.status <> 'retracted'
JOIN projection.sales_order o ON o.id = m.order_id
LEFT JOIN public.known_customer k ON k.id = o.customer_id
LEFT JOIN LATERAL (
    SELECT bool_or(n.status IN ('queued', 'sent', 'suppressed')) AS heard, max(n.status) AS status
    FROM projection.notice n
    JOIN projection.notice_order w ON w.notice_id = n.id AND w.order_id = m.order_id
    WHERE n.delay_id = m.delay_id AND n.delay_revision >= m.revision) AS tried ON true
WHERE tried.heard IS NOT TRUE AND ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($3::text IS NULL OR o.customer_code = $3)
ORDER BY m.earliest, o.number, m.delay_id
"""


def _arguments(query: SilentDelaysQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, scope.today, query.customer


SILENT_DELAYS = Report(
    name="silent-delays",
    title=LocalText(en="Silent delays", zh_cn="未通知的延误"),
    description="Told dates that moved and nobody was told, the most urgent first. `undecided`: notifications has not answered yet.",
    query=SilentDelaysQuery,
    columns=(
        Column("delay", "text", "Delay", "延误"),
        Column("order", "text", "Order", "订单"),
        Column("customer", "text", "Customer", "客户"),
        Column("shipment", "text", "Shipment", "出运批次"),
        Column("milestone", "text", "Milestone", "节点"),
        Column("status", "text", "Status", "状态"),
        Column("revision", "integer", "Revision", "版次"),
        Column("logged_by", "text", "Logged by", "登记人"),
        Column("logged_at", "time", "Logged at", "登记时间"),
        Column("new_date", "date", "New date", "新日期"),
        Column("earliest_date", "date", "Earliest date moved", "最早变动日期"),
        Column("days_left", "integer", "Days left", "剩余天数"),
        Column("why", "text", "Why", "原因"),
        Column("owner", "text", "Owner", "跟单员"),
    ),
    sql=lambda query: _SQL,
    arguments=_arguments,
)
