"""Fills notices, with the orders and the dates they tell of."""

from services.reporting.projections.fills.fill import Fill, types

_NOTICE = """, notice_filled AS (
WITH whole AS (
    SELECT DISTINCT ON (m.message_id) e.position, e.id AS event, e.time, e.correlationid, split_part(e.type, '.', 3) AS status, d.why,
           d.language, d.corrects, m.message_id, m.rule, m.customer_id, m.contact_id, m.delay_id, m.delay_revision
    FROM event e
    CROSS JOIN LATERAL jsonb_to_record(e.data) AS d (message jsonb, why text, language text, corrects uuid)
    CROSS JOIN LATERAL jsonb_to_record(d.message)
        AS m (message_id uuid, rule text, customer_id uuid, contact_id uuid, delay_id uuid, delay_revision integer)
    WHERE e.type IN ('notifications.message.queued.v1', 'notifications.message.suppressed.v1', 'notifications.message.unreachable.v1')
    ORDER BY m.message_id, e.position DESC
), part AS (
    SELECT e.position, e.type, e.id AS event, p.message_id, p.at, p.why, p.attempts
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data) AS p (message_id uuid, at timestamptz, why text, attempts integer)
    WHERE e.type IN ('notifications.message.sent.v1', 'notifications.message.failed.v1', 'notifications.message.cancelled.v1')
), later AS (
    SELECT p.message_id, max(p.position) AS ended, max(p.position) FILTER (WHERE p.type = 'notifications.message.sent.v1') AS sent,
           max(p.position) FILTER (WHERE p.why IS NOT NULL) AS told_why, max(p.position) FILTER (WHERE p.attempts IS NOT NULL) AS tried
    FROM part p JOIN whole w ON w.message_id = p.message_id AND p.position > w.position GROUP BY p.message_id
)
INSERT INTO notice (id, rule, status, why, customer_id, contact_id, delay_id, delay_revision, language, corrects, decided_at, decided_event,
                    sent_at, sent_event, attempts, correlation_id)
SELECT w.message_id, w.rule, coalesce(split_part(e.type, '.', 3), w.status), coalesce(y.why, w.why), w.customer_id, w.contact_id,
       w.delay_id, w.delay_revision, w.language, w.corrects, w.time, w.event, s.at, s.event, t.attempts, w.correlationid
FROM whole w LEFT JOIN later l USING (message_id)
LEFT JOIN part e ON e.position = l.ended LEFT JOIN part s ON s.position = l.sent
LEFT JOIN part y ON y.position = l.told_why LEFT JOIN part t ON t.position = l.tried
)"""
_NOTICE_ORDER = """, notice_order_filled AS (
INSERT INTO notice_order (notice_id, order_id)
SELECT DISTINCT (e.data -> 'message' ->> 'message_id')::uuid, o::uuid
FROM event e CROSS JOIN LATERAL jsonb_array_elements_text(e.data -> 'message' -> 'orders') AS o
WHERE e.type IN ('notifications.message.queued.v1', 'notifications.message.suppressed.v1', 'notifications.message.unreachable.v1')
)"""
_NOTICE_DATE = """, notice_date_filled AS (
INSERT INTO notice_date (notice_id, ordinal, order_id, leg, milestone, line, before, after)
SELECT DISTINCT ON ((e.data -> 'message' ->> 'message_id')::uuid, d.n) (e.data -> 'message' ->> 'message_id')::uuid, d.n - 1, d.order_id,
       coalesce(d.shipment, ''), d.milestone, coalesce(d.line, ''), d.before, d.after
FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.data -> 'dates')
    AS (order_id uuid, shipment text, milestone text, line text, before date, after date)) WITH ORDINALITY
    AS d (order_id, shipment, milestone, line, before, after, n)
WHERE e.type IN ('notifications.message.queued.v1', 'notifications.message.unreachable.v1')
ORDER BY (e.data -> 'message' ->> 'message_id')::uuid, d.n, e.position DESC
)"""

FILL = Fill(
    ("notice", "notice_order", "notice_date"),
    types("notifications.message", "queued", "suppressed", "unreachable", "sent", "failed", "cancelled"),
    _NOTICE + _NOTICE_ORDER + _NOTICE_DATE,
)
