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
INSERT INTO material_receipt (material_id, sequence, received_on, anew)
SELECT (e.data -> 'material' ->> 'material_id')::uuid, e.sequence, (e.data ->> CASE WHEN n.anew THEN 'last_on' ELSE 'on' END)::date, n.anew
FROM event e CROSS JOIN LATERAL (SELECT e.type = 'orders.material.receipt_corrected.v1' AS anew) AS n
WHERE n.anew OR e.type = 'orders.material.received.v1'
)"""

FILL = Fill(
    ("material", "material_receipt"),
    types("orders.material", "required", "changed", "ordered", "eta_changed", "received", "receipt_corrected", "short", "withdrawn"),
    _MATERIAL + _MATERIAL_RECEIPT,
)
