-- A new date is a new date, also by the word of whoever answers for the milestone.
UPDATE rule SET condition = jsonb_set(condition, '{because}', condition->'because' || '["estimate_stated"]') WHERE name = 'new-dates';
