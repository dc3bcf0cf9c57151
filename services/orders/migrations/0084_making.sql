-- A receipt that was wrong: the same in another revision, with its reason. The newest revision of each counts.
ALTER TABLE material_receipt
    ADD COLUMN revision integer NOT NULL DEFAULT 0 CHECK (revision >= 0),
    ADD COLUMN reason text,
    DROP CONSTRAINT material_receipt_pkey,
    ADD PRIMARY KEY (material_id, position, revision),
    DROP CONSTRAINT material_receipt_quantity_check,
    -- Nothing came after all, which only a correction says.
    ADD CONSTRAINT material_receipt_quantity CHECK (quantity > 0 OR (quantity = 0 AND revision > 0)),
    -- Who corrects says why.
    ADD CONSTRAINT material_receipt_reason CHECK ((revision = 0) = (reason IS NULL));
ALTER TABLE material_receipt ALTER COLUMN revision DROP DEFAULT;

-- What waits for goods to pass an inspection is looked at again when one has been looked at again.
CREATE TRIGGER inspection_moved AFTER UPDATE ON inspection REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION wake_watchers();
