"""Fills what was told of milestones in danger."""

from services.reporting.projections.fills.fill import Fill, types

_WARNING = """, warning_filled AS (
INSERT INTO warning (order_id, leg, milestone, sequence, state, told_at, department, level, kinds)
SELECT t.order_id, coalesce(m.shipment, ''), m.milestone, e.sequence, split_part(e.type, '.', 3), e.time, m.department,
       CASE WHEN e.type = 'orders.milestone.at_risk.v1' THEN m.level END,
       CASE WHEN e.type = 'orders.milestone.at_risk.v1' THEN (
           SELECT string_agg(DISTINCT r.kind, ' ' ORDER BY r.kind) FROM (SELECT (reason ->> 'kind') COLLATE "C" AS kind
           FROM jsonb_array_elements(m.reasons) AS reason) AS r) END
FROM event e
CROSS JOIN LATERAL jsonb_to_record(e.data) AS t (order_id uuid, risks jsonb, milestones jsonb)
CROSS JOIN LATERAL jsonb_to_recordset(coalesce(t.risks, t.milestones))
    AS m (shipment text, milestone text, department text, level text, reasons jsonb)
WHERE e.type IN ('orders.milestone.at_risk.v1', 'orders.milestone.risk_cleared.v1', 'orders.milestone.overdue.v1')
)"""

FILL = Fill(("warning",), types("orders.milestone", "at_risk", "risk_cleared", "overdue"), _WARNING)
