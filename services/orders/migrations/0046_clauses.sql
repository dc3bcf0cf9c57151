-- Clauses of orders' contracts: what is due when, and what it costs when it is late.
CREATE TABLE clause (
    id                  uuid PRIMARY KEY,
    order_id            uuid NOT NULL REFERENCES customer_order,
    reference           text NOT NULL,
    text                text NOT NULL,
    line                text,
    milestone           text NOT NULL,
    due_on              date,
    due_after_milestone text,
    due_after_days      integer CHECK (due_after_days BETWEEN -3650 AND 3650),
    grace_days          integer NOT NULL CHECK (grace_days BETWEEN 0 AND 365),
    penalty             jsonb,
    value               numeric CHECK (value >= 0),
    currency            text,
    status              text NOT NULL CHECK (status IN ('open', 'closed')),
    -- How it stood when it was last looked at, and by which day it is or was to be kept, the grace included.
    state               text NOT NULL CHECK (state IN ('pending', 'at_risk', 'kept', 'breached')),
    keep_by             date NOT NULL,
    entered_by          text NOT NULL,
    entered_at          timestamptz NOT NULL,
    closed_by           text,
    closed_at           timestamptz,
    outcome             text,
    version             bigint NOT NULL CHECK (version >= 1),
    UNIQUE NULLS NOT DISTINCT (order_id, reference, line, milestone),
    FOREIGN KEY (order_id, line) REFERENCES order_line (order_id, line),
    -- It is due on a day, or some days after a milestone.
    CHECK ((due_on IS NULL) <> (due_after_milestone IS NULL)),
    CHECK ((due_after_milestone IS NULL) = (due_after_days IS NULL)),
    CHECK ((value IS NULL) = (currency IS NULL)),
    CHECK ((status = 'closed') = (num_nulls(closed_by, closed_at, outcome) = 0)),
    CHECK (status = 'closed' OR num_nonnulls(closed_by, closed_at, outcome) = 0)
);
CREATE INDEX clause_open ON clause (keep_by, id) WHERE status = 'open';

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_clauses CHECK (number <> 'clauses');
