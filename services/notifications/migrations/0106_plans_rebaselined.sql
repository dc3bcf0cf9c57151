-- What another revision of its template moves in an order is told as any other new date.
UPDATE rule SET condition = jsonb_set(condition, '{because}', condition->'because' || '["plan_rebaselined"]') WHERE name = 'new-dates';
