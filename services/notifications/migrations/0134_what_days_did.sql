-- The day on which a line was expected before days on which nothing was recorded made that later: what they did he hears of by a delay.
ALTER TABLE told_line ADD COLUMN due date, ADD CONSTRAINT told_line_due_earlier CHECK (due < expected);
