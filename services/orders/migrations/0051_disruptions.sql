-- A disruption whose run fails is tried again later; the others go on meanwhile.
ALTER TABLE disruption
    ADD COLUMN tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    ADD COLUMN retry_at timestamptz,
    ADD CONSTRAINT disruption_retry CHECK ((tries = 0) = (retry_at IS NULL));

-- Material that comes late, and days on which nobody works: those make other milestones late in other orders, and the days say by how much.
ALTER TABLE disruption
    ADD COLUMN first_day date,
    ADD COLUMN last_day date,
    DROP CONSTRAINT disruption_kind_check,
    DROP CONSTRAINT disruption_check2,
    ADD CONSTRAINT disruption_kind_check CHECK (kind IN ('vessel', 'shipment', 'port', 'supplier', 'factory', 'material', 'closed_day')),
    ADD CONSTRAINT disruption_until CHECK (num_nonnulls(new_date, days) = CASE kind WHEN 'closed_day' THEN 0 ELSE 1 END),
    ADD CONSTRAINT disruption_closed CHECK (num_nonnulls(first_day, last_day) = CASE kind WHEN 'closed_day' THEN 2 ELSE 0 END),
    ADD CONSTRAINT disruption_in_order CHECK (first_day <= last_day);
DROP INDEX disruption_once;
CREATE UNIQUE INDEX disruption_once ON disruption (kind, upper(name), upper(voyage), at, first_day, last_day) NULLS NOT DISTINCT
    WHERE status IN ('open', 'running', 'logged');

-- The milestone that is late in this leg.
ALTER TABLE disruption_order ADD COLUMN milestone text;
UPDATE disruption_order t SET milestone = d.milestone FROM disruption d WHERE d.id = t.disruption_id;
ALTER TABLE disruption_order ALTER COLUMN milestone SET NOT NULL;
