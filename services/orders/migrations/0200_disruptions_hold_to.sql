-- The day to which a late vessel or shipment holds what comes to it, kept when it is confirmed: what an owner says anew is of his customer alone.
ALTER TABLE disruption ADD COLUMN holds_to date;
UPDATE disruption d SET holds_to = coalesce(d.new_date, (
    SELECT max(coalesce(t.new_date, o.new_date)) FROM delay o JOIN delay_order t ON t.delay_id = o.id
    WHERE o.disruption_id = d.id AND o.revision = 1), (
    SELECT max(t.after) FROM disruption_order t WHERE t.disruption_id = d.id), d.opened_at::date + d.days)
WHERE d.kind IN ('vessel', 'shipment') AND d.status NOT IN ('open', 'withdrawn');
ALTER TABLE disruption ADD CONSTRAINT disruption_holds CHECK (
    (holds_to IS NOT NULL) = (kind IN ('vessel', 'shipment') AND status NOT IN ('open', 'withdrawn')));
