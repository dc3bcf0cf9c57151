-- Material that orders wait for: bought, expected, received.
CREATE TABLE material_line (
    id                uuid PRIMARY KEY,
    order_id          uuid NOT NULL REFERENCES customer_order,
    -- The order line that it is for; null: for the whole order.
    line              text,
    milestone         text NOT NULL,
    material          text NOT NULL,
    name              text,
    supplier          text REFERENCES supplier (code),
    quantity          numeric NOT NULL CHECK (quantity > 0),
    uom               text NOT NULL,
    tolerance_percent numeric NOT NULL CHECK (tolerance_percent BETWEEN 0 AND 50),
    need_by_stated    date,
    -- As it was counted when it was last looked at, where none is stated.
    need_by           date NOT NULL CHECK (need_by_stated IS NULL OR need_by = need_by_stated),
    note              text,
    state             text NOT NULL CHECK (state IN ('planned', 'ordered', 'received', 'short', 'withdrawn')),
    po_number         text,
    ordered_on        date,
    eta               date,
    closed_on         date,
    reason            text,
    exception_id      uuid REFERENCES order_exception,
    version           bigint NOT NULL CHECK (version >= 1),
    FOREIGN KEY (order_id, line) REFERENCES order_line (order_id, line),
    CHECK ((po_number IS NULL) = (ordered_on IS NULL)),
    CHECK (CASE state WHEN 'planned' THEN ordered_on IS NULL WHEN 'ordered' THEN ordered_on IS NOT NULL
        WHEN 'received' THEN ordered_on IS NOT NULL ELSE reason IS NOT NULL END),
    -- What is closed short has its exception.
    CHECK ((state = 'short') = (num_nulls(closed_on, exception_id) = 0)),
    CHECK (state = 'short' OR num_nonnulls(closed_on, exception_id) = 0)
);
CREATE INDEX material_line_order ON material_line (order_id);
CREATE INDEX material_line_work ON material_line (need_by, id) WHERE state IN ('planned', 'ordered', 'short');
CREATE INDEX material_line_code ON material_line (material) WHERE state IN ('planned', 'ordered');

CREATE TABLE material_receipt (
    material_id uuid NOT NULL REFERENCES material_line,
    position    smallint NOT NULL CHECK (position >= 1),
    quantity    numeric NOT NULL CHECK (quantity > 0),
    day         date NOT NULL,
    taken_by    text NOT NULL,
    PRIMARY KEY (material_id, position)
);
SELECT append_only('material_receipt');

-- Material says when the milestone can happen that waits for it, and endangers it. Those of other releases are named, too.
ALTER TABLE milestone DROP CONSTRAINT milestone_stated_source_check, ADD CONSTRAINT milestone_stated_source_check
    CHECK (stated_source IN ('owner', 'supplier', 'carrier', 'production', 'answer', 'material', 'inspection'));
ALTER TABLE risk_limit DROP CONSTRAINT risk_limit_kind_check, ADD CONSTRAINT risk_limit_kind_check CHECK (kind IN (
    'slack_used_up', 'not_started', 'quantity_behind', 'cutoff_near', 'document_missing', 'unanswered', 'material_late',
    'material_eta_missing', 'stock_short', 'inspection_failed'));
INSERT INTO risk_limit (kind, days, margin) VALUES ('material_late', -1, 0), ('material_eta_missing', 10, 0);
CREATE TRIGGER material_moved_risk AFTER UPDATE ON material_line REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();
CREATE TRIGGER material_made_risk AFTER INSERT ON material_line REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();

-- By when material is needed hangs on the promise, which may move while all milestones stay where they are.
CREATE FUNCTION wake_materials() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO timer AS t (kind, subject, due_at, payload)
    SELECT w.kind, w.subject, 'epoch'::timestamptz, '{}'::jsonb
    FROM order_watch w WHERE w.order_id = NEW.order_id AND w.kind = 'watch_materials'
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = t.due_at + interval '1 microsecond', tries = 0, retry_at = NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER promise_moved_material AFTER UPDATE OF promised ON order_line FOR EACH ROW
    WHEN (OLD.promised IS DISTINCT FROM NEW.promised) EXECUTE FUNCTION wake_materials();

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_materials CHECK (number <> 'materials');
