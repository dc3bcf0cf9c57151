-- What is held of an order follows its goods.
CREATE INDEX gathered_order ON gathered (order_id);
