-- Letters of credit, documents and customs entries; run by the migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

CREATE TABLE credit (
    id          uuid    PRIMARY KEY,
    number      text    NOT NULL,
    customer_id uuid    NOT NULL,
    amount      numeric NOT NULL,
    currency    text    NOT NULL,
    expires_on  date    NOT NULL,
    closed      boolean NOT NULL
);

-- A term of a credit as it was told last; an empty order number: it is of all its orders together.
CREATE TABLE credit_risk (
    credit_id    uuid        NOT NULL,
    kind         text        NOT NULL,
    order_number text        NOT NULL,
    leg          text        NOT NULL,
    deadline     date,
    would_be     date,
    amend_by     date,
    told_at      timestamptz NOT NULL,
    recovered    boolean     NOT NULL,
    PRIMARY KEY (credit_id, kind, order_number, leg)
);

CREATE TABLE document (
    id              uuid PRIMARY KEY,
    order_id        uuid NOT NULL,
    customer_id     uuid NOT NULL,
    leg             text NOT NULL,
    code            text NOT NULL,
    department      text NOT NULL,
    due_on          date,
    after_milestone text,
    after_days      integer,
    state           text NOT NULL CHECK (state IN ('missing', 'issued', 'sent', 'accepted', 'discrepant', 'waived')),
    CHECK ((due_on IS NULL) = (after_milestone IS NOT NULL AND after_days IS NOT NULL))
);

CREATE TABLE customs_entry (
    id           uuid  PRIMARY KEY,
    number       text  NOT NULL,
    regime_code  text  NOT NULL,
    shipment     text,
    orders       jsonb NOT NULL,
    state        text  NOT NULL CHECK (state IN ('declared', 'inspected', 'held', 'released')),
    declared_on  date  NOT NULL,
    inspected_on date,
    held_on      date,
    released_on  date
);

GRANT SELECT, INSERT, UPDATE, DELETE ON credit, credit_risk, document, customs_entry TO reporting_runtime;
