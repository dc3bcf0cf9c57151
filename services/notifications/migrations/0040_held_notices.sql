-- The notice of a delay that a disruption logged waits until the customer's owner releases it; his word may come before the orders do.
ALTER TABLE gathering
    ADD COLUMN released boolean NOT NULL DEFAULT true,
    ALTER COLUMN expected DROP NOT NULL,
    ADD CHECK (decided_at IS NULL OR (released AND expected IS NOT NULL));
