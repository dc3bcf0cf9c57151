-- Since when a delay holds an order no more: it has happened, the order travels otherwise, or is cancelled. Not said of what it held until
-- it was retracted. For those that were free before this was kept: the day on which it happened, else that on which the order's lines
-- moved last, or anything of the order was written.
ALTER TABLE delay_order ADD COLUMN freed_on date;
UPDATE delay_order t SET freed_on = coalesce(
    (SELECT m.actual FROM milestone m
     WHERE m.order_id = t.order_id AND m.shipment IS NOT DISTINCT FROM t.shipment AND m.code = t.milestone),
    (SELECT max(e.recorded_at)::date FROM promise_entry e WHERE e.order_id = t.order_id AND e.reason = 'lines_moved'),
    (SELECT max(e.recorded_at)::date FROM promise_entry e WHERE e.order_id = t.order_id))
FROM delay d WHERE d.id = t.delay_id AND NOT t.open AND d.status <> 'retracted';
ALTER TABLE delay_order ADD CONSTRAINT delay_order_freed CHECK (freed_on IS NULL OR NOT open);
