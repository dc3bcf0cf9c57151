-- Disruptions: one thing that makes many orders late, the orders it touches, and the run that delays them.
CREATE TABLE disruption (
    id             uuid PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN ('vessel', 'shipment', 'port', 'supplier', 'factory')),
    name           text NOT NULL,
    voyage         text,
    at             text CHECK (at IN ('loading', 'discharge')),
    milestone      text NOT NULL,
    new_date       date,
    days           integer CHECK (days >= 1),
    causes         jsonb NOT NULL,
    action         jsonb NOT NULL,
    ask            jsonb,
    ask_by         date,
    next_news_on   date,
    status         text NOT NULL CHECK (status IN ('open', 'running', 'logged', 'released', 'withdrawn')),
    opened_by      text NOT NULL,
    opened_at      timestamptz NOT NULL,
    confirmed_by   text,
    -- The command whose events the run tells.
    correlation_id text,
    -- Events told of it so far.
    version        bigint NOT NULL CHECK (version >= 1),
    CHECK ((kind = 'vessel') = (voyage IS NOT NULL)),
    CHECK ((kind = 'port') = (at IS NOT NULL)),
    CHECK (num_nonnulls(new_date, days) = 1),
    CHECK (num_nonnulls(confirmed_by, correlation_id) = CASE WHEN status IN ('open', 'withdrawn') THEN 0 ELSE 2 END)
);
-- It is opened once for the firm: whoever opens it again is shown the first, until every notice of it is released.
CREATE UNIQUE INDEX disruption_once ON disruption (kind, upper(name), upper(voyage), at) NULLS NOT DISTINCT
    WHERE status IN ('open', 'running', 'logged');
CREATE INDEX disruption_running ON disruption (id) WHERE status = 'running';

-- The legs of orders that were found. A part is what one delay holds: legs of one customer, no order twice.
CREATE TABLE disruption_order (
    disruption_id uuid NOT NULL REFERENCES disruption,
    rank          integer NOT NULL CHECK (rank >= 1),
    order_id      uuid NOT NULL REFERENCES customer_order,
    shipment      text,
    part          integer NOT NULL CHECK (part >= 1),
    grade         text NOT NULL,
    currency      text,
    value         numeric,
    state         text NOT NULL CHECK (state IN ('found', 'delayed', 'skipped')),
    why           text,
    delay_id      uuid REFERENCES delay,
    before        date,
    after         date,
    at_risk       boolean,
    released      boolean NOT NULL,
    PRIMARY KEY (disruption_id, rank),
    -- Each leg is delayed once by it, however often the run begins.
    UNIQUE NULLS NOT DISTINCT (disruption_id, order_id, shipment),
    CHECK (CASE state WHEN 'delayed' THEN num_nulls(delay_id, before, after, at_risk) = 0 AND why IS NULL
        WHEN 'skipped' THEN why IS NOT NULL AND num_nonnulls(delay_id, before, after, at_risk) = 0
        ELSE num_nonnulls(why, delay_id, before, after, at_risk) = 0 END),
    CHECK (NOT released OR state = 'delayed')
);
CREATE INDEX disruption_order_left ON disruption_order (disruption_id, part) WHERE state = 'found';
CREATE INDEX disruption_order_held ON disruption_order (disruption_id) WHERE state = 'delayed' AND NOT released;
CREATE INDEX disruption_order_order ON disruption_order (order_id);

-- A delay is of one order, of one shipment, or of one customer's orders in a disruption: those may be late to different days.
ALTER TABLE delay ADD COLUMN disruption_id uuid REFERENCES disruption;
ALTER TABLE delay
    DROP CONSTRAINT delay_check1,
    ADD CONSTRAINT delay_of_one CHECK (num_nonnulls(order_id, shipment_id, disruption_id) = 1);
CREATE INDEX delay_disruption ON delay (disruption_id) WHERE disruption_id IS NOT NULL;

-- `new_date` where it is another one than the delay's.
ALTER TABLE delay_order ADD COLUMN new_date date, ADD COLUMN disruption_id uuid;
-- One open delay on a milestone of a leg, and beside it one for each disruption: the latest of them drives.
DROP INDEX delay_order_open;
CREATE UNIQUE INDEX delay_order_open ON delay_order (order_id, shipment, milestone, disruption_id) NULLS NOT DISTINCT WHERE open;

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_disruptions CHECK (number <> 'disruptions');
