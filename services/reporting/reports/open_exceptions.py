"""Exceptions that are still open: what is left to do, by whom, and what of it is overdue."""

from typing import Any

from services.reporting.reports.domain import Column, Name, Report, ReportQuery, Scope
from shared.contracts.exceptions import ExceptionKind
from shared.contracts.text import LocalText


class OpenExceptionsQuery(ReportQuery):
    customer: Name | None = None
    kind: ExceptionKind | None = None
    overdue: bool | None = None


_SQL = """
WITH seen AS (
    SELECT t.exception_id, array_agg(t.number ORDER BY t.number) AS orders, array_agg(DISTINCT o.customer_code) AS customers
    FROM projection.exception_order t
    JOIN projection.exception e ON e.id = t.exception_id AND e.status = 'open'
    LEFT JOIN projection.sales_order o ON o.id = t.order_id
    LEFT JOIN public.known_customer k ON k.id = t.customer_id
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1)) AND ($3::text IS NULL OR o.customer_code = $3)
    GROUP BY t.exception_id
), listed AS (
    SELECT e.id AS exception, e.kind, e.severity, e.shipment, s.orders, s.customers, e.detected_on, $2::date - e.detected_on AS age_days,
           ARRAY (SELECT DISTINCT c.value ->> 'code' FROM jsonb_array_elements(e.causes) AS c (value) ORDER BY 1) AS causes,
           ARRAY (SELECT DISTINCT c.value ->> 'party' FROM jsonb_array_elements(e.causes) AS c (value) ORDER BY 1) AS parties,
           e.under_investigation AS unattributed, e.amount, e.currency, e.opened_by, a.actions, a.left_to_do, a.overdue_actions, a.next_due,
           a.overdue_owners
    FROM seen s
    JOIN projection.exception e ON e.id = s.exception_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS actions, count(*) FILTER (WHERE d.status IN ('open', 'done')) AS left_to_do,
               count(*) FILTER (WHERE d.late) AS overdue_actions, min(d.due_on) FILTER (WHERE d.status = 'open') AS next_due,
               coalesce(array_agg(DISTINCT d.owner) FILTER (WHERE d.late), '{}') AS overdue_owners
        FROM (
            SELECT v.owner, v.status, v.due_on, v.status = 'open' AND v.due_on < $2 AS late
            FROM jsonb_to_recordset(e.actions) AS v (owner text, status text, due_on date)
        ) d
    ) a
)
SELECT exception, kind, severity, shipment, orders, customers, detected_on, age_days, causes, parties, unattributed, amount, currency,
       opened_by, actions, left_to_do, overdue_actions, next_due, overdue_owners
FROM listed
WHERE ($4::text IS NULL OR kind = $4) AND ($5::boolean IS NULL OR $5 = (overdue_actions > 0))
ORDER BY overdue_actions > 0 DESC, detected_on, exception
"""


def _arguments(query: OpenExceptionsQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, scope.today, query.customer, query.kind, query.overdue


OPEN_EXCEPTIONS = Report(
    name="open-exceptions",
    title=LocalText(en="Open exceptions", zh_cn="未结异常"),
    description="Those with overdue actions first, then the oldest. Left to do: actions neither verified nor waived.",
    query=OpenExceptionsQuery,
    columns=(
        Column("exception", "text", "Exception", "异常"),
        Column("kind", "text", "Kind", "类别"),
        Column("severity", "text", "Severity", "严重程度"),
        Column("shipment", "text", "Shipment", "出运批次"),
        Column("orders", "texts", "Orders", "订单"),
        Column("customers", "texts", "Customers", "客户"),
        Column("detected_on", "date", "Detected on", "发现日期"),
        Column("age_days", "integer", "Age in days", "已历天数"),
        Column("causes", "texts", "Causes", "原因"),
        Column("parties", "texts", "Responsible", "责任方"),
        Column("unattributed", "boolean", "Unattributed", "原因未明"),
        Column("amount", "decimal", "Amount", "金额", secret="dealings"),
        Column("currency", "text", "Currency", "币种"),
        Column("opened_by", "text", "Opened by", "登记人"),
        Column("actions", "integer", "Actions", "措施数"),
        Column("left_to_do", "integer", "Left to do", "未完措施"),
        Column("overdue_actions", "integer", "Overdue actions", "逾期措施"),
        Column("next_due", "date", "Next due", "最近到期日"),
        Column("overdue_owners", "texts", "Overdue with", "逾期责任人"),
    ),
    sql=lambda query: _SQL,
    arguments=_arguments,
)
