-- Chases, and what was told of milestones in danger; run by the migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

CREATE TABLE chase (
    id          uuid        PRIMARY KEY,
    customer_id uuid        NOT NULL,
    milestone   text        NOT NULL,
    asked       text        NOT NULL,
    -- The one that was asked; null where a person was.
    department  text,
    answer_by   date        NOT NULL,
    asked_at    timestamptz NOT NULL,
    -- Of the first answer; a later one takes its place in orders, and does not make it later here.
    answered_at timestamptz,
    level       integer     NOT NULL,
    status      text        NOT NULL CHECK (status IN ('open', 'answered', 'closed', 'withdrawn'))
) WITH (fillfactor = 85);

-- Each telling, by the sequence of the order's warnings: a milestone may be in danger more than once, and what it was told then stays.
CREATE TABLE warning (
    order_id   uuid        NOT NULL,
    leg        text        NOT NULL,
    milestone  text        NOT NULL,
    sequence   bigint      NOT NULL,
    state      text        NOT NULL CHECK (state IN ('at_risk', 'risk_cleared', 'overdue')),
    told_at    timestamptz NOT NULL,
    department text        NOT NULL,
    level      text,
    kinds      text,
    CHECK ((state = 'at_risk') = (level IS NOT NULL AND kinds IS NOT NULL)),
    PRIMARY KEY (order_id, leg, milestone, sequence)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON chase, warning TO reporting_runtime;
