-- The projections. This file is run by the migration and by every rebuild: `gendan.projection` names the schema to fill.
-- Everything here comes from event bodies alone, so that a rebuild gives the same rows; no row refers to another aggregate's by
-- foreign key, because the order between aggregates is not promised. An empty leg or line is '' (a key cannot be null).
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

CREATE TABLE customer (
    id             uuid PRIMARY KEY,
    code           text NOT NULL,
    name           text NOT NULL,
    country        text NOT NULL,
    grade          text NOT NULL,
    prospect_class text,
    owner          text NOT NULL
);

CREATE TABLE staff (
    login      text    PRIMARY KEY,
    department text    NOT NULL,
    team       text,
    manager    text,
    active     boolean NOT NULL
);

CREATE TABLE supplier (
    code text PRIMARY KEY,
    id   uuid NOT NULL,
    name text NOT NULL
);

CREATE TABLE shipment (
    number             text PRIMARY KEY,
    id                 uuid NOT NULL,
    mode               text,
    carrier            text,
    vessel             text,
    voyage             text,
    booking            text,
    transport_document text,
    port_of_loading    text,
    port_of_discharge  text
);

CREATE TABLE sales_order (
    id             uuid        PRIMARY KEY,
    number         text        NOT NULL,
    customer_id    uuid        NOT NULL,
    customer_code  text        NOT NULL,
    customer_po    text        NOT NULL,
    trade_type     text        NOT NULL,
    incoterm       text,
    delivery_point text        NOT NULL,
    currency       text,
    ordered_on     date,
    template       text        NOT NULL,
    source         text        NOT NULL,
    historical     boolean     NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE INDEX sales_order_number ON sales_order (number);
CREATE INDEX sales_order_customer ON sales_order (customer_id);

CREATE TABLE line (
    order_id         uuid    NOT NULL,
    line             text    NOT NULL,
    item             text    NOT NULL,
    quantity         numeric NOT NULL,
    uom              text    NOT NULL,
    amount           numeric,
    supplier         text,
    shipment         text,
    requested        date,
    -- The first promise, the last one made before the promise in force had passed, and the one in force.
    first_promised   date    NOT NULL,
    agreed           date    NOT NULL,
    promised         date    NOT NULL,
    promise_revision integer NOT NULL,
    estimated        date,
    delivered        date,
    PRIMARY KEY (order_id, line)
) WITH (fillfactor = 85);

CREATE TABLE milestone (
    order_id   uuid    NOT NULL,
    leg        text    NOT NULL,
    milestone  text    NOT NULL,
    ordinal    integer NOT NULL,
    department text    NOT NULL,
    visible    boolean NOT NULL,
    planned    date    NOT NULL,
    estimated  date    NOT NULL,
    actual     date,
    revision   integer NOT NULL,
    PRIMARY KEY (order_id, leg, milestone)
) WITH (fillfactor = 85);

CREATE TABLE promise_change (
    order_id   uuid        NOT NULL,
    line       text        NOT NULL,
    revision   integer     NOT NULL,
    before     date        NOT NULL,
    after      date        NOT NULL,
    reason     text        NOT NULL,
    delay_id   uuid,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, line, revision)
);

