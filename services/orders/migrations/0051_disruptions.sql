-- A disruption whose run fails is tried again later; the others go on meanwhile.
ALTER TABLE disruption
    ADD COLUMN tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    ADD COLUMN retry_at timestamptz,
    ADD CONSTRAINT disruption_retry CHECK ((tries = 0) = (retry_at IS NULL));
