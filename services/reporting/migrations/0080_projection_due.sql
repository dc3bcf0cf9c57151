-- The day on which a milestone was expected, where nothing but days that passed made that later: overdue is measured by it. Run by the
-- migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

ALTER TABLE milestone ADD COLUMN due date;
