-- Orders with their lines and plan, shipments, suppliers, the promise ledger, and delays.

CREATE TABLE supplier (
    id      uuid PRIMARY KEY,
    code    text NOT NULL UNIQUE,
    name    text NOT NULL,
    -- Events told of it so far; in every aggregate's table.
    version bigint NOT NULL CHECK (version >= 1)
);

CREATE TABLE shipment (
    id                 uuid PRIMARY KEY,
    number             text NOT NULL UNIQUE,
    mode               text CHECK (mode IN ('sea', 'rail', 'road', 'air', 'courier', 'barge', 'multimodal')),
    carrier            text,
    vessel             text,
    voyage             text,
    booking            text,
    transport_document text,
    containers         text[] NOT NULL,
    port_of_loading    text,
    port_of_discharge  text,
    version            bigint NOT NULL CHECK (version >= 1)
);
-- The names by which people ask for a shipment, in whatever case they type them.
CREATE INDEX shipment_vessel ON shipment (upper(vessel), upper(voyage)) WHERE vessel IS NOT NULL;
CREATE INDEX shipment_booking ON shipment (upper(booking)) WHERE booking IS NOT NULL;
CREATE INDEX shipment_transport_document ON shipment (upper(transport_document)) WHERE transport_document IS NOT NULL;
CREATE INDEX shipment_containers ON shipment USING gin (containers);

CREATE TABLE template (
    code     text PRIMARY KEY,
    document jsonb NOT NULL CHECK (document->>'code' = code)
);

CREATE TABLE customer_order (
    id             uuid PRIMARY KEY,
    -- People's own number for it, unique: it stands in paths.
    number         text NOT NULL UNIQUE
                   CHECK (number NOT IN ('shipments', 'imports', 'mappings', 'delays', 'suppliers', 'templates', 'codes', 'openapi.json', 'docs')),
    customer_id    uuid NOT NULL REFERENCES known_customer,
    customer_po    text NOT NULL,
    trade_type     text NOT NULL CHECK (trade_type IN ('domestic', 'export', 'bonded')),
    incoterm       text CHECK (incoterm IN ('EXW', 'FCA', 'FAS', 'FOB', 'CFR', 'CIF', 'CPT', 'CIP', 'DAP', 'DPU', 'DDP')),
    named_place    text,
    delivery_point text NOT NULL,
    currency       text CHECK (currency ~ '^[A-Z]{3}$'),
    ordered_on     date,
    template       text NOT NULL REFERENCES template,
    status         text NOT NULL CHECK (status IN ('open', 'completed', 'cancelled')),
    source         text NOT NULL CHECK (source IN ('api', 'import')),
    entered_by     text NOT NULL,
    entered_at     timestamptz NOT NULL,
    version        bigint NOT NULL CHECK (version >= 1)
) WITH (fillfactor = 85);
CREATE INDEX customer_order_customer ON customer_order (customer_id, number);
CREATE INDEX customer_order_po ON customer_order (upper(customer_po) text_pattern_ops);
CREATE INDEX customer_order_number ON customer_order (upper(number) text_pattern_ops);

CREATE TABLE order_line (
    order_id          uuid NOT NULL REFERENCES customer_order,
    line              text NOT NULL,
    item              text NOT NULL,
    quantity          numeric NOT NULL CHECK (quantity > 0),
    uom               text NOT NULL,
    amount            numeric CHECK (amount >= 0),
    supplier          text REFERENCES supplier (code),
    supplier_term     text,
    shipment          text REFERENCES shipment (number),
    requested         date,
    first_promised    date NOT NULL,
    promised          date NOT NULL,
    promise_revision  integer NOT NULL CHECK (promise_revision >= 0),
    estimated         date NOT NULL,
    estimate_revision integer NOT NULL CHECK (estimate_revision >= 0),
    delivered         date,
    PRIMARY KEY (order_id, line),
    -- What has been delivered is expected on no other day.
    CHECK (delivered IS NULL OR estimated = delivered)
) WITH (fillfactor = 85);
CREATE INDEX order_line_shipment ON order_line (shipment) WHERE shipment IS NOT NULL;
CREATE INDEX order_line_supplier ON order_line (supplier) WHERE supplier IS NOT NULL;
CREATE INDEX order_line_open ON order_line (order_id) WHERE delivered IS NULL;

