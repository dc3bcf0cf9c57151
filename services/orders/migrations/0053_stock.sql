-- Checks of stock: whether what is there is enough for the lines of an order, and fit to leave.
CREATE TABLE stock_check (
    -- The newest check of a line counts.
    position     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           uuid NOT NULL UNIQUE,
    order_id     uuid NOT NULL,
    line         text NOT NULL,
    day          date NOT NULL,
    place        text,
    available    numeric NOT NULL CHECK (available >= 0),
    on_hold      numeric NOT NULL,
    -- The line's quantity as it was then.
    needed       numeric NOT NULL CHECK (needed > 0),
    ready        boolean NOT NULL,
    note         text,
    -- The shortage it is a part of.
    exception_id uuid REFERENCES order_exception,
    checked_by   text NOT NULL,
    checked_at   timestamptz NOT NULL,
    FOREIGN KEY (order_id, line) REFERENCES order_line,
    CHECK (on_hold BETWEEN 0 AND available),
    -- Only what is enough is ready to leave.
    CHECK (NOT ready OR available - on_hold >= needed)
);
CREATE UNIQUE INDEX stock_check_line ON stock_check (order_id, line, position);
SELECT append_only('stock_check');

CREATE TRIGGER stock_checked_risk AFTER INSERT ON stock_check REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();

-- A shortage endangers the order. The kinds of other releases are named, too.
ALTER TABLE risk_limit DROP CONSTRAINT risk_limit_kind_check, ADD CONSTRAINT risk_limit_kind_check CHECK (kind IN (
    'slack_used_up', 'not_started', 'quantity_behind', 'cutoff_near', 'document_missing', 'unanswered', 'material_late',
    'material_eta_missing', 'stock_short', 'inspection_failed'));
INSERT INTO risk_limit (kind, days, margin) VALUES ('stock_short', 30, 0);

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_stock CHECK (number <> 'stock');
