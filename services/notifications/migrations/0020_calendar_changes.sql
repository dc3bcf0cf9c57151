-- What a changed calendar moves is told as what an actual date moves.
UPDATE rule SET condition = jsonb_set(condition, '{because}', condition->'because' || '["calendar_changed"]') WHERE name = 'new-dates';
