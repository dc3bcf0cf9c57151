"""Fills customers, staff, suppliers and shipments."""

from services.reporting.projections.fills.fill import Fill, types

_CUSTOMER = """, customer_filled AS (
WITH whole AS (
    SELECT DISTINCT ON (c.customer_id) e.position, c.customer_id, c.code, c.name, c.country, c.grade, c.prospect_class, c.owner
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data -> 'customer')
        AS c (customer_id uuid, code text, name text, country text, grade text, prospect_class text, owner text)
    WHERE e.type IN ('customers.customer.created.v1', 'customers.customer.changed.v1') ORDER BY c.customer_id, e.position DESC
), moved AS (
    SELECT DISTINCT ON (aggregate) position, (data ->> 'customer_id')::uuid AS customer_id, data ->> 'after' AS owner
    FROM event WHERE type = 'customers.owner.transferred.v1' ORDER BY aggregate, position DESC
)
INSERT INTO customer (id, code, name, country, grade, prospect_class, owner)
SELECT w.customer_id, w.code, w.name, w.country, w.grade, w.prospect_class, coalesce(m.owner, w.owner)
FROM whole w LEFT JOIN moved m ON m.customer_id = w.customer_id AND m.position > w.position
)"""
_STAFF = """, staff_filled AS (
INSERT INTO staff (login, department, team, manager, active)
SELECT DISTINCT ON (s.login) s.login, s.department, s.team, s.manager, coalesce(s.active, true)
FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data) AS s (login text, department text, team text, manager text, active boolean)
WHERE e.type = 'customers.staff.changed.v1'
ORDER BY s.login, e.position DESC
)"""
_SUPPLIER = """, supplier_filled AS (
INSERT INTO supplier (code, id, name)
SELECT DISTINCT ON (s.code) s.code, s.supplier_id, s.name
FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data) AS s (code text, supplier_id uuid, name text)
WHERE e.type = 'orders.supplier.created.v1'
ORDER BY s.code, e.position DESC
)"""
_SHIPMENT = """, shipment_filled AS (
INSERT INTO shipment (number, id, mode, carrier, vessel, voyage, booking, transport_document, port_of_loading, port_of_discharge)
SELECT DISTINCT ON (s.number) s.number, s.shipment_id, t.mode, t.carrier, t.vessel, t.voyage, t.booking, t.transport_document,
       t.port_of_loading, t.port_of_discharge
FROM event e
CROSS JOIN LATERAL jsonb_to_record(e.data) AS s (number text, shipment_id uuid, transport jsonb)
CROSS JOIN LATERAL jsonb_to_record(s.transport)
    AS t (mode text, carrier text, vessel text, voyage text, booking text, transport_document text, port_of_loading text,
          port_of_discharge text)
WHERE e.type IN ('orders.shipment.created.v1', 'orders.shipment.changed.v1')
ORDER BY s.number, e.position DESC
)"""

FILL = Fill(
    ("customer", "staff", "supplier", "shipment"),
    (
        *types("customers", "customer.created", "customer.changed", "owner.transferred", "staff.changed"),
        *types("orders", "supplier.created", "shipment.created", "shipment.changed"),
    ),
    _CUSTOMER + _STAFF + _SUPPLIER + _SHIPMENT,
    parts=1,
)
