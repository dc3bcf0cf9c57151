"""Fills chases: the first question, the last level of escalation, the first answer, the end."""

from services.reporting.projections.fills.fill import Fill, types

_CHASE = """, chase_filled AS (
WITH told AS (
    SELECT e.position, e.type, e.time, c.chase_id, c.customer_id, c.milestone, c.asked, c.department, c.answer_by, d.reminder, d.level,
           d.answer, d.how
    FROM event e
    CROSS JOIN LATERAL jsonb_to_record(e.data) AS d (chase jsonb, reminder integer, level integer, answer integer, how text)
    CROSS JOIN LATERAL jsonb_to_record(d.chase)
        AS c (chase_id uuid, customer_id uuid, milestone text, asked text, department text, answer_by date)
    WHERE e.type LIKE 'orders.chase.%'
), later AS (
    SELECT chase_id, min(time) FILTER (WHERE type = 'orders.chase.answered.v1' AND answer = 1) AS answered_at,
           max(level) FILTER (WHERE type = 'orders.chase.escalated.v1') AS level, max(how) AS how
    FROM told GROUP BY chase_id
)
INSERT INTO chase (id, customer_id, milestone, asked, department, answer_by, asked_at, answered_at, level, status)
SELECT t.chase_id, t.customer_id, t.milestone, t.asked, t.department, t.answer_by, t.time, l.answered_at, coalesce(l.level, 0),
       coalesce(l.how, CASE WHEN l.answered_at IS NULL THEN 'open' ELSE 'answered' END)
FROM told t JOIN later l USING (chase_id) WHERE t.reminder = 0
)"""

FILL = Fill(("chase",), types("orders.chase", "sent", "escalated", "answered", "ended"), _CHASE)
