"""Fills letters of credit, with the terms that are not kept."""

from services.reporting.projections.fills.fill import Fill, types

_CREDIT = """, credit_filled AS (
WITH closed AS (
    SELECT DISTINCT (data ->> 'credit_id')::uuid AS credit_id FROM event WHERE type = 'orders.credit.closed.v1'
)
INSERT INTO credit (id, number, customer_id, amount, currency, expires_on, closed)
SELECT DISTINCT ON (c.credit_id) c.credit_id, c.number, c.customer_id, (c.amount ->> 'amount')::numeric, c.amount ->> 'currency',
       c.expires_on, closed.credit_id IS NOT NULL
FROM event e
CROSS JOIN LATERAL jsonb_to_record(e.data -> 'credit')
    AS c (credit_id uuid, number text, customer_id uuid, amount jsonb, expires_on date)
LEFT JOIN closed ON closed.credit_id = c.credit_id
WHERE e.type IN ('orders.credit.opened.v1', 'orders.credit.amended.v1')
ORDER BY c.credit_id, e.position DESC
)"""
_CREDIT_RISK = """, credit_risk_filled AS (
INSERT INTO credit_risk (credit_id, kind, order_number, leg, deadline, would_be, amend_by, told_at, recovered)
SELECT DISTINCT ON (c.credit_id, r.kind, coalesce(r.order, ''), coalesce(r.shipment, '')) c.credit_id, r.kind, coalesce(r.order, ''),
       coalesce(r.shipment, ''), r.deadline, r.would_be, r.amend_by, e.time, e.type = 'orders.credit.recovered.v1'
FROM event e
CROSS JOIN LATERAL jsonb_to_record(e.data) AS c (credit_id uuid, risks jsonb)
CROSS JOIN LATERAL jsonb_to_recordset(c.risks)
    AS r (kind text, "order" text, shipment text, deadline date, would_be date, amend_by date)
WHERE e.type IN ('orders.credit.at_risk.v1', 'orders.credit.recovered.v1')
ORDER BY c.credit_id, r.kind, coalesce(r.order, ''), coalesce(r.shipment, ''), e.position DESC
)"""

FILL = Fill(
    ("credit", "credit_risk"), types("orders.credit", "opened", "amended", "at_risk", "recovered", "closed"), _CREDIT + _CREDIT_RISK
)
