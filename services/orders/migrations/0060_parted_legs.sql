-- Legs that parted from the one that a delay had made late, and were late with it: what they are now is late by it, too.
CREATE TABLE delay_leg (
    delay_id uuid NOT NULL,
    order_id uuid NOT NULL,
    shipment text,
    UNIQUE NULLS NOT DISTINCT (delay_id, order_id, shipment),
    FOREIGN KEY (delay_id, order_id) REFERENCES delay_order (delay_id, order_id)
);
CREATE INDEX delay_leg_order ON delay_leg (order_id);
