-- Goods that are on their way were delivered where they are delivered before that. Until somebody records the day of the delivery point
-- itself, a line is delivered on that of the milestone that shows it.
ALTER TABLE order_line
    ADD COLUMN shown_by text,
    ADD CONSTRAINT order_line_shown_is_delivered CHECK (shown_by IS NULL OR delivered IS NOT NULL);
