-- Contract clauses; run by the migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

CREATE TABLE clause (
    id              uuid    PRIMARY KEY,
    order_id        uuid    NOT NULL,
    customer_id     uuid    NOT NULL,
    line            text,
    milestone       text    NOT NULL,
    due_on          date,
    after_milestone text,
    after_days      integer,
    grace_days      integer NOT NULL,
    -- A percentage of the value, per day or week, up to a cap; or a fixed value.
    percent         numeric,
    per             text CHECK (per IN ('day', 'week')),
    cap_percent     numeric,
    value           numeric,
    currency        text,
    breached        boolean NOT NULL,
    closed_on       date,
    CHECK ((due_on IS NULL) = (after_milestone IS NOT NULL AND after_days IS NOT NULL)),
    CHECK ((percent IS NULL) = (per IS NULL) AND (percent IS NULL OR value IS NOT NULL) AND (value IS NULL) = (currency IS NULL))
);

GRANT SELECT, INSERT, UPDATE, DELETE ON clause TO reporting_runtime;
