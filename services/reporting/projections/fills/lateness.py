"""Fills what lateness came from; the last event of an order holds all of it."""

from services.reporting.projections.fills.fill import Fill, types

_LATENESS = """, lateness_filled AS (
INSERT INTO lateness (order_id, number, customer_id, legs)
SELECT DISTINCT ON (l.order_id) l.order_id, l.number, l.customer_id, l.legs
FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data) AS l (order_id uuid, number text, customer_id uuid, legs jsonb)
WHERE e.type = 'orders.lateness.attributed.v1'
ORDER BY l.order_id, e.position DESC
)"""

FILL = Fill(("lateness",), types("orders.lateness", "attributed"), _LATENESS)
