-- Somebody may take back by hand what is said of a milestone: what carriers' events said before counts no more than before a word of his.
ALTER TABLE milestone
    DROP CONSTRAINT milestone_typed,
    ADD CONSTRAINT milestone_typed CHECK (
        num_nonnulls(typed, typed_source) IN (0, 2) AND (typed_allowed IS NULL OR typed IS NOT NULL)
        AND (typed IS NULL OR (typed_at IS NOT NULL AND stated IS NOT NULL)));
