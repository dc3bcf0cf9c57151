-- Inspections: goods looked at by a plan, what was found, and who let them go on all the same.
CREATE TABLE inspection (
    id              uuid PRIMARY KEY,
    order_id        uuid NOT NULL REFERENCES customer_order,
    type            text NOT NULL CHECK (type IN ('iqc', 'inline', 'final', 'lab')),
    -- What happens when it has passed, in the legs in which its lines travel.
    milestone       text,
    lines           text[] NOT NULL CHECK (cardinality(lines) > 0),
    day             date NOT NULL,
    inspector       text,
    third_party     text,
    lot_size        integer NOT NULL,
    sample_size     integer NOT NULL CHECK (sample_size BETWEEN 1 AND lot_size),
    accept_critical integer NOT NULL CHECK (accept_critical >= 0),
    accept_major    integer NOT NULL CHECK (accept_major >= 0),
    accept_minor    integer NOT NULL CHECK (accept_minor >= 0),
    aql_critical    numeric CHECK (aql_critical >= 0),
    aql_major       numeric CHECK (aql_major >= 0),
    aql_minor       numeric CHECK (aql_minor >= 0),
    planned_by      text NOT NULL,
    repeats         uuid REFERENCES inspection,
    state           text NOT NULL CHECK (state IN ('planned', 'passed', 'failed', 'waived', 'withdrawn')),
    -- The one that repeats it has its result.
    repeated        boolean NOT NULL,
    inspected_on    date,
    inspected       integer CHECK (inspected BETWEEN 1 AND lot_size),
    note            text,
    exception_id    uuid REFERENCES order_exception,
    reported_by     text,
    waived_by       text,
    waived_on       date CHECK (waived_on >= inspected_on),
    reason          text,
    version         bigint NOT NULL CHECK (version >= 1),
    CHECK (num_nonnulls(inspector, third_party) = 1),
    CHECK (num_nonnulls(inspected_on, inspected, reported_by) = CASE WHEN state IN ('planned', 'withdrawn') THEN 0 ELSE 3 END),
    CHECK (state <> 'passed' OR inspected >= sample_size),
    -- What failed is seen to, and whoever lets it go on has not judged his own work.
    CHECK ((exception_id IS NOT NULL) = (state IN ('failed', 'waived'))),
    CHECK (num_nonnulls(waived_by, waived_on) = CASE WHEN state = 'waived' THEN 2 ELSE 0 END),
    CHECK (waived_by <> reported_by AND (inspector IS NULL OR waived_by <> inspector)),
    CHECK ((reason IS NOT NULL) = (state IN ('waived', 'withdrawn'))),
    CHECK (NOT repeated OR state = 'failed')
);
CREATE INDEX inspection_day ON inspection (day, id);
CREATE INDEX inspection_open ON inspection (day, id) WHERE state = 'planned' OR (state = 'failed' AND NOT repeated);
CREATE INDEX inspection_order ON inspection (order_id);
-- What keeps milestones from happening is read with every plan.
CREATE INDEX inspection_failed ON inspection (order_id) WHERE state = 'failed' AND NOT repeated;
-- One that failed is repeated by one.
CREATE UNIQUE INDEX inspection_repeats ON inspection (repeats) WHERE state <> 'withdrawn';

CREATE TABLE inspection_defect (
    inspection_id uuid NOT NULL REFERENCES inspection,
    position      smallint NOT NULL,
    severity      text NOT NULL CHECK (severity IN ('critical', 'major', 'minor')),
    description   text NOT NULL,
    count         integer NOT NULL CHECK (count >= 1),
    PRIMARY KEY (inspection_id, position)
);

CREATE TRIGGER inspection_moved_risk AFTER UPDATE ON inspection REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();

INSERT INTO risk_limit (kind, days, margin) VALUES ('inspection_failed', 0, 0);

ALTER TABLE milestone DROP CONSTRAINT milestone_stated_source_check, ADD CONSTRAINT milestone_stated_source_check
    CHECK (stated_source IN ('owner', 'supplier', 'carrier', 'production', 'answer', 'material', 'inspection'));

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_inspections CHECK (number <> 'inspections');
