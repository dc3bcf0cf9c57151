-- Goods that arrive soon are announced, so that the customer gets ready for them.
ALTER TABLE rule DROP CONSTRAINT rule_template_check;
ALTER TABLE rule ADD CONSTRAINT rule_template_check CHECK (template IN ('delay', 'dates', 'promise', 'correction', 'arriving'));
INSERT INTO rule (name, event, audience, condition, template)
VALUES ('arriving', 'orders.shipment.arriving.v1', 'orders', '{"because": [], "materiality_days": 1}', 'arriving');
