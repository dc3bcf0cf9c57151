-- Rules, gathered delays, and messages with what became of them.

CREATE TABLE rule (
    name      text PRIMARY KEY,
    event     text NOT NULL,
    audience  text NOT NULL CHECK (audience IN ('orders', 'documents', 'payment')),
    condition jsonb NOT NULL,
    template  text NOT NULL CHECK (template IN ('delay', 'dates', 'promise', 'correction')),
    active    boolean NOT NULL DEFAULT true,
    version   bigint NOT NULL DEFAULT 1
);
INSERT INTO rule (name, event, audience, condition, template) VALUES
    ('delay', 'orders.plan.reestimated.v1', 'orders', '{"because": ["delay_logged", "delay_updated"], "materiality_days": 1}', 'delay'),
    ('delay-retracted', 'orders.plan.reestimated.v1', 'orders', '{"because": ["delay_retracted"], "materiality_days": 1}', 'correction'),
    ('new-dates', 'orders.plan.reestimated.v1', 'orders', '{"because": ["actual_recorded", "promise_changed"], "materiality_days": 1}', 'dates'),
    ('new-promise', 'orders.promise.changed.v1', 'orders', '{"because": ["promise_changed"], "materiality_days": 1}', 'promise');

-- All of a customer's orders in one command on a delay are told in one mail: what has come of it so far.
CREATE TABLE gathering (
    delay_id       uuid NOT NULL,
    delay_revision integer NOT NULL,
    because        text NOT NULL CHECK (because IN ('delay_logged', 'delay_updated', 'delay_retracted')),
    customer_id    uuid NOT NULL,
    expected       integer NOT NULL CHECK (expected >= 1),
    since          timestamptz NOT NULL DEFAULT now(),
    decided_at     timestamptz,
    -- Decided once for each command and customer.
    PRIMARY KEY (delay_id, delay_revision, because, customer_id)
);
CREATE INDEX gathering_open ON gathering (since) WHERE decided_at IS NULL;

CREATE TABLE gathered (
    delay_id       uuid NOT NULL,
    delay_revision integer NOT NULL,
    because        text NOT NULL,
    customer_id    uuid NOT NULL,
    order_id       uuid NOT NULL,
    facts          jsonb NOT NULL,
    PRIMARY KEY (delay_id, delay_revision, because, customer_id, order_id),
    FOREIGN KEY (delay_id, delay_revision, because, customer_id) REFERENCES gathering ON DELETE CASCADE
);

-- One decision for one contact (or for the customer as a whole), and the mail that came of it. Names, addresses and texts stand
-- here and nowhere else. `due_at` is technical time: the next attempt of a queued message, the end of the lease of one being sent.
CREATE TABLE message (
    id                  uuid PRIMARY KEY,
    version             bigint NOT NULL,
    decision            uuid NOT NULL,
    rule                text NOT NULL,
    because             text NOT NULL,
    customer_id         uuid NOT NULL,
    contact_id          uuid,
    delay_id            uuid,
    delay_revision      integer,
    orders              uuid[] NOT NULL,
    language            text,
    status              text NOT NULL
        CHECK (status IN ('queued', 'sending', 'sent', 'failed', 'cancelled', 'suppressed', 'unreachable')),
    why                 text,
    reasons             jsonb NOT NULL,
    corrects            uuid REFERENCES message,
    correlation_id      text NOT NULL,
    causation_id        uuid,
    actor               text NOT NULL,
    traceparent         text,
    decided_at          timestamptz NOT NULL,
    recorded_at         timestamptz NOT NULL DEFAULT now(),
    envelope            jsonb,
    subject             text,
    body                text,
    due_at              timestamptz NOT NULL DEFAULT now(),
    attempts            integer NOT NULL DEFAULT 0,
    -- Attempts that a mail server answered: those spend the message's patience.
    tries               integer NOT NULL DEFAULT 0,
    possible_duplicates integer NOT NULL DEFAULT 0,
    claim_token         uuid,
    sent_at             timestamptz,
    finished_at         timestamptz,
    CHECK (status IN ('suppressed', 'unreachable', 'failed', 'cancelled') OR (subject IS NOT NULL AND body IS NOT NULL AND envelope IS NOT NULL)),
    CHECK ((status = 'sending') = (claim_token IS NOT NULL)),
    CHECK ((delay_id IS NULL) = (delay_revision IS NULL)),
    -- A decision says one thing to a contact.
    CONSTRAINT message_decided_once UNIQUE NULLS NOT DISTINCT (decision, contact_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
-- One mail to a contact for all his orders in one command on a delay.
CREATE UNIQUE INDEX message_one_mail ON message (delay_id, delay_revision, because, contact_id) WHERE delay_id IS NOT NULL AND contact_id IS NOT NULL;
CREATE INDEX message_due ON message (due_at) WHERE status IN ('queued', 'sending');
CREATE INDEX message_unfinished ON message (contact_id, delay_id) WHERE status IN ('queued', 'sending');
CREATE INDEX message_delay ON message (delay_id) WHERE delay_id IS NOT NULL;
CREATE INDEX message_customer ON message (customer_id, decided_at DESC, id DESC);
CREATE INDEX message_list ON message (decided_at DESC, id DESC);
CREATE INDEX message_orders ON message USING gin (orders);
CREATE INDEX message_contact ON message (contact_id, decided_at DESC) WHERE contact_id IS NOT NULL;
CREATE INDEX message_corrects ON message (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX message_open_cases ON message (customer_id) WHERE status IN ('unreachable', 'failed');

-- The dates a message tells; gone again when it failed or was cancelled, because nobody was told. `counter` says what `revision` counts: estimates of the date, or changes of the line's promise.
CREATE TABLE told_date (
    message_id uuid NOT NULL REFERENCES message,
    contact_id uuid NOT NULL,
    order_id   uuid NOT NULL,
    shipment   text,
    milestone  text NOT NULL,
    line       text,
    counter    text NOT NULL CHECK (counter IN ('estimate', 'promise')),
    revision   integer NOT NULL,
    before     date NOT NULL,
    after      date NOT NULL,
    -- One notice per date told, revision and contact.
    CONSTRAINT told_date_once UNIQUE NULLS NOT DISTINCT (contact_id, order_id, shipment, milestone, line, counter, revision)
);
CREATE INDEX told_date_message ON told_date (message_id);
CREATE INDEX told_date_order ON told_date (order_id);

-- Every attempt to send: how it ended, in codes; a server's words may hold an address and are not kept.
CREATE TABLE attempt (
    message_id uuid NOT NULL REFERENCES message,
    number     integer NOT NULL,
    began_at   timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL DEFAULT now(),
    outcome    text NOT NULL CHECK (outcome IN ('sent', 'refused', 'deferred', 'no_server', 'unknown')),
    code       text,
    PRIMARY KEY (message_id, number)
);
SELECT append_only('attempt');
