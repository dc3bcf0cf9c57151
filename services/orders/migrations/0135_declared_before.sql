-- An entry of an order whose goods travel otherwise by now than they were declared is of what that order has.
INSERT INTO customs_line (entry_id, order_id, line)
SELECT e.id, l.order_id, l.line FROM customs_entry e JOIN order_line l ON l.order_id = e.order_id
WHERE NOT EXISTS (SELECT FROM customs_line c WHERE c.entry_id = e.id);
