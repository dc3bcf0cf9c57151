"""Fills the yard cut-offs of shipments' sailings."""

from services.reporting.projections.fills.fill import Fill, types

_SAILING = """, sailing_filled AS (
INSERT INTO sailing (shipment, sequence, yard_cutoff, zone, rolled_at)
SELECT e.data ->> 'number', e.sequence, c.at, c.zone, CASE WHEN e.type = 'orders.shipment.rolled.v1' THEN e.time END
FROM event e LEFT JOIN LATERAL jsonb_to_recordset(e.data -> 'cutoffs') AS c (kind text, at timestamptz, zone text, met_at timestamptz)
    ON c.kind = 'container_yard' AND c.met_at IS NULL
WHERE e.type IN ('orders.shipment.cutoffs_changed.v1', 'orders.shipment.rolled.v1')
)"""

FILL = Fill(("sailing",), types("orders.shipment", "cutoffs_changed", "rolled"), _SAILING)
