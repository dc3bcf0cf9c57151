"""Fills contract clauses; a breach counts until it is taken back or the clause is said anew."""

from services.reporting.projections.fills.fill import Fill, types

_CLAUSE = """, clause_filled AS (
WITH whole AS (
    SELECT DISTINCT ON (c.clause_id) e.position, c.clause_id, c.order_id, c.customer_id, c.line, c.milestone, c.due_on, c.due_after,
           c.grace_days, p.percent, p.per, p.cap_percent,
           CASE WHEN jsonb_typeof(c.penalty) = 'object' THEN coalesce(p.fixed, c.value) END AS value
    FROM event e
    CROSS JOIN LATERAL jsonb_to_record(e.data -> 'clause')
        AS c (clause_id uuid, order_id uuid, customer_id uuid, line text, milestone text, due_on date, due_after jsonb, grace_days integer,
              penalty jsonb, value jsonb)
    LEFT JOIN LATERAL jsonb_to_record(nullif(c.penalty, 'null'))
        AS p (percent numeric, per text, cap_percent numeric, fixed jsonb) ON true
    WHERE e.type IN ('orders.clause.agreed.v1', 'orders.clause.changed.v1') ORDER BY c.clause_id, e.position DESC
), part AS (
    SELECT position, type, time, coalesce(data ->> 'clause_id', data -> 'clause' ->> 'clause_id')::uuid AS clause_id
    FROM event WHERE type IN ('orders.clause.breached.v1', 'orders.clause.recovered.v1', 'orders.clause.closed.v1')
), later AS (
    SELECT p.clause_id,
           max(p.position) FILTER (WHERE p.type = 'orders.clause.breached.v1')
               > coalesce(max(p.position) FILTER (WHERE p.type = 'orders.clause.recovered.v1'), 0) AS breached,
           max(p.time) FILTER (WHERE p.type = 'orders.clause.closed.v1') AS closed_at
    FROM part p JOIN whole w ON w.clause_id = p.clause_id AND p.position > w.position GROUP BY p.clause_id
)
INSERT INTO clause (id, order_id, customer_id, line, milestone, due_on, after_milestone, after_days, grace_days, percent, per, cap_percent,
                    value, currency, breached, closed_on)
SELECT w.clause_id, w.order_id, w.customer_id, w.line, w.milestone, w.due_on, w.due_after ->> 'milestone',
       (w.due_after ->> 'days')::integer, w.grace_days, w.percent, w.per, w.cap_percent, (w.value ->> 'amount')::numeric,
       w.value ->> 'currency', coalesce(l.breached, false), (l.closed_at AT TIME ZONE 'UTC')::date
FROM whole w LEFT JOIN later l USING (clause_id)
)"""

FILL = Fill(("clause",), types("orders.clause", "agreed", "changed", "breached", "recovered", "closed"), _CLAUSE)
