-- The word that somebody said of a milestone last, beside what carriers' events say: it counts again where those took its place and are taken
-- back. Of a carrier's word that stands it is not known whether an event said it.
ALTER TABLE milestone
    ADD COLUMN typed date,
    ADD COLUMN typed_allowed date,
    ADD COLUMN typed_source text
        CHECK (typed_source IN ('owner', 'supplier', 'carrier', 'production', 'answer', 'material', 'inspection')),
    ADD COLUMN typed_at timestamptz,
    ADD CONSTRAINT milestone_typed CHECK (
        num_nonnulls(typed, typed_source, typed_at) IN (0, 3) AND (typed_allowed IS NULL OR typed IS NOT NULL)
        AND (typed IS NULL OR stated IS NOT NULL));
UPDATE milestone SET typed = stated, typed_allowed = stated_allowed, typed_source = stated_source, typed_at = stated_at
WHERE stated_source <> 'carrier';
