-- Since when a delay holds an order no more; run by the migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

ALTER TABLE delay_order ADD COLUMN freed_on date;
