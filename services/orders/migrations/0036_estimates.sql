-- Somebody's word on when a milestone will happen; `stated_allowed` is what its predecessors allowed when it was given.
ALTER TABLE milestone
    ADD COLUMN stated date,
    ADD COLUMN stated_allowed date,
    ADD COLUMN stated_source text CHECK (stated_source IN ('owner', 'supplier', 'carrier', 'production', 'answer')),
    ADD COLUMN stated_at timestamptz,
    ADD CONSTRAINT milestone_stated CHECK (
        num_nonnulls(stated, stated_source, stated_at) IN (0, 3) AND (stated_allowed IS NULL OR stated IS NOT NULL));
