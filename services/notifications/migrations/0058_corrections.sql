-- Dates that move because an actual one was corrected, or because lines are cancelled, are told like those that move because of one.
UPDATE rule SET condition = jsonb_set(condition, '{because}', condition->'because' || '["actual_corrected", "lines_cancelled"]')
WHERE name = 'new-dates';

-- What is cancelled is not told any more.
ALTER TABLE told_line ADD COLUMN cancelled boolean NOT NULL DEFAULT false;
