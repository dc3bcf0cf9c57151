-- What has passed is decided otherwise than when most open orders were estimated last, and so is what happens together with a later step:
-- each is estimated once more by the timer of a day that has passed, a hundred at a time, and tells what that moves.
INSERT INTO timer (kind, subject, due_at, payload)
SELECT 'day_passed', id, 'epoch', '{}' FROM customer_order WHERE status = 'open'
ON CONFLICT DO NOTHING;
