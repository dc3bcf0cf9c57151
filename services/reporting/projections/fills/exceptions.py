"""Fills exceptions, with the orders they concern; each of their events holds all of one."""

from services.reporting.projections.fills.fill import Fill, types

_EXCEPTION = """, exception_filled AS (
WITH told AS (
    SELECT e.position, e.time, x.exception_id, x.kind, x.severity, x.status, x.shipment, x.detected_on, x.causes, x.under_investigation,
           x.amount, x.delay_id, x.actions, x.opened_by
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data -> 'exception')
        AS x (exception_id uuid, kind text, severity text, status text, shipment text, detected_on date, causes jsonb,
              under_investigation boolean, amount jsonb, delay_id uuid, actions jsonb, opened_by text)
    WHERE e.type LIKE 'orders.exception.%'
), first AS (
    SELECT DISTINCT ON (exception_id) exception_id, time FROM told ORDER BY exception_id, position
)
INSERT INTO exception (id, kind, severity, status, shipment, detected_on, causes, under_investigation, amount, currency, delay_id, actions,
                       opened_by, opened_at)
SELECT DISTINCT ON (t.exception_id) t.exception_id, t.kind, t.severity, t.status, t.shipment, t.detected_on,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('code', c -> 'code', 'party', c -> 'party') ORDER BY n), '[]')
        FROM jsonb_array_elements(t.causes) WITH ORDINALITY AS cause (c, n)),
       t.under_investigation, (t.amount ->> 'amount')::numeric, t.amount ->> 'currency', t.delay_id,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('owner', a -> 'owner', 'due_on', a -> 'due_on', 'status', a -> 'status') ORDER BY n),
                        '[]')
        FROM jsonb_array_elements(t.actions) WITH ORDINALITY AS action (a, n)),
       t.opened_by, f.time
FROM told t JOIN first f USING (exception_id) ORDER BY t.exception_id, t.position DESC
)"""
_EXCEPTION_ORDER = """, exception_order_filled AS (
INSERT INTO exception_order (exception_id, order_id, number, customer_id)
SELECT DISTINCT ON (x.exception_id, o.order_id) x.exception_id, o.order_id, o.number, o.customer_id
FROM event e
CROSS JOIN LATERAL jsonb_to_record(e.data -> 'exception') AS x (exception_id uuid, orders jsonb)
CROSS JOIN LATERAL jsonb_to_recordset(x.orders) AS o (order_id uuid, number text, customer_id uuid)
WHERE e.type LIKE 'orders.exception.%'
ORDER BY x.exception_id, o.order_id, e.position DESC
)"""

FILL = Fill(
    ("exception", "exception_order"),
    types("orders.exception", "opened", "changed", "closed"),
    _EXCEPTION + _EXCEPTION_ORDER,
)
