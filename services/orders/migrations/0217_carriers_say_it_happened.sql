-- The carrier says that a milestone has happened, and something of ours keeps it from being recorded yet: no day that passes moves it.
ALTER TABLE milestone
    ADD COLUMN stated_happened boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT milestone_stated_happened CHECK (NOT stated_happened OR stated_source = 'carrier');
