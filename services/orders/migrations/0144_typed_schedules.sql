-- What somebody said last of a sailing by hand: it counts again when the events of the carrier that said otherwise are taken back.
ALTER TABLE shipment
    ADD COLUMN typed_etd date,
    ADD COLUMN typed_eta date,
    ADD COLUMN typed_departs date CHECK (typed_departs IS NULL OR typed_eta IS NOT NULL);
UPDATE shipment s SET
    typed_etd = CASE WHEN NOT EXISTS (SELECT FROM tracking_statement t WHERE t.shipment_id = s.id AND t.milestone = 'DEPART') THEN s.etd END,
    typed_eta = CASE WHEN NOT EXISTS (SELECT FROM tracking_statement t WHERE t.shipment_id = s.id AND t.milestone = 'ARRIVE') THEN s.eta END
WHERE s.said_at IS NOT NULL;
