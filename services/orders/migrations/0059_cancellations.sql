-- Orders and lines that are not delivered any more, who asked for it and why.
ALTER TABLE order_line
    -- By itself, or with all that was left of its order: that stays in the plan, which is read as it was.
    ADD COLUMN cancelled text CHECK (cancelled IN ('line', 'order')),
    ADD CONSTRAINT order_line_cancelled CHECK (cancelled IS NULL OR delivered IS NULL);

CREATE TABLE order_cancellation (
    order_id    uuid NOT NULL REFERENCES customer_order,
    lines       text[] NOT NULL CHECK (cardinality(lines) > 0),
    whole       boolean NOT NULL,
    asked_by    text NOT NULL CHECK (asked_by IN ('customer', 'us')),
    reason      text NOT NULL,
    actor       text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX order_cancellation_order ON order_cancellation (order_id);
-- An order is cancelled once.
CREATE UNIQUE INDEX order_cancellation_whole ON order_cancellation (order_id) WHERE whole;
SELECT append_only('order_cancellation');

-- The milestones of what is cancelled do not move: who watches the order, and the warnings, look because a line is gone.
CREATE FUNCTION look_at_what_is_left() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO timer AS t (kind, subject, due_at, payload)
    SELECT w.kind, w.subject, 'epoch'::timestamptz, '{}'::jsonb FROM order_watch w WHERE w.order_id = NEW.order_id ORDER BY w.kind, w.subject
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = t.due_at + interval '1 microsecond', tries = 0, retry_at = NULL;
    INSERT INTO risk_look (order_id) VALUES (NEW.order_id);
    RETURN NULL;
END $$;
CREATE TRIGGER line_cancelled AFTER UPDATE OF cancelled ON order_line FOR EACH ROW
    WHEN (OLD.cancelled IS DISTINCT FROM NEW.cancelled) EXECUTE FUNCTION look_at_what_is_left();
