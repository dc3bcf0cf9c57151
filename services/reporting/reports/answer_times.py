"""How soon whoever is asked answers: from the question to the first answer, in business time.

Counted in time: the first answer came on the day by which it was asked or before. Of all that could have been: answered, or open with
that day over. A chase that ended without an answer is in neither. Whoever a person is asked by name, counts for his department of today.
"""

from typing import Any, Literal

from services.reporting.reports.domain import Column, CustomerFilter, Name, PeriodQuery, Report, Scope
from shared.contracts.text import LocalText

Group = Literal["total", "month", "department", "person", "customer", "milestone"]


class AnswerTimesQuery(PeriodQuery, CustomerFilter):
    department: Name | None = None
    group: Group = "department"


_SQL = """
WITH seen AS (
    SELECT c.asked_at, c.answered_at, c.answer_by, c.level, c.status, {group} AS "group", {label} AS label
    FROM projection.chase c
    LEFT JOIN projection.staff s ON s.login = c.asked
    LEFT JOIN projection.customer u ON u.id = c.customer_id
    LEFT JOIN public.known_customer k ON k.id = c.customer_id
    WHERE ($1::text[] IS NULL OR k.owner = ANY ($1))
      AND ($3::date IS NULL OR c.asked_at >= $3) AND ($4::date IS NULL OR c.asked_at < $4 + 1)
      AND ($5::text IS NULL OR u.code = $5) AND ($6::text IS NULL OR k.owner = $6)
      AND ($7::text IS NULL OR coalesce(c.department, s.department) = $7)
), measured AS (
    SELECT seen.*, answered_at::date <= answer_by AS in_time, status = 'open' AND answer_by < $2::date AS overdue,
           extract(epoch FROM answered_at - asked_at) / 3600 AS hours
    FROM seen
), counted AS (
    SELECT "group", max(label) AS label, count(*) AS sent, count(answered_at) AS answered, count(*) FILTER (WHERE in_time) AS in_time,
           count(*) FILTER (WHERE answered_at IS NOT NULL OR overdue) AS counted,
           round((percentile_cont(0.5) WITHIN GROUP (ORDER BY hours))::numeric, 1) AS hours_p50,
           round((percentile_cont(0.9) WITHIN GROUP (ORDER BY hours))::numeric, 1) AS hours_p90,
           count(*) FILTER (WHERE level = 1) AS escalated_1, count(*) FILTER (WHERE level = 2) AS escalated_2,
           count(*) FILTER (WHERE level > 2) AS escalated_3,
           count(*) FILTER (WHERE status = 'open') AS open, count(*) FILTER (WHERE overdue) AS overdue,
           count(*) FILTER (WHERE answered_at IS NULL AND status <> 'open') AS ended
    FROM measured GROUP BY "group"
)
SELECT "group", label, sent, answered, in_time, counted, round(in_time::numeric / nullif(counted, 0), 6) AS rate, hours_p50, hours_p90,
       escalated_1, escalated_2, escalated_3, open, overdue, ended
FROM counted
ORDER BY "group"
"""
_GROUP: dict[Group, tuple[str, str]] = {
    "total": ("NULL::text", "NULL::text"),
    "month": ("to_char(c.asked_at, 'YYYY-MM')", "NULL::text"),
    "department": ("coalesce(c.department, s.department)", "NULL::text"),
    "person": ("c.asked", "s.department"),
    "customer": ("u.code", "u.name"),
    "milestone": ("c.milestone", "NULL::text"),
}
_STATEMENTS = {group: _SQL.format(group=key, label=label) for group, (key, label) in _GROUP.items()}


def _arguments(query: AnswerTimesQuery, scope: Scope) -> tuple[Any, ...]:
    return scope.owners, scope.today, query.first, query.last, query.customer, query.owner, query.department


ANSWER_TIMES = Report(
    name="answer-times",
    title=LocalText(en="Answer times", zh_cn="催办回复时效"),
    description="From the question to the first answer, by department or person. The rate is in time of answered or overdue. "
    "`from` and `to` are days of asking.",
    query=AnswerTimesQuery,
    columns=(
        Column("group", "text", "Group", "分组"),
        Column("label", "text", "Name", "名称"),
        Column("sent", "integer", "Asked", "催办数"),
        Column("answered", "integer", "Answered", "已回复"),
        Column("in_time", "integer", "Answered in time", "按时回复"),
        Column("counted", "integer", "Answered or overdue", "已回复或逾期"),
        Column("rate", "rate", "In-time rate", "按时回复率"),
        Column("hours_p50", "decimal", "Hours to answer, median", "回复用时(小时,中位)"),
        Column("hours_p90", "decimal", "Hours to answer, p90", "回复用时(小时,p90)"),
        Column("escalated_1", "integer", "Escalated once", "升级一次"),
        Column("escalated_2", "integer", "Escalated twice", "升级两次"),
        Column("escalated_3", "integer", "Escalated three times", "升级三次"),
        Column("open", "integer", "Not answered yet", "待回复"),
        Column("overdue", "integer", "Overdue", "逾期未回复"),
        Column("ended", "integer", "Ended without an answer", "未回复即结束"),
    ),
    sql=lambda query: _STATEMENTS[query.group],
    arguments=_arguments,
)
