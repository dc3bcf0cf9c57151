"""Fills the material that orders wait for, with its receipts."""

from services.reporting.projections.fills.fill import Fill, types

_MATERIAL = """, material_filled AS (
INSERT INTO material (id, customer_id, material, supplier, need_by, ordered_on, eta, state)
SELECT DISTINCT ON (m.material_id) m.material_id, m.customer_id, m.material, m.supplier, m.need_by, m.ordered_on, m.eta, m.state
FROM event e
CROSS JOIN LATERAL jsonb_to_record(e.data -> 'material')
    AS m (material_id uuid, customer_id uuid, material text, supplier text, need_by date, ordered_on date, eta date, state text)
WHERE e.type LIKE 'orders.material.%'
ORDER BY m.material_id, e.position DESC
)"""
_MATERIAL_RECEIPT = """, material_receipt_filled AS (
INSERT INTO material_receipt (material_id, sequence, received_on)
SELECT (e.data -> 'material' ->> 'material_id')::uuid, e.sequence, (e.data ->> 'on')::date
FROM event e WHERE e.type = 'orders.material.received.v1'
)"""

FILL = Fill(
    ("material", "material_receipt"),
    types("orders.material", "required", "changed", "ordered", "eta_changed", "received", "short", "withdrawn"),
    _MATERIAL + _MATERIAL_RECEIPT,
)
