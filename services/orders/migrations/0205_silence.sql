-- Questions about which silence was not looked at any more, since their milestone had happened once or nobody was further up on one day.
INSERT INTO timer (kind, subject, due_at, payload)
SELECT 'watch_chase_day', c.id, (c.answer_by + 1)::timestamp AT TIME ZONE 'UTC', '{}' FROM chase c WHERE c.status = 'open' AND c.level < 3
ON CONFLICT DO NOTHING;
