-- A disruption is looked for again when it is confirmed: for the one milestone, or for each leg's own.
ALTER TABLE disruption ADD COLUMN each_own boolean;
UPDATE disruption SET each_own = kind IN ('material', 'closed_day');
ALTER TABLE disruption
    ALTER COLUMN each_own SET NOT NULL,
    ADD CONSTRAINT disruption_each_own CHECK (each_own = (kind = 'closed_day') OR kind = 'material');

-- What it touches no more then is left out, and under no delay.
ALTER TABLE disruption_order
    ALTER COLUMN part DROP NOT NULL,
    ADD CONSTRAINT disruption_order_parted CHECK (part IS NOT NULL OR state = 'skipped');
