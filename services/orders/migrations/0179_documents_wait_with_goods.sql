-- Goods that were taken out of the shipment of a document, and are in none yet. `missing`: it was when they left, so that they need it where
-- they go. They need nothing any more where they are once they travel: only lines without a shipment are here.
CREATE TABLE document_waiting (
    document_id uuid NOT NULL REFERENCES document,
    order_id    uuid NOT NULL,
    line        text NOT NULL,
    missing     boolean NOT NULL,
    PRIMARY KEY (document_id, line),
    FOREIGN KEY (order_id, line) REFERENCES order_line
);
CREATE INDEX document_waiting_line ON document_waiting (order_id, line);

-- Nobody remembered which goods left the shipments that have none of an order any more: any of those that are in no shipment may have.
INSERT INTO document_waiting (document_id, order_id, line, missing)
SELECT d.id, l.order_id, l.line, d.state = 'missing'
FROM document d JOIN order_line l ON l.order_id = d.order_id
WHERE d.shipment IS NOT NULL AND d.state <> 'waived' AND l.shipment IS NULL AND l.cancelled IS NULL
    AND NOT EXISTS (SELECT FROM milestone m WHERE m.order_id = d.order_id AND m.shipment = d.shipment);
