-- A customs entry is of the lines that were declared with it, wherever they travel since.
CREATE TABLE customs_line (
    entry_id uuid NOT NULL REFERENCES customs_entry,
    order_id uuid NOT NULL REFERENCES customer_order,
    line     text NOT NULL,
    PRIMARY KEY (entry_id, order_id, line)
);
CREATE INDEX customs_line_order ON customs_line (order_id);
-- Of those that there are the lines that travel so now are the best that is known.
INSERT INTO customs_line (entry_id, order_id, line)
SELECT e.id, l.order_id, l.line FROM customs_entry e JOIN order_line l ON l.shipment = e.shipment
WHERE e.shipment_id IS NOT NULL AND l.cancelled IS NULL;
INSERT INTO customs_line (entry_id, order_id, line)
SELECT e.id, l.order_id, l.line FROM customs_entry e JOIN order_line l ON l.order_id = e.order_id AND l.shipment IS NOT DISTINCT FROM e.shipment
WHERE e.shipment_id IS NULL AND l.cancelled IS NULL;
