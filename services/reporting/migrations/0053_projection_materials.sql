-- Material that orders wait for; run by the migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

CREATE TABLE material (
    id          uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    material    text NOT NULL,
    supplier    text,
    need_by     date NOT NULL,
    ordered_on  date,
    eta         date,
    state       text NOT NULL CHECK (state IN ('planned', 'ordered', 'received', 'short', 'withdrawn'))
) WITH (fillfactor = 85);

-- By the sequence of the material line: the last of them is when all of it was there, for a line that is received.
CREATE TABLE material_receipt (
    material_id uuid   NOT NULL,
    sequence    bigint NOT NULL,
    received_on date   NOT NULL,
    PRIMARY KEY (material_id, sequence)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON material, material_receipt TO reporting_runtime;
