-- Production that goes on and is not reported any more endangers the order.
ALTER TABLE risk_limit DROP CONSTRAINT risk_limit_kind_check, ADD CONSTRAINT risk_limit_kind_check CHECK (kind IN (
    'slack_used_up', 'not_started', 'quantity_behind', 'cutoff_near', 'document_missing', 'unanswered', 'material_late',
    'material_eta_missing', 'stock_short', 'inspection_failed', 'gate_unmet', 'reports_ceased'));
INSERT INTO risk_limit (kind, days, margin) VALUES ('reports_ceased', -1, 0);
