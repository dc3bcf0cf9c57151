-- A line that joins a leg was told other days of its milestones than the lines that were there: of these it is told by itself, as long as it
-- travels with them. Null: what is told of the leg.
ALTER TABLE told_node
    ADD COLUMN line text,
    DROP CONSTRAINT told_node_one,
    ADD CONSTRAINT told_node_one UNIQUE NULLS NOT DISTINCT (order_id, shipment, milestone, line),
    ADD CONSTRAINT told_node_of_line FOREIGN KEY (order_id, line) REFERENCES told_line;
-- It travels in one leg.
CREATE UNIQUE INDEX told_node_apart ON told_node (order_id, line, milestone) WHERE line IS NOT NULL;

-- A line may join a leg again that has estimated nothing anew since.
ALTER TABLE told_date
    DROP CONSTRAINT told_date_counter_check,
    ADD CONSTRAINT told_date_counter_check CHECK (counter IN ('estimate', 'joining', 'promise')),
    DROP CONSTRAINT told_date_once;
CREATE UNIQUE INDEX told_date_once ON told_date (contact_id, order_id, shipment, milestone, line, counter, revision) NULLS NOT DISTINCT
    WHERE counter <> 'joining';
