-- A shipment that leaves by water, and of whose port nobody has said the zone, has no cut-offs: that endangers its departure.
ALTER TABLE risk_limit DROP CONSTRAINT risk_limit_kind_check, ADD CONSTRAINT risk_limit_kind_check CHECK (kind IN (
    'slack_used_up', 'not_started', 'quantity_behind', 'cutoff_near', 'document_missing', 'unanswered', 'material_late',
    'material_eta_missing', 'stock_short', 'inspection_failed', 'gate_unmet', 'reports_ceased', 'cutoffs_unknown'));
INSERT INTO risk_limit (kind, days, margin) VALUES ('cutoffs_unknown', 30, 0);

-- With its cut-offs its orders are looked at again.
CREATE FUNCTION look_for_risks_of_cutoffs() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO risk_look (order_id)
    SELECT DISTINCT m.order_id FROM moved n JOIN shipment s ON s.id = n.shipment_id JOIN milestone m ON m.shipment = s.number
    JOIN customer_order o ON o.id = m.order_id WHERE o.status = 'open' AND m.code = 'DEPART';
    RETURN NULL;
END $$;
CREATE TRIGGER cutoff_made_risk AFTER INSERT ON shipment_cutoff REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks_of_cutoffs();
