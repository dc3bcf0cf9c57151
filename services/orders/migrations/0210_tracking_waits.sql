-- All that an event says of a port which its shipment does not have yet: it is read again once that is known. What was kept before is not.
ALTER TABLE tracking_statement ADD COLUMN said jsonb, ADD CHECK (said IS NULL OR milestone IS NULL);
CREATE INDEX tracking_statement_waits ON tracking_statement (shipment_id) WHERE said IS NOT NULL;
