-- Documents go along with their goods, and may meet there one of their kind. An order misses a document of a shipment once.
ALTER TABLE document DROP CONSTRAINT document_order_id_shipment_code_key;
CREATE UNIQUE INDEX document_missing ON document (order_id, shipment, code) NULLS NOT DISTINCT WHERE state = 'missing';
CREATE INDEX document_order ON document (order_id);