-- Nodes of the plan: a milestone of one leg of one order.
CREATE TABLE milestone (
    order_id      uuid NOT NULL REFERENCES customer_order,
    shipment      text REFERENCES shipment (number),
    code          text NOT NULL,
    position      smallint NOT NULL CHECK (position >= 0),
    department    text NOT NULL,
    visible       boolean NOT NULL,
    duration_days smallint NOT NULL CHECK (duration_days >= 0),
    planned       date NOT NULL,
    estimated     date NOT NULL,
    actual        date,
    revision      integer NOT NULL CHECK (revision >= 0),
    -- The leg before its shipment is known is one leg too.
    UNIQUE NULLS NOT DISTINCT (order_id, code, shipment),
    CHECK (actual IS NULL OR estimated = actual)
) WITH (fillfactor = 85);

-- Which orders travel in a shipment.
CREATE INDEX milestone_shipment ON milestone (shipment, order_id) WHERE shipment IS NOT NULL;

CREATE TABLE delay (
    id           uuid PRIMARY KEY,
    order_id     uuid REFERENCES customer_order,
    shipment_id  uuid REFERENCES shipment,
    -- The delayed shipment's number, or the leg's.
    shipment     text REFERENCES shipment (number),
    milestone    text NOT NULL,
    new_date     date NOT NULL,
    action       jsonb NOT NULL,
    ask          jsonb,
    ask_by       date,
    next_news_on date,
    revision     integer NOT NULL CHECK (revision >= 1),
    version      integer NOT NULL CHECK (version >= revision),
    status       text NOT NULL CHECK (status IN ('open', 'closed', 'retracted')),
    logged_by    text NOT NULL,
    logged_at    timestamptz NOT NULL,
    -- A delay is of one order or of one shipment.
    CHECK (num_nonnulls(order_id, shipment_id) = 1),
    CHECK (shipment_id IS NULL OR shipment IS NOT NULL),
    CHECK (ask_by IS NULL OR ask IS NOT NULL)
);
CREATE INDEX delay_open ON delay (id) WHERE status = 'open';
CREATE INDEX delay_shipment ON delay (shipment_id) WHERE shipment_id IS NOT NULL;

CREATE TABLE delay_cause (
    delay_id uuid NOT NULL REFERENCES delay,
    position smallint NOT NULL,
    code     text NOT NULL,
    party    text NOT NULL,
    days     integer CHECK (days >= 0),
    evidence text,
    PRIMARY KEY (delay_id, position),
    UNIQUE (delay_id, code, party),
    -- Only what is under investigation has no party that answers for it.
    CHECK ((code = 'UNKNOWN') = (party = 'unknown'))
);
CREATE INDEX delay_cause_unknown ON delay_cause (delay_id) WHERE code = 'UNKNOWN';

-- The orders under a delay. `before` and `after` are the delayed milestone's expected dates when it was last said.
CREATE TABLE delay_order (
    delay_id  uuid NOT NULL REFERENCES delay,
    order_id  uuid NOT NULL REFERENCES customer_order,
    shipment  text,
    milestone text NOT NULL,
    ordinal   integer NOT NULL CHECK (ordinal >= 1),
    before    date NOT NULL,
    after     date NOT NULL,
    -- False once the delay is closed or retracted.
    open      boolean NOT NULL,
    PRIMARY KEY (delay_id, order_id)
);
CREATE INDEX delay_order_order ON delay_order (order_id);
-- One open delay on a milestone of a leg: the second one is an update of the first.
CREATE UNIQUE INDEX delay_order_open ON delay_order (order_id, shipment, milestone) NULLS NOT DISTINCT WHERE open;

-- Every date that was ever asked, promised, planned, expected or reached, in the order in which it was written.
CREATE TABLE promise_entry (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id    uuid NOT NULL REFERENCES customer_order,
    line        text,
    shipment    text,
    milestone   text,
    kind        text NOT NULL CHECK (kind IN ('requested', 'promised', 'planned', 'estimated', 'actual')),
    day         date NOT NULL,
    revision    integer NOT NULL CHECK (revision >= 0),
    recorded_at timestamptz NOT NULL,
    actor       text NOT NULL,
    source      text NOT NULL CHECK (source IN ('api', 'import')),
    delay_id    uuid,
    reason      text,
    -- A date belongs to a line or to a milestone of a leg.
    CHECK ((line IS NULL) <> (milestone IS NULL))
);
CREATE INDEX promise_entry_order ON promise_entry (order_id, id);
SELECT append_only('promise_entry');
