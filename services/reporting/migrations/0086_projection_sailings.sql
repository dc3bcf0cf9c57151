-- By when goods had to be in the container yard, as it was said, and when a shipment was rolled to another sailing; run by the migration and
-- by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

CREATE TABLE sailing (
    shipment    text   NOT NULL,
    sequence    bigint NOT NULL,
    yard_cutoff timestamptz,
    zone        text,
    rolled_at   timestamptz,
    PRIMARY KEY (shipment, sequence),
    CONSTRAINT sailing_zone CHECK ((yard_cutoff IS NULL) = (zone IS NULL)),
    CONSTRAINT sailing_rolled CHECK (rolled_at IS NULL OR yard_cutoff IS NULL)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON sailing TO reporting_runtime;
