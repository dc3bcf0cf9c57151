"""How much there is: orders, lines, shipments, customers, suppliers, delays and notices, in one row."""

from typing import Any

from services.reporting.reports.domain import Column, Name, Report, ReportQuery, Scope, Source
from shared.contracts.text import LocalText


class CountsQuery(ReportQuery):
    customer: Name | None = None
    source: Source | None = None


_SQL = """
WITH seen AS (
    SELECT o.id, o.customer_id
    FROM projection.sales_order o
    LEFT JOIN public.known_customer k ON k.id = o.customer_id
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($2::text IS NULL OR o.customer_code = $2)
      AND ($3::text IS NULL OR o.source = $3)
), lines AS (
    SELECT count(*) AS lines, count(*) FILTER (WHERE l.delivered IS NULL AND l.cancelled_on IS NULL) AS lines_open,
           count(l.cancelled_on) AS lines_cancelled, count(DISTINCT l.shipment) AS shipments,
           count(DISTINCT l.supplier) AS suppliers, count(*) FILTER (WHERE l.promise_revision > 0) AS lines_repromised
    FROM projection.line l JOIN seen ON seen.id = l.order_id
), delays AS (
    SELECT count(*) AS delays, count(*) FILTER (WHERE d.status = 'open' AND t.held) AS delays_open,
           count(*) FILTER (WHERE d.status = 'retracted') AS delays_retracted,
           count(*) FILTER (WHERE d.status <> 'retracted' AND d.under_investigation) AS delays_unattributed
    FROM projection.delay d
    JOIN (SELECT t.delay_id, bool_or(t.freed_on IS NULL) AS held FROM projection.delay_order t JOIN seen ON seen.id = t.order_id
          GROUP BY t.delay_id) AS t ON t.delay_id = d.id
), notices AS (
    SELECT count(*) FILTER (WHERE n.status = 'sent') AS notices_sent, count(*) FILTER (WHERE n.status = 'queued') AS notices_waiting,
           count(*) FILTER (WHERE n.status = 'failed') AS notices_failed,
           count(*) FILTER (WHERE n.status = 'suppressed') AS notices_suppressed,
           count(*) FILTER (WHERE n.status = 'unreachable') AS notices_unreachable,
           count(DISTINCT n.contact_id) FILTER (WHERE n.status = 'sent') AS contacts_told,
           count(DISTINCT n.customer_id) FILTER (WHERE n.status = 'sent') AS customers_told
    FROM projection.notice n
    WHERE EXISTS (SELECT FROM projection.notice_order w JOIN seen ON seen.id = w.order_id WHERE w.notice_id = n.id)
), registered AS (
    SELECT count(*) AS customers_registered
    FROM projection.customer c
    LEFT JOIN public.known_customer k ON k.id = c.id
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($2::text IS NULL OR c.code = $2)
)
SELECT (SELECT count(*) FROM seen) AS orders, lines.lines, lines.lines_open, lines.lines_cancelled, lines.lines_repromised, lines.shipments,
       (SELECT count(DISTINCT customer_id) FROM seen) AS customers, registered.customers_registered, lines.suppliers,
       delays.delays, delays.delays_open, delays.delays_retracted, delays.delays_unattributed,
       notices.contacts_told, notices.customers_told, notices.notices_sent, notices.notices_waiting, notices.notices_failed,
       notices.notices_suppressed, notices.notices_unreachable
FROM lines, delays, notices, registered
"""


def _arguments(query: CountsQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, query.customer, query.source


COUNTS = Report(
    name="counts",
    title=LocalText(en="Counts", zh_cn="总览"),
    description="Shipments, customers and suppliers are those of the orders counted; delays and notices those that touch them.",
    query=CountsQuery,
    columns=(
        Column("orders", "integer", "Orders", "订单"),
        Column("lines", "integer", "Lines", "订单行"),
        Column("lines_open", "integer", "Open lines", "未交订单行"),
        Column("lines_cancelled", "integer", "Cancelled lines", "已取消订单行"),
        Column("lines_repromised", "integer", "Lines promised anew", "改期订单行"),
        Column("shipments", "integer", "Shipments", "出运批次"),
        Column("customers", "integer", "Customers", "客户"),
        Column("customers_registered", "integer", "Customers registered", "在册客户"),
        Column("suppliers", "integer", "Suppliers", "供应商"),
        Column("delays", "integer", "Delays logged", "登记延误"),
        Column("delays_open", "integer", "Delays open", "未结延误"),
        Column("delays_retracted", "integer", "Delays retracted", "撤销延误"),
        Column("delays_unattributed", "integer", "Delays unattributed", "原因未明"),
        Column("contacts_told", "integer", "Contacts told", "已通知联系人"),
        Column("customers_told", "integer", "Customers told", "已通知客户"),
        Column("notices_sent", "integer", "Notices sent", "已发通知"),
        Column("notices_waiting", "integer", "Notices waiting", "待发通知"),
        Column("notices_failed", "integer", "Notices failed", "失败通知"),
        Column("notices_suppressed", "integer", "Notices suppressed", "免发通知"),
        Column("notices_unreachable", "integer", "Nobody to tell", "无人可通知"),
    ),
    sql=lambda query: _SQL,
    arguments=_arguments,
)
