-- What lines that change their shipments move is told as any other new date.
UPDATE rule SET condition = jsonb_set(condition, '{because}', condition->'because' || '["lines_moved"]') WHERE name = 'new-dates';
