-- A gate that nobody has met while the carrier says that the goods leave, or have left, endangers the order.
ALTER TABLE risk_limit DROP CONSTRAINT risk_limit_kind_check, ADD CONSTRAINT risk_limit_kind_check CHECK (kind IN (
    'slack_used_up', 'not_started', 'quantity_behind', 'cutoff_near', 'document_missing', 'unanswered', 'material_late',
    'material_eta_missing', 'stock_short', 'inspection_failed', 'gate_unmet'));
INSERT INTO risk_limit (kind, days, margin) VALUES ('gate_unmet', 0, 0);
