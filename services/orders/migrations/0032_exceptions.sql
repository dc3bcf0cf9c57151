-- Exceptions: what went wrong with an order or a shipment, why, and what is done about it.
CREATE TABLE order_exception (
    id          uuid PRIMARY KEY,
    order_id    uuid REFERENCES customer_order,
    shipment_id uuid REFERENCES shipment,
    shipment    text,
    kind        text NOT NULL CHECK (kind IN ('delay', 'damage', 'loss', 'shortage', 'quality', 'customs_hold')),
    severity    text NOT NULL CHECK (severity IN ('minor', 'major', 'critical')),
    description text NOT NULL,
    detected_on date NOT NULL,
    amount      numeric CHECK (amount >= 0),
    currency    text,
    delay_id    uuid REFERENCES delay,
    status      text NOT NULL CHECK (status IN ('open', 'closed')),
    opened_by   text NOT NULL,
    opened_at   timestamptz NOT NULL,
    closed_by   text,
    closed_at   timestamptz,
    resolution  text,
    -- Events told of it so far.
    version     bigint NOT NULL CHECK (version >= 1),
    -- It is of one order or of one shipment.
    CHECK (num_nonnulls(order_id, shipment_id) = 1),
    CHECK ((shipment_id IS NULL) = (shipment IS NULL)),
    CHECK ((amount IS NULL) = (currency IS NULL)),
    CHECK ((status = 'closed') = (num_nulls(closed_by, closed_at, resolution) = 0)),
    CHECK (status = 'closed' OR num_nonnulls(closed_by, closed_at, resolution) = 0)
);
CREATE INDEX order_exception_open ON order_exception (id) WHERE status = 'open';
CREATE INDEX order_exception_order ON order_exception (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX order_exception_shipment ON order_exception (shipment_id) WHERE shipment_id IS NOT NULL;
CREATE INDEX order_exception_delay ON order_exception (delay_id) WHERE delay_id IS NOT NULL;

-- The orders concerned: the one, or those that were in the shipment when it was opened.
CREATE TABLE exception_order (
    exception_id uuid NOT NULL REFERENCES order_exception,
    order_id     uuid NOT NULL REFERENCES customer_order,
    PRIMARY KEY (exception_id, order_id)
);
CREATE INDEX exception_order_order ON exception_order (order_id);

CREATE TABLE exception_cause (
    exception_id uuid NOT NULL REFERENCES order_exception,
    position     smallint NOT NULL,
    code         text NOT NULL,
    party        text NOT NULL,
    days         integer CHECK (days >= 0),
    evidence     text,
    PRIMARY KEY (exception_id, position),
    UNIQUE (exception_id, code, party),
    CHECK ((code = 'UNKNOWN') = (party = 'unknown'))
);

CREATE TABLE exception_line (
    exception_id uuid NOT NULL REFERENCES order_exception,
    position     smallint NOT NULL,
    order_number text NOT NULL,
    line         text NOT NULL,
    quantity     numeric NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (exception_id, position),
    UNIQUE (exception_id, order_number, line)
);

CREATE TABLE exception_action (
    id           uuid PRIMARY KEY,
    exception_id uuid NOT NULL REFERENCES order_exception,
    position     smallint NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('corrective', 'preventive')),
    text         text NOT NULL,
    owner        text NOT NULL,
    due_on       date NOT NULL,
    status       text NOT NULL CHECK (status IN ('open', 'done', 'verified', 'waived')),
    overdue      boolean NOT NULL,
    done_by      text,
    result       text,
    judged_by    text,
    judgement    text,
    UNIQUE (exception_id, position),
    -- What counts as done was done by somebody, and judged by somebody else.
    CHECK (status NOT IN ('done', 'verified') OR num_nulls(done_by, result) = 0),
    CHECK (status NOT IN ('verified', 'waived') OR num_nulls(judged_by, judgement) = 0),
    CHECK (status NOT IN ('verified', 'waived') OR judged_by <> owner),
    CHECK (status <> 'verified' OR judged_by <> done_by)
);
CREATE INDEX exception_action_owner ON exception_action (owner) WHERE status = 'open';

-- Path words beside the orders: no order may have one of them as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_exceptions CHECK (number <> 'exceptions');
