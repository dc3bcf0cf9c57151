"""Orders as they stand: promise, expectation, what is delivered, and delays that are open."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from services.reporting.reports.domain import Column, Name, Report, ReportQuery, Scope, Source
from shared.contracts.text import LocalText

OrderStatus = Literal["open", "delivered", "cancelled"]


class OrderFilter(BaseModel):
    """Which orders; `q` is the beginning of our number or of the customer's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer: Name | None = None
    status: OrderStatus | None = None
    late: bool | None = None
    source: Source | None = None
    q: Name | None = None
    number: Name | None = None


class OrdersQuery(ReportQuery, OrderFilter):
    """The filters of the list, as a report."""


# The number decides where a page begins: it is unique, and people sort by it.
ORDER_ROWS = """
SELECT o.number AS "order", o.customer_code AS customer, c.name AS customer_name, o.customer_po, o.ordered_on, o.trade_type, o.incoterm,
       o.delivery_point, o.source, s.lines, s.delivered, s.cancelled, s.shipments, s.first_promised, s.promised, s.expected,
       s.status, coalesce(s.late, false) AS late,
       (SELECT count(*) FROM projection.delay_order t JOIN projection.delay d ON d.id = t.delay_id AND d.status = 'open'
        WHERE t.order_id = o.id AND t.freed_on IS NULL) AS open_delays,
       (SELECT count(*) FROM projection.promise_change p WHERE p.order_id = o.id) AS promise_changes
FROM projection.sales_order o
LEFT JOIN projection.customer c ON c.id = o.customer_id
LEFT JOIN public.known_customer k ON k.id = o.customer_id
CROSS JOIN LATERAL (
    SELECT count(*) AS lines, count(l.delivered) AS delivered,
           CASE WHEN bool_and(l.cancelled_on IS NOT NULL) THEN 'cancelled'
                WHEN bool_and(l.delivered IS NOT NULL) FILTER (WHERE l.cancelled_on IS NULL) THEN 'delivered' ELSE 'open' END AS status,
           count(l.cancelled_on) AS cancelled,
           array_remove(array_agg(DISTINCT l.shipment ORDER BY l.shipment), NULL) AS shipments,
           min(l.first_promised) AS first_promised, max(l.promised) AS promised, max(e.expected) AS expected,
           bool_or(coalesce(l.delivered, $2::date) > l.promised OR (l.delivered IS NULL AND e.expected > l.promised))
               FILTER (WHERE l.cancelled_on IS NULL) AS late
    FROM projection.line l
    LEFT JOIN projection.milestone m
        ON m.order_id = l.order_id AND m.leg = coalesce(l.shipment, '') AND m.milestone = o.delivery_point
    CROSS JOIN LATERAL (SELECT coalesce(l.delivered, l.estimated, m.estimated, l.promised) AS expected) AS e
    WHERE l.order_id = o.id) AS s
WHERE ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($3::text IS NULL OR o.customer_code = $3)
  AND ($4::text IS NULL OR s.status = $4) AND ($5::boolean IS NULL OR coalesce(s.late, false) = $5)
  AND ($6::text IS NULL OR o.source = $6)
  AND ($7::text IS NULL OR starts_with(lower(o.number), lower($7)) OR starts_with(lower(o.customer_po), lower($7)))
  AND ($8::text IS NULL OR o.number = $8) AND ($9::text IS NULL OR o.number > $9)
ORDER BY o.number
"""


def _arguments(query: OrdersQuery, scope: Scope) -> tuple[Any, ...]:
    return arguments(query, scope, None)


def arguments(query: OrderFilter, scope: Scope, after: str | None) -> tuple[Any, ...]:
    """`after`: the number of the last order of the page before."""
    return scope.owners, scope.today, query.customer, query.status, query.late, query.source, query.q, query.number, after


ORDERS = Report(
    name="orders",
    title=LocalText(en="Orders", zh_cn="订单一览"),
    description="One row for each order, by number. Late: delivered, due or expected after the promise in force.",
    query=OrdersQuery,
    columns=(
        Column("order", "text", "Order", "订单"),
        Column("customer", "text", "Customer", "客户"),
        Column("customer_name", "text", "Customer name", "客户名称", secret="papers"),
        Column("customer_po", "text", "Customer's PO", "客户订单号"),
        Column("ordered_on", "date", "Ordered on", "下单日"),
        Column("trade_type", "text", "Trade", "贸易类型"),
        Column("incoterm", "text", "Incoterm", "贸易术语"),
        Column("delivery_point", "text", "Delivery point", "交付节点"),
        Column("source", "text", "Source", "来源"),
        Column("lines", "integer", "Lines", "订单行"),
        Column("delivered", "integer", "Lines delivered", "已交订单行"),
        Column("cancelled", "integer", "Lines cancelled", "已取消订单行"),
        Column("shipments", "texts", "Shipments", "出运批次"),
        Column("first_promised", "date", "First promise", "首次承诺"),
        Column("promised", "date", "Promised", "承诺交期"),
        Column("expected", "date", "Expected", "预计交期"),
        Column("status", "text", "Status", "状态"),
        Column("late", "boolean", "Late", "延误"),
        Column("open_delays", "integer", "Open delays", "未结延误"),
        Column("promise_changes", "integer", "Promise changes", "改期次数"),
    ),
    sql=lambda query: ORDER_ROWS,
    arguments=_arguments,
)
