-- Somebody took back by hand what reports of production, material, stock or an inspection say of a milestone: that it has happened, or when it
-- will. They say it again when something is reported anew, and not because their lines are regrouped.
ALTER TABLE milestone
    ADD COLUMN unsaid_at timestamptz,
    ADD CONSTRAINT milestone_unsaid CHECK (unsaid_at IS NULL OR actual IS NULL);
