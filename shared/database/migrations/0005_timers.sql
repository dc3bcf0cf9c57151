-- Timers are run kind by kind, each in a transaction of its own.
DROP INDEX timer_due;
CREATE INDEX timer_due ON timer (kind, due_at);
