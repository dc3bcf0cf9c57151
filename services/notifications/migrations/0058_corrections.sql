-- Dates that move because an actual one was corrected are told like those that move because of one.
UPDATE rule SET condition = jsonb_set(condition, '{because}', condition->'because' || '["actual_corrected"]') WHERE name = 'new-dates';
