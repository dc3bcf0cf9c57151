-- The tracking events that were taken, and what each of them says of shipments: no more of them is kept. A sender's ids are his own.
CREATE TABLE tracking_event (
    sender      text NOT NULL,
    id          text NOT NULL,
    -- When the carrier made it: of two that say different things the newer counts, in whatever order they come.
    created_at  timestamptz NOT NULL,
    -- The event that it takes back, which may come later.
    retracts    text,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (sender, id)
);
CREATE INDEX tracking_event_retracts ON tracking_event (sender, retracts) WHERE retracts IS NOT NULL;

CREATE TABLE tracking_statement (
    sender      text NOT NULL,
    event       text NOT NULL,
    shipment_id uuid NOT NULL REFERENCES shipment,
    code        text NOT NULL,
    classifier  text NOT NULL CHECK (classifier IN ('PLN', 'EST', 'ACT')),
    at          timestamptz NOT NULL,
    -- The day at the place where it happens.
    day         date NOT NULL,
    port        text,
    container   text,
    -- The milestone that it is about; null where it says something of none.
    milestone   text,
    note        text,
    PRIMARY KEY (sender, event, shipment_id),
    FOREIGN KEY (sender, event) REFERENCES tracking_event (sender, id)
);
CREATE INDEX tracking_statement_shipment ON tracking_statement (shipment_id, milestone);

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_events CHECK (number <> 'events');
