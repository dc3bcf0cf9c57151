-- Contacts as customers' events tell them, and orders with the dates that their customer was told.

CREATE TABLE contact (
    id          uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    roles       text[] NOT NULL,
    language    text NOT NULL CHECK (language IN ('en', 'zh-CN')),
    active      boolean NOT NULL,
    -- Sealed ContactPersonal; opened with the customer's key when something is written to him.
    personal    text NOT NULL
);
CREATE INDEX contact_customer ON contact (customer_id);

CREATE TABLE told_order (
    id             uuid PRIMARY KEY,
    number         text NOT NULL UNIQUE,
    customer_id    uuid NOT NULL,
    customer_po    text NOT NULL,
    delivery_point text NOT NULL
);
CREATE INDEX told_order_customer ON told_order (customer_id);

-- A line is told when it is met at the delivery point. `told_by` is the decision that told the date; null for the promise
-- that came with the order or an import.
CREATE TABLE told_line (
    order_id         uuid NOT NULL REFERENCES told_order,
    line             text NOT NULL,
    item             text NOT NULL,
    quantity         numeric NOT NULL,
    uom              text NOT NULL,
    shipment         text,
    promised         date NOT NULL,
    promise_revision integer NOT NULL DEFAULT 0,
    expected         date NOT NULL,
    delivered        date,
    told             date NOT NULL,
    told_estimate    integer NOT NULL DEFAULT 0,
    told_source      text NOT NULL CHECK (told_source IN ('order', 'import', 'notice')),
    told_at          timestamptz NOT NULL,
    told_by          uuid,
    PRIMARY KEY (order_id, line),
    CHECK ((told_source = 'notice') = (told_by IS NOT NULL))
) WITH (fillfactor = 85);

-- The other milestones that the customer sees, by leg; `shipment` is null before it is known.
CREATE TABLE told_node (
    order_id      uuid NOT NULL REFERENCES told_order,
    shipment      text,
    milestone     text NOT NULL,
    expected      date NOT NULL,
    actual        date,
    told          date NOT NULL,
    told_estimate integer NOT NULL DEFAULT 0,
    told_source   text NOT NULL CHECK (told_source IN ('order', 'import', 'notice')),
    told_at       timestamptz NOT NULL,
    told_by       uuid,
    CONSTRAINT told_node_one UNIQUE NULLS NOT DISTINCT (order_id, shipment, milestone),
    CHECK ((told_source = 'notice') = (told_by IS NOT NULL))
) WITH (fillfactor = 85);

-- The delays we have heard of and the customers they touch: whose outcome is complete when each of them is decided.
CREATE TABLE delay (
    id        uuid PRIMARY KEY,
    revision  integer NOT NULL CHECK (revision >= 1),
    retracted boolean NOT NULL DEFAULT false,
    customers uuid[] NOT NULL
);
