-- The work list looks at open orders only: most of the others' milestones never got a date of their own.
CREATE INDEX customer_order_open ON customer_order (customer_id) WHERE status = 'open';

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_work CHECK (number <> 'work');
