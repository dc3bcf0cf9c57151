-- What was told of a date before: where a decision's mails reach nobody, the day before it counts as told again, with who told it. It stands
-- with the date, so that it goes along with goods that are split or travel elsewhere. Newest first: told, by, source, at; the last ten.
ALTER TABLE told_line ADD COLUMN told_before jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(told_before) = 'array');
ALTER TABLE told_node ADD COLUMN told_before jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(told_before) = 'array');

-- Of what is still to be sent; by whom the day before was told is not known.
UPDATE told_line AS l SET told_before = jsonb_build_array(jsonb_build_object('told', d.before, 'by', NULL, 'source', 'order', 'at', l.told_at))
FROM told_date AS d JOIN message AS m ON m.id = d.message_id JOIN told_order AS o ON o.id = d.order_id AND o.delivery_point = d.milestone
WHERE m.status IN ('queued', 'sending') AND l.told_by = m.decision AND l.told = d.after AND l.order_id = d.order_id AND l.line = d.line;
UPDATE told_node AS n SET told_before = jsonb_build_array(jsonb_build_object('told', d.before, 'by', NULL, 'source', 'order', 'at', n.told_at))
FROM told_date AS d JOIN message AS m ON m.id = d.message_id
WHERE m.status IN ('queued', 'sending') AND n.told_by = m.decision AND n.told = d.after AND n.order_id = d.order_id
  AND n.shipment IS NOT DISTINCT FROM d.shipment AND n.milestone = d.milestone AND n.line IS NOT DISTINCT FROM d.line;

-- A day that was told before a delay was logged is none that its retraction ends. Of one that was logged before, that is not known.
ALTER TABLE delay ADD COLUMN logged_at timestamptz;
