"""Notice lead time: from the delay (or its update) to the notice that tells of it, notice by notice and summed up.

Two clocks: milliseconds are technical time, read from the ids of the events (UUIDv7); days of notice are business time, from the day
the notice was sent, or is waiting (the business day), to the earliest date it moves. Corrections are not counted.
"""

from typing import Any, Literal

from services.reporting.reports.domain import Column, Name, PeriodQuery, Report, Scope
from shared.contracts.text import LocalText

Status = Literal["queued", "sent", "failed", "cancelled", "suppressed", "unreachable"]
Group = Literal["total", "month", "customer"]


class NoticesQuery(PeriodQuery):
    customer: Name | None = None
    status: Status | None = None


class LeadTimeQuery(PeriodQuery):
    customer: Name | None = None
    group: Group = "total"


_NOTICE = """
WITH notice AS (
    SELECT n.id, n.delay_id, n.delay_revision, n.status, n.why, n.language, n.decided_at, n.sent_at,
           coalesce(c.code, '') AS customer, c.name AS customer_name,
           caused.orders, caused.milliseconds_from, moved.earliest,
           uuid_extract_timestamp(n.decided_event) AS decided_time, uuid_extract_timestamp(n.sent_event) AS sent_time
    FROM projection.notice n
    LEFT JOIN projection.customer c ON c.id = n.customer_id
    LEFT JOIN public.known_customer k ON k.id = n.customer_id
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT w.order_id) AS orders, min(uuid_extract_timestamp(e.event)) AS milliseconds_from
        FROM projection.notice_order w
        LEFT JOIN projection.delay_effect e
            ON e.delay_id = n.delay_id AND e.delay_revision = n.delay_revision AND e.order_id = w.order_id
        WHERE w.notice_id = n.id) AS caused
    CROSS JOIN LATERAL (SELECT min(t.before) AS earliest FROM projection.notice_date t WHERE t.notice_id = n.id) AS moved
    WHERE n.delay_id IS NOT NULL AND n.corrects IS NULL AND ($1::text[] IS NULL OR k.owner = ANY ($1))
      AND ($3::date IS NULL OR n.decided_at >= $3) AND ($4::date IS NULL OR n.decided_at < $4 + 1)
      AND ($5::text IS NULL OR c.code = $5)
), measured AS (
    SELECT notice.*, extract(epoch FROM decided_time - milliseconds_from) * 1000 AS queued_ms,
           extract(epoch FROM sent_time - milliseconds_from) * 1000 AS sent_ms,
           CASE WHEN status IN ('queued', 'sent') THEN earliest - coalesce(sent_at::date, $2::date) END AS days_of_notice
    FROM notice
)
"""
_LIST = (
    _NOTICE
    + """
SELECT id AS notice, delay_id AS delay, delay_revision AS revision, customer, orders, status, why, language, decided_at, sent_at,
       round(queued_ms) AS queued_ms, round(sent_ms) AS sent_ms, earliest AS earliest_date, days_of_notice
FROM measured
WHERE ($6::text IS NULL OR status = $6)
ORDER BY decided_at, id
"""
)
_SUMMARY = (
    _NOTICE
    + """
SELECT {group} AS "group", max({label}) AS label, count(*) AS notices, count(*) FILTER (WHERE status = 'sent') AS sent,
       count(*) FILTER (WHERE status = 'queued') AS waiting, count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE status = 'unreachable') AS unreachable,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY queued_ms))::numeric, 1) AS queued_ms_p50,
       round((percentile_cont(0.99) WITHIN GROUP (ORDER BY queued_ms))::numeric, 1) AS queued_ms_p99,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY sent_ms))::numeric, 1) AS sent_ms_p50,
       round((percentile_cont(0.99) WITHIN GROUP (ORDER BY sent_ms))::numeric, 1) AS sent_ms_p99,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY days_of_notice) AS days_of_notice_p50, min(days_of_notice) AS days_of_notice_min,
       count(*) FILTER (WHERE days_of_notice < 0) AS after_the_date
FROM measured
WHERE status NOT IN ('suppressed', 'cancelled')
GROUP BY {group}
ORDER BY {group}
"""
)
_GROUP: dict[Group, tuple[str, str]] = {
    "total": ("NULL::text", "NULL"),
    "month": ("to_char(decided_at, 'YYYY-MM')", "NULL"),
    "customer": ("customer", "customer_name"),
}
_SUMMARIES = {group: _SUMMARY.format(group=key, label=label) for group, (key, label) in _GROUP.items()}


def _summary_arguments(query: LeadTimeQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, scope.today, query.first, query.last, query.customer


def _list_arguments(query: NoticesQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, scope.today, query.first, query.last, query.customer, query.status


NOTICES = Report(
    name="notices",
    title=LocalText(en="Delay notices", zh_cn="延误通知"),
    description="One row for each notice decided. `from` and `to` are days of decision.",
    query=NoticesQuery,
    columns=(
        Column("notice", "text", "Notice", "通知"),
        Column("delay", "text", "Delay", "延误"),
        Column("revision", "integer", "Revision", "版次"),
        Column("customer", "text", "Customer", "客户"),
        Column("orders", "integer", "Orders", "订单数"),
        Column("status", "text", "Status", "状态"),
        Column("why", "text", "Why", "说明"),
        Column("language", "text", "Language", "语言"),
        Column("decided_at", "time", "Decided at", "决定时间"),
        Column("sent_at", "time", "Sent at", "发送时间"),
        Column("queued_ms", "integer", "Delay to queue, ms", "登记至排队(毫秒)"),
        Column("sent_ms", "integer", "Delay to sent, ms", "登记至发送(毫秒)"),
        Column("earliest_date", "date", "Earliest date moved", "最早变动日期"),
        Column("days_of_notice", "integer", "Days of notice", "提前天数"),
    ),
    sql=lambda query: _LIST,
    arguments=_list_arguments,
)

NOTICE_LEAD_TIME = Report(
    name="notice-lead-time",
    title=LocalText(en="Notice lead time", zh_cn="通知时效"),
    description="How soon after a delay its notices leave, and how many days before the old date. `from` and `to` are days of decision.",
    query=LeadTimeQuery,
    columns=(
        Column("group", "text", "Group", "分组"),
        Column("label", "text", "Name", "名称"),
        Column("notices", "integer", "Notices", "通知数"),
        Column("sent", "integer", "Sent", "已发送"),
        Column("waiting", "integer", "Waiting", "待发送"),
        Column("failed", "integer", "Failed", "发送失败"),
        Column("unreachable", "integer", "Unreachable", "无法送达"),
        Column("queued_ms_p50", "decimal", "Delay to queue, ms, median", "登记至排队(毫秒,中位)"),
        Column("queued_ms_p99", "decimal", "Delay to queue, ms, p99", "登记至排队(毫秒,p99)"),
        Column("sent_ms_p50", "decimal", "Delay to sent, ms, median", "登记至发送(毫秒,中位)"),
        Column("sent_ms_p99", "decimal", "Delay to sent, ms, p99", "登记至发送(毫秒,p99)"),
        Column("days_of_notice_p50", "integer", "Days of notice, median", "提前天数(中位)"),
        Column("days_of_notice_min", "integer", "Days of notice, least", "提前天数(最少)"),
        Column("after_the_date", "integer", "After the old date", "迟于原日期"),
    ),
    sql=lambda query: _SUMMARIES[query.group],
    arguments=_summary_arguments,
)
