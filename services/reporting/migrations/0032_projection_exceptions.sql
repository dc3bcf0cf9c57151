-- Exceptions with their actions; run by the migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

CREATE TABLE exception (
    id                  uuid        PRIMARY KEY,
    kind                text        NOT NULL,
    severity            text        NOT NULL,
    status              text        NOT NULL,
    shipment            text,
    detected_on         date        NOT NULL,
    causes              jsonb       NOT NULL,
    under_investigation boolean     NOT NULL,
    amount              numeric,
    currency            text,
    delay_id            uuid,
    actions             jsonb       NOT NULL,
    opened_by           text        NOT NULL,
    opened_at           timestamptz NOT NULL
);
CREATE INDEX exception_open ON exception (detected_on) WHERE status = 'open';

CREATE TABLE exception_order (
    exception_id uuid NOT NULL,
    order_id     uuid NOT NULL,
    number       text NOT NULL,
    customer_id  uuid NOT NULL,
    PRIMARY KEY (exception_id, order_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON exception, exception_order TO reporting_runtime;