CREATE TABLE delay (
    id                  uuid        PRIMARY KEY,
    order_id            uuid,
    shipment            text,
    milestone           text        NOT NULL,
    revision            integer     NOT NULL,
    status              text        NOT NULL CHECK (status IN ('open', 'closed', 'retracted')),
    new_date            date        NOT NULL,
    causes              jsonb       NOT NULL,
    under_investigation boolean     NOT NULL,
    action              jsonb       NOT NULL,
    next_news_on        date,
    news_due_on         date,
    closed_on           date,
    historical          boolean     NOT NULL,
    -- Of the first revision. The event's id is a UUIDv7: it carries the technical time at which the fact was recorded.
    logged_by           text        NOT NULL,
    logged_at           timestamptz NOT NULL,
    logged_event        uuid        NOT NULL,
    correlation_id      text        NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX delay_open ON delay (id) WHERE status = 'open';

-- The orders a delay touches, with the milestone's date before the first revision and after the last.
CREATE TABLE delay_order (
    delay_id    uuid NOT NULL,
    order_id    uuid NOT NULL,
    number      text NOT NULL,
    customer_id uuid NOT NULL,
    before      date NOT NULL,
    after       date NOT NULL,
    PRIMARY KEY (delay_id, order_id)
);
CREATE INDEX delay_order_order ON delay_order (order_id);

-- What one re-estimate of an order did, because of a delay, to dates that the customer was told.
CREATE TABLE delay_effect (
    order_id        uuid    NOT NULL,
    sequence        bigint  NOT NULL,
    delay_id        uuid    NOT NULL,
    delay_revision  integer NOT NULL,
    told_moved      integer NOT NULL,
    earliest_before date,
    historical      boolean NOT NULL,
    event           uuid    NOT NULL,
    PRIMARY KEY (order_id, sequence)
);
CREATE INDEX delay_effect_delay ON delay_effect (delay_id);

CREATE TABLE notice (
    id             uuid        PRIMARY KEY,
    rule           text        NOT NULL,
    status         text        NOT NULL CHECK (status IN ('queued', 'sent', 'failed', 'cancelled', 'suppressed', 'unreachable')),
    why            text,
    customer_id    uuid        NOT NULL,
    contact_id     uuid,
    delay_id       uuid,
    delay_revision integer,
    language       text,
    corrects       uuid,
    decided_at     timestamptz NOT NULL,
    decided_event  uuid        NOT NULL,
    sent_at        timestamptz,
    sent_event     uuid,
    attempts       integer,
    correlation_id text        NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX notice_delay ON notice (delay_id);

CREATE TABLE notice_order (
    notice_id uuid NOT NULL,
    order_id  uuid NOT NULL,
    PRIMARY KEY (notice_id, order_id)
);

CREATE TABLE notice_date (
    notice_id uuid    NOT NULL,
    ordinal   integer NOT NULL,
    order_id  uuid    NOT NULL,
    leg       text    NOT NULL,
    milestone text    NOT NULL,
    line      text    NOT NULL,
    before    date    NOT NULL,
    after     date    NOT NULL,
    PRIMARY KEY (notice_id, ordinal)
);

-- The days a delay costs: those of the order it moves furthest; a shipment's delay counts once, however many orders it carries.
CREATE VIEW delay_days AS
SELECT delay_id, greatest(max(after - before), 0) AS days, count(*) AS orders
FROM delay_order
GROUP BY delay_id;

-- One row for each cause of a delay with its share of the delay's days. Days given stand when they fit and the rest goes evenly to
-- the causes without; otherwise the total is split in proportion to the days given, or evenly. Whole days; shares sum to the total.
CREATE VIEW cause_share AS
WITH cause AS (
    SELECT d.id AS delay_id, t.days AS total, c.ordinal, c.value ->> 'code' AS code, c.value ->> 'party' AS party,
           (c.value ->> 'days')::integer AS given
    FROM delay d
    JOIN delay_days t ON t.delay_id = d.id
    CROSS JOIN LATERAL jsonb_array_elements(d.causes) WITH ORDINALITY AS c (value, ordinal)
), summed AS (
    SELECT cause.*, coalesce(sum(given) OVER w, 0) AS all_given, count(*) FILTER (WHERE given IS NULL) OVER w AS without
    FROM cause
    WINDOW w AS (PARTITION BY delay_id)
), weighed AS (
    SELECT summed.*, without > 0 AND all_given <= total AS fits,
           CASE WHEN without > 0 AND all_given <= total THEN (given IS NULL)::integer
                WHEN all_given = 0 THEN 1
                ELSE coalesce(given, 0) END AS weight
    FROM summed
), placed AS (
    SELECT weighed.*, CASE WHEN fits THEN total - all_given ELSE total END AS rest,
           sum(weight) OVER (PARTITION BY delay_id ORDER BY ordinal) AS upto, sum(weight) OVER (PARTITION BY delay_id) AS whole
    FROM weighed
)
SELECT delay_id, ordinal, code, party,
       (CASE WHEN fits THEN coalesce(given, 0) ELSE 0 END + div(rest * upto, whole) - div(rest * (upto - weight), whole))::integer AS days
FROM placed;

GRANT SELECT, INSERT, UPDATE, DELETE ON
    customer, staff, supplier, shipment, sales_order, line, milestone, promise_change, delay, delay_order, delay_effect, notice,
    notice_order, notice_date TO reporting_runtime;
GRANT SELECT ON delay_days, cause_share TO reporting_runtime;
