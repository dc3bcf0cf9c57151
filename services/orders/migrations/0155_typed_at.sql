-- What was typed of a sailing is newer than what the carrier had told before it. Where events stand beside it, its time is not known: they
-- count before it, as they did. A vessel leaves with the arrival as it was typed only where its departure was said then.
ALTER TABLE shipment ADD COLUMN typed_etd_at timestamptz, ADD COLUMN typed_eta_at timestamptz;
UPDATE shipment s SET
    typed_etd_at = CASE WHEN NOT EXISTS (SELECT FROM tracking_statement t WHERE t.shipment_id = s.id AND t.milestone = 'DEPART') THEN s.said_at END,
    typed_eta_at = CASE WHEN NOT EXISTS (SELECT FROM tracking_statement t WHERE t.shipment_id = s.id AND t.milestone = 'ARRIVE') THEN s.said_at END,
    typed_departs = CASE WHEN s.typed_etd IS NOT NULL THEN s.typed_departs END
WHERE s.said_at IS NOT NULL;
