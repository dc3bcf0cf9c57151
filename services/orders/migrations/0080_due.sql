-- What has not happened is expected no earlier than today, and stored so: `due` keeps the day on which it was expected before days passed
-- made that later. Overdue is measured by it.
ALTER TABLE milestone ADD COLUMN due date,
    ADD CONSTRAINT milestone_due_is_earlier CHECK (due IS NULL OR (due < estimated AND actual IS NULL));

-- Estimates as they were told lag behind the day: every open order is looked at.
INSERT INTO risk_look (order_id) SELECT id FROM customer_order WHERE status = 'open';
