"""Delays that are still open: how old, attributed or not, told or not, and whether promised news is overdue."""

from typing import Any

from services.reporting.reports.domain import Column, Name, Report, ReportQuery, Scope
from shared.contracts.text import LocalText


class OpenDelaysQuery(ReportQuery):
    customer: Name | None = None
    milestone: Name | None = None
    unattributed: bool | None = None
    told: bool | None = None
    news_overdue: bool | None = None


_SQL = """
WITH seen AS (
    SELECT t.delay_id, array_agg(t.number ORDER BY t.number) AS orders, array_agg(DISTINCT o.customer_code) AS customers
    FROM projection.delay_order t
    JOIN projection.delay d ON d.id = t.delay_id AND d.status = 'open'
    LEFT JOIN projection.sales_order o ON o.id = t.order_id
    LEFT JOIN public.known_customer k ON k.id = t.customer_id
    WHERE t.freed_on IS NULL AND ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($3::text IS NULL OR o.customer_code = $3)
    GROUP BY t.delay_id
), listed AS (
    SELECT d.id AS delay, d.shipment, d.milestone, s.orders, s.customers, d.new_date, y.days, d.revision, d.logged_by, d.logged_at,
           $2::date - d.logged_at::date AS age_days, d.under_investigation AS unattributed,
           ARRAY (SELECT DISTINCT c.value ->> 'code' FROM jsonb_array_elements(d.causes) AS c (value) ORDER BY 1) AS causes,
           d.next_news_on, d.news_due_on IS NOT NULL AS news_overdue,
           count(n.id) FILTER (WHERE n.status IN ('queued', 'sent')) AS notices,
           count(n.id) FILTER (WHERE n.status = 'sent') > 0 AS told
    FROM seen s
    JOIN projection.delay d ON d.id = s.delay_id
    JOIN projection.delay_days y ON y.delay_id = d.id
    LEFT JOIN projection.notice n ON n.delay_id = d.id
        AND EXISTS (SELECT FROM public.known_customer k WHERE k.id = n.customer_id AND ($1::text[] IS NULL OR k.owner = ANY ($1)))
    GROUP BY d.id, s.orders, s.customers, y.days
)
SELECT delay, shipment, milestone, orders, customers, new_date, days, revision, logged_by, logged_at, age_days, unattributed, causes,
       next_news_on, news_overdue, notices, told
FROM listed
WHERE ($4::text IS NULL OR milestone = $4) AND ($5::boolean IS NULL OR unattributed = $5) AND ($6::boolean IS NULL OR told = $6)
  AND ($7::boolean IS NULL OR news_overdue = $7)
ORDER BY logged_at, delay
"""


def _arguments(query: OpenDelaysQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, scope.today, query.customer, query.milestone, query.unattributed, query.told, query.news_overdue


OPEN_DELAYS = Report(
    name="open-delays",
    title=LocalText(en="Open delays", zh_cn="未结延误"),
    description="Oldest first. Unattributed: under investigation, no cause yet. News overdue: the day of the promised news has come.",
    query=OpenDelaysQuery,
    columns=(
        Column("delay", "text", "Delay", "延误"),
        Column("shipment", "text", "Shipment", "出运批次"),
        Column("milestone", "text", "Milestone", "节点"),
        Column("orders", "texts", "Orders", "订单"),
        Column("customers", "texts", "Customers", "客户"),
        Column("new_date", "date", "New date", "新日期"),
        Column("days", "integer", "Days", "延误天数"),
        Column("revision", "integer", "Revision", "版次"),
        Column("logged_by", "text", "Logged by", "登记人"),
        Column("logged_at", "time", "Logged at", "登记时间"),
        Column("age_days", "integer", "Age in days", "已历天数"),
        Column("unattributed", "boolean", "Unattributed", "原因未明"),
        Column("causes", "texts", "Causes", "原因"),
        Column("next_news_on", "date", "Next news on", "下次通报日"),
        Column("news_overdue", "boolean", "News overdue", "通报逾期"),
        Column("notices", "integer", "Notices", "通知数"),
        Column("told", "boolean", "Customer told", "已通知客户"),
    ),
    sql=lambda query: _SQL,
    arguments=_arguments,
)
