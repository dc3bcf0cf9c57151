-- How many days before goods arrive customers are told, by mode of transport; a shipment may have agreed on others.
CREATE TABLE arrival_notice (
    mode    text PRIMARY KEY CHECK (mode IN ('sea', 'rail', 'road', 'air', 'courier', 'barge', 'multimodal')),
    days    smallint NOT NULL CHECK (days BETWEEN 0 AND 60),
    version bigint NOT NULL DEFAULT 1 CHECK (version >= 1)
);
INSERT INTO arrival_notice (mode, days) VALUES
    ('sea', 5), ('barge', 5), ('multimodal', 5), ('rail', 3), ('road', 1), ('air', 1), ('courier', 1);

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_arrivals CHECK (number <> 'arrival-notices');
