-- A line whose quantity goes in several deliveries: each is a line of its own, which knows what it was ordered as.
ALTER TABLE order_line
    ADD COLUMN part_of text CHECK (part_of <> line),
    ADD CONSTRAINT order_line_part_of FOREIGN KEY (order_id, part_of) REFERENCES order_line (order_id, line);
CREATE INDEX order_line_parts ON order_line (order_id, part_of) WHERE part_of IS NOT NULL;

-- What was asked and promised of the line before it was split was so of its parts: the entry that one repeats.
ALTER TABLE promise_entry
    ADD COLUMN came_of bigint REFERENCES promise_entry CHECK (came_of < id),
    ADD CONSTRAINT promise_entry_came_of CHECK (came_of IS NULL OR line IS NOT NULL);
