-- What names somebody is done by his deputy while he is away: who did it for whom stays with it. Without a login it was answered by the link.
ALTER TABLE chase
    ADD COLUMN answered_by text CHECK (answered_by IS NULL OR answers > 0),
    ADD COLUMN on_behalf_of text CHECK (on_behalf_of IS NULL OR coalesce(answered_by <> on_behalf_of, false));
ALTER TABLE exception_action ADD COLUMN on_behalf_of text CHECK (on_behalf_of IS NULL OR coalesce(done_by <> on_behalf_of, false));
ALTER TABLE inspection ADD COLUMN on_behalf_of text CHECK (on_behalf_of IS NULL OR coalesce(reported_by <> on_behalf_of, false));
