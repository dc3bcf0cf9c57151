-- Mails that were sent before this database was put back to an earlier state and of which it does not know, as others heard of them.
-- When the same is decided again, it counts as sent.
CREATE TABLE sent_before (
    message_id     uuid PRIMARY KEY,
    customer_id    uuid NOT NULL,
    contact_id     uuid NOT NULL,
    rule           text NOT NULL,
    correlation_id text NOT NULL,
    delay_id       uuid,
    delay_revision integer,
    orders         uuid[] NOT NULL,
    sent_at        timestamptz NOT NULL,
    attempts       integer NOT NULL
);
CREATE INDEX sent_before_customer ON sent_before (customer_id);
