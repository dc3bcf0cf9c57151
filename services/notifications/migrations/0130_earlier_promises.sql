-- What an earlier promise moves is told with the promise, by its rule: no rule of new dates is asked.
UPDATE rule SET condition = jsonb_set(condition, '{because}', (condition->'because') - 'promise_changed')
WHERE event = 'orders.plan.reestimated.v1' AND condition->'because' ? 'promise_changed';
