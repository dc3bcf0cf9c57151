-- A part of a line that was joined to it again, or to another part of the same line, is delivered with that one. It keeps its ledger.
ALTER TABLE order_line
    DROP CONSTRAINT order_line_cancelled_check,
    ADD CONSTRAINT order_line_cancelled_check CHECK (cancelled IN ('line', 'order', 'joined')),
    ADD COLUMN joined_into text CHECK (joined_into <> line),
    ADD CONSTRAINT order_line_joined_into FOREIGN KEY (order_id, joined_into) REFERENCES order_line (order_id, line),
    ADD CONSTRAINT order_line_joined CHECK ((joined_into IS NOT NULL) = (cancelled IS NOT DISTINCT FROM 'joined')),
    -- What was ordered as a line of its own stays one.
    ADD CONSTRAINT order_line_joined_part CHECK (joined_into IS NULL OR part_of IS NOT NULL);
