-- How a shipment goes since it was changed last: what waits to be told of goods in it is told so when it goes. One that was never changed
-- goes as what waits says.
CREATE TABLE shipment (
    number    text PRIMARY KEY,
    id        uuid NOT NULL UNIQUE,
    transport jsonb NOT NULL
);
