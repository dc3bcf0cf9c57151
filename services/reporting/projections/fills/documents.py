"""Fills documents and customs entries; the last event of one holds all of it."""

from services.reporting.projections.fills.fill import Fill, types

_DOCUMENT = """, document_filled AS (
INSERT INTO document (id, order_id, customer_id, leg, code, department, due_on, after_milestone, after_days, state)
SELECT DISTINCT ON (d.document_id) d.document_id, d.order_id, d.customer_id, coalesce(d.shipment, ''), d.code, d.department, d.due_on,
       d.due_after ->> 'milestone', (d.due_after ->> 'days')::integer, d.state
FROM event e
CROSS JOIN LATERAL jsonb_to_record(e.data -> 'document')
    AS d (document_id uuid, order_id uuid, customer_id uuid, shipment text, code text, department text, due_on date, due_after jsonb,
          state text)
WHERE e.type LIKE 'orders.document.%'
ORDER BY d.document_id, e.position DESC
)"""
_CUSTOMS_ENTRY = """, customs_entry_filled AS (
INSERT INTO customs_entry (id, number, regime_code, shipment, orders, state, declared_on, inspected_on, held_on, released_on)
SELECT DISTINCT ON (c.entry_id) c.entry_id, c.number, c.regime_code, c.shipment,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('number', o -> 'number', 'customer_id', o -> 'customer_id') ORDER BY n), '[]')
        FROM jsonb_array_elements(c.orders) WITH ORDINALITY AS concerned (o, n)),
       c.state, c.declared_on, c.inspected_on, c.held_on, c.released_on
FROM event e
CROSS JOIN LATERAL jsonb_to_record(e.data -> 'entry')
    AS c (entry_id uuid, number text, regime_code text, shipment text, orders jsonb, state text, declared_on date, inspected_on date,
          held_on date, released_on date)
WHERE e.type LIKE 'orders.customs.%'
ORDER BY c.entry_id, e.position DESC
)"""

FILL = Fill(
    ("document", "customs_entry"),
    (
        *types("orders.document", "required", "changed", "issued", "sent", "accepted", "discrepant", "waived"),
        *types("orders.customs", "declared", "changed", "inspected", "held", "released"),
    ),
    _DOCUMENT + _CUSTOMS_ENTRY,
)
