"""Fills delays, with their causes and the orders they touch."""

from services.reporting.projections.fills.fill import Fill, types

_DELAY = """, delay_filled AS (
WITH told AS (
    SELECT e.position, e.id AS event, e.time, e.historical, e.correlationid, d.delay_id, d.order_id, d.shipment, d.milestone, d.revision,
           d.new_date, d.causes, d.under_investigation, d.action, d.next_news_on, d.logged_by
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data -> 'delay')
        AS d (delay_id uuid, order_id uuid, shipment text, milestone text, revision integer, new_date date, causes jsonb,
              under_investigation boolean, action jsonb, next_news_on date, logged_by text)
    WHERE e.type IN ('orders.delay.logged.v1', 'orders.delay.updated.v1')
), first AS (
    SELECT DISTINCT ON (delay_id) delay_id, logged_by, time, event, correlationid FROM told ORDER BY delay_id, position
), whole AS (
    SELECT DISTINCT ON (delay_id) position, delay_id, order_id, shipment, milestone, revision, new_date, causes, under_investigation,
           action, next_news_on, historical
    FROM told ORDER BY delay_id, position DESC
), part AS (
    SELECT e.position, e.type, d.delay_id, d.causes, d.under_investigation, d.revision, d.closed_on, d.due_on,
           split_part(e.type, '.', 3) AS deed
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data)
        AS d (delay_id uuid, causes jsonb, under_investigation boolean, revision integer, closed_on date, due_on date)
    WHERE e.type IN ('orders.delay.attributed.v1', 'orders.delay.retracted.v1', 'orders.delay.closed.v1', 'orders.delay.reopened.v1',
                     'orders.delay.news_due.v1')
), later AS (
    SELECT p.delay_id, max(p.position) FILTER (WHERE p.deed = 'attributed') AS attributed,
           max(p.position) FILTER (WHERE p.deed = 'retracted') AS retracted,
           max(p.position) FILTER (WHERE p.deed IN ('closed', 'reopened')) AS closed,
           max(p.position) FILTER (WHERE p.deed IN ('retracted', 'closed', 'reopened')) AS ended,
           max(p.position) FILTER (WHERE p.deed = 'news_due') AS due
    FROM part p JOIN whole w ON w.delay_id = p.delay_id AND p.position > w.position GROUP BY p.delay_id
)
INSERT INTO delay (id, order_id, shipment, milestone, revision, status, new_date, causes, under_investigation, action, next_news_on,
                   news_due_on, closed_on, historical, logged_by, logged_at, logged_event, correlation_id)
SELECT w.delay_id, w.order_id, w.shipment, w.milestone, coalesce(r.revision, w.revision),
       CASE WHEN l.ended = l.retracted THEN 'retracted' WHEN l.ended = l.closed AND c.deed = 'closed' THEN 'closed' ELSE 'open' END,
       w.new_date,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('code', c -> 'code', 'party', c -> 'party', 'days', c -> 'days') ORDER BY n), '[]')
        FROM jsonb_array_elements(coalesce(a.causes, w.causes)) WITH ORDINALITY AS cause (c, n)),
       coalesce(a.under_investigation, w.under_investigation), jsonb_strip_nulls(w.action), w.next_news_on, n.due_on, c.closed_on,
       w.historical, f.logged_by, f.time, f.event, f.correlationid
FROM whole w JOIN first f USING (delay_id) LEFT JOIN later l USING (delay_id)
LEFT JOIN part a ON a.position = l.attributed LEFT JOIN part r ON r.position = l.retracted
LEFT JOIN part c ON c.position = l.closed LEFT JOIN part n ON n.position = l.due
)"""
_DELAY_ORDER = """, delay_order_filled AS (
WITH touched AS (
    SELECT e.position, (d.said ->> 'delay_id')::uuid AS delay_id, o.order_id, o.number, o.customer_id, o.before, o.after, o.n
    FROM event e CROSS JOIN LATERAL (SELECT coalesce(e.data -> 'delay', e.data) AS said) AS d
    CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(d.said -> 'orders')
        AS (order_id uuid, number text, customer_id uuid, before date, after date)) WITH ORDINALITY
        AS o (order_id, number, customer_id, before, after, n)
    WHERE e.type IN ('orders.delay.logged.v1', 'orders.delay.updated.v1', 'orders.delay.joined.v1')
), freed AS (
    SELECT DISTINCT ON (delay_id, order_id) e.position, (e.data ->> 'delay_id')::uuid AS delay_id, o.id::uuid AS order_id,
           (e.data ->> 'freed_on')::date AS freed_on
    FROM event e CROSS JOIN LATERAL jsonb_array_elements_text(e.data -> 'orders') AS o (id)
    WHERE e.type = 'orders.delay.freed.v1' ORDER BY delay_id, order_id, e.position DESC
)
INSERT INTO delay_order (delay_id, order_id, number, customer_id, before, after, freed_on)
SELECT DISTINCT ON (delay_id, order_id) delay_id, order_id, t.number, t.customer_id,
       first_value(t.before) OVER (PARTITION BY delay_id, order_id ORDER BY t.position, t.n), t.after,
       CASE WHEN f.position > t.position THEN f.freed_on END
FROM touched t LEFT JOIN freed f USING (delay_id, order_id) ORDER BY delay_id, order_id, t.position DESC, t.n DESC
)"""

FILL = Fill(
    ("delay", "delay_order"),
    types("orders.delay", "logged", "updated", "attributed", "retracted", "closed", "reopened", "joined", "freed", "news_due"),
    _DELAY + _DELAY_ORDER,
)
