-- Progress of production: what was made of each line, step by step, as it was reported.

-- The steps of the firm. The last one that belongs to a milestone ends it: its whole quantity is what the milestone waits for.
CREATE TABLE production_stage (
    code      text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9-]{1,39}$'),
    name      jsonb NOT NULL,
    milestone text NOT NULL,
    last      boolean NOT NULL,
    -- Where it stands in the process.
    position  integer NOT NULL CHECK (position BETWEEN 0 AND 1000),
    version   bigint NOT NULL DEFAULT 1 CHECK (version >= 1)
);
INSERT INTO production_stage (code, name, milestone, last, position) VALUES
    ('making', '{"en": "production as a whole", "zh-CN": "整体生产"}', 'PRD_END', true, 0),
    ('cutting', '{"en": "cutting", "zh-CN": "裁剪"}', 'PRD_END', false, 10),
    ('sewing', '{"en": "sewing", "zh-CN": "缝制"}', 'PRD_END', false, 20),
    ('finishing', '{"en": "finishing", "zh-CN": "后整"}', 'PRD_END', true, 30),
    ('packing', '{"en": "packing", "zh-CN": "包装"}', 'PACKED', true, 40);

-- Every report as it was made. A correction is the same report in another revision; the newest revision of each counts.
CREATE TABLE production_report (
    id          uuid PRIMARY KEY,
    order_id    uuid NOT NULL,
    line        text NOT NULL,
    stage       text NOT NULL REFERENCES production_stage,
    nth         integer NOT NULL CHECK (nth >= 1),
    revision    integer NOT NULL CHECK (revision >= 0),
    day         date NOT NULL,
    -- All that was made by the end of the day.
    done        numeric NOT NULL CHECK (done >= 0),
    -- Null: the line's quantity.
    total       numeric CHECK (total > 0),
    reason      text,
    reported_by text NOT NULL,
    reported_at timestamptz NOT NULL,
    UNIQUE (order_id, line, stage, nth, revision),
    FOREIGN KEY (order_id, line) REFERENCES order_line,
    -- Who corrects says why.
    CHECK ((revision = 0) = (reason IS NULL))
);
SELECT append_only('production_report');

CREATE VIEW production_standing AS
SELECT DISTINCT ON (order_id, line, stage, nth) order_id, line, stage, nth, revision, id, day, done, total
FROM production_report ORDER BY order_id, line, stage, nth, revision DESC;

CREATE TRIGGER production_reported_risk AFTER INSERT ON production_report REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();

-- Path words beside the orders: no order may have one of them as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_production CHECK (number <> 'production');
