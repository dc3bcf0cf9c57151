-- Who looks at an order again when its dates have moved: the timer of that kind on that subject.
CREATE TABLE order_watch (
    order_id uuid NOT NULL REFERENCES customer_order,
    kind     text NOT NULL,
    subject  uuid NOT NULL,
    PRIMARY KEY (order_id, kind, subject)
);
CREATE INDEX order_watch_subject ON order_watch (kind, subject);

-- Whatever writes milestones sets these timers off, at once. One that is about to run is moved by a hair: it may have read the dates
-- as they were before, and takes away only the row that it saw.
CREATE FUNCTION wake_watchers() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO timer AS t (kind, subject, due_at, payload)
    SELECT DISTINCT w.kind, w.subject, 'epoch'::timestamptz, '{}'::jsonb
    FROM order_watch w WHERE w.order_id IN (SELECT m.order_id FROM moved m) ORDER BY w.kind, w.subject
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = t.due_at + interval '1 microsecond', tries = 0, retry_at = NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER milestone_moved AFTER UPDATE ON milestone REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION wake_watchers();
CREATE TRIGGER milestone_made AFTER INSERT ON milestone REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION wake_watchers();
CREATE TRIGGER milestone_gone AFTER DELETE ON milestone REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION wake_watchers();

-- Letters of credit, the orders they pay, and what endangers them.
CREATE TABLE credit (
    id                 uuid PRIMARY KEY,
    number             text NOT NULL,
    customer_id        uuid NOT NULL REFERENCES known_customer,
    issuing_bank       text NOT NULL,
    amount             numeric NOT NULL CHECK (amount >= 0),
    currency           text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    tolerance_over     numeric NOT NULL CHECK (tolerance_over BETWEEN 0 AND 100),
    tolerance_under    numeric NOT NULL CHECK (tolerance_under BETWEEN 0 AND 100),
    latest_shipment    date,
    expires_on         date NOT NULL,
    expiry_place       text NOT NULL,
    -- Whose bank's days decide what a closed day is.
    expiry_country     text NOT NULL,
    bank_calendar      text NOT NULL REFERENCES calendar (code),
    presentation_days  integer NOT NULL CHECK (presentation_days BETWEEN 0 AND 365),
    partial_shipments  boolean NOT NULL,
    transhipment       boolean NOT NULL,
    status             text NOT NULL CHECK (status IN ('open', 'closed')),
    opened_by          text NOT NULL,
    opened_at          timestamptz NOT NULL,
    closed_by          text,
    closed_at          timestamptz,
    outcome            text,
    version            bigint NOT NULL CHECK (version >= 1),
    -- A number is the issuing bank's.
    UNIQUE (number, issuing_bank),
    CHECK (latest_shipment <= expires_on),
    CHECK ((status = 'closed') = (num_nulls(closed_by, closed_at, outcome) = 0)),
    CHECK (status = 'closed' OR num_nonnulls(closed_by, closed_at, outcome) = 0)
);
CREATE INDEX credit_open ON credit (id) WHERE status = 'open';
CREATE INDEX credit_customer ON credit (customer_id);

CREATE TABLE credit_order (
    credit_id uuid NOT NULL REFERENCES credit,
    order_id  uuid NOT NULL REFERENCES customer_order,
    PRIMARY KEY (credit_id, order_id)
);
CREATE INDEX credit_order_order ON credit_order (order_id);

-- What endangers an open credit as it was told last; the revision counts the days it was told with.
CREATE TABLE credit_risk (
    credit_id uuid NOT NULL REFERENCES credit,
    kind      text NOT NULL
              CHECK (kind IN ('latest_shipment', 'presentation', 'expiry', 'partial_shipment', 'transhipment', 'amount')),
    order_id  uuid REFERENCES customer_order,
    shipment  text,
    deadline  date,
    would_be  date,
    amend_by  date,
    revision  integer NOT NULL CHECK (revision >= 1),
    UNIQUE NULLS NOT DISTINCT (credit_id, kind, order_id, shipment)
);

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_credits CHECK (number <> 'credits');
