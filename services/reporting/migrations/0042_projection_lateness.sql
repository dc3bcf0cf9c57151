-- What the lateness of completed orders came from; run by the migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

CREATE TABLE lateness (
    order_id    uuid  PRIMARY KEY,
    number      text  NOT NULL,
    customer_id uuid  NOT NULL,
    legs        jsonb NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON lateness TO reporting_runtime;
