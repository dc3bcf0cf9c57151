-- Lines that are not delivered any more, and since when; run by the migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

ALTER TABLE line ADD COLUMN cancelled_on date;
