-- Receipts that were wrong; run by the migration and by every rebuild, as the other projections.
SELECT set_config('search_path', coalesce(nullif(current_setting('gendan.projection', true), ''), 'projection') || ', public', true);

-- With a correction the last day on which any of the line came is said anew: null where nothing has. What was said before does not count.
ALTER TABLE material_receipt
    ALTER COLUMN received_on DROP NOT NULL,
    ADD COLUMN anew boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT material_receipt_came CHECK (anew OR received_on IS NOT NULL);
