-- The promise ledger is a talk: the customer asks for another day, we answer with a promise or keep the one that stands.
ALTER TABLE promise_entry
    DROP CONSTRAINT promise_entry_kind_check,
    ADD CONSTRAINT promise_entry_kind_check CHECK (kind IN ('requested', 'promised', 'kept', 'planned', 'estimated', 'actual', 'retracted'));

-- What an entry answers, and why it was written in free words. Beside the ledger: most entries have neither.
CREATE TABLE promise_reply (
    entry      bigint PRIMARY KEY REFERENCES promise_entry,
    replies_to bigint REFERENCES promise_entry,
    note       text,
    -- An answer comes later than what it answers.
    CHECK (replies_to < entry),
    CHECK (num_nonnulls(replies_to, note) > 0)
);
SELECT append_only('promise_reply');
CREATE FUNCTION require_same_line() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM promise_entry e JOIN promise_entry r ON r.order_id = e.order_id AND r.line = e.line
                   WHERE e.id = NEW.entry AND r.id = NEW.replies_to) THEN
        RAISE EXCEPTION 'entry % answers one of another line', NEW.entry USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER promise_reply_same_line AFTER INSERT ON promise_reply
    FOR EACH ROW WHEN (NEW.replies_to IS NOT NULL) EXECUTE FUNCTION require_same_line();

-- What a customer asked for after his order was entered.
CREATE TABLE promise_request (
    id          uuid PRIMARY KEY,
    order_id    uuid NOT NULL REFERENCES customer_order,
    day         date NOT NULL,
    why         text NOT NULL,
    contact     uuid,
    asked_on    date NOT NULL,
    actor       text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX promise_request_order ON promise_request (order_id, id);
SELECT append_only('promise_request');

-- Each line of a request with its entry in the ledger, and what became of it: null while it waits for our answer.
CREATE TABLE promise_request_line (
    request  uuid NOT NULL REFERENCES promise_request,
    order_id uuid NOT NULL,
    line     text NOT NULL,
    entry    bigint NOT NULL UNIQUE REFERENCES promise_entry,
    answer   text CHECK (answer IN ('promised', 'kept', 'overtaken')),
    PRIMARY KEY (request, line),
    FOREIGN KEY (order_id, line) REFERENCES order_line
);
-- A customer waits for one answer about a line: what he asks for later overtakes it.
CREATE UNIQUE INDEX promise_request_waits ON promise_request_line (order_id, line) WHERE answer IS NULL;
CREATE TRIGGER request_made_task AFTER INSERT ON promise_request_line REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER request_moved_task AFTER UPDATE ON promise_request_line REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');

-- The day asked for last, where it was asked for later; `requested` stays what was asked for with the order.
ALTER TABLE order_line ADD COLUMN asked date;
