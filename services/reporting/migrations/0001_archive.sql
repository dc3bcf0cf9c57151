-- Every event this service consumed, as the exact bytes. Projections are made from it alone.
CREATE TABLE archive (
    position    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    publisher   text        NOT NULL,
    aggregate   uuid        NOT NULL,
    sequence    bigint      NOT NULL CHECK (sequence > 0),
    type        text        NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    body        bytea       NOT NULL,
    -- An event is archived once, whatever the inbox does.
    CONSTRAINT archive_once UNIQUE (publisher, aggregate, sequence)
);

SELECT append_only('archive');

-- The projections live beside `public`, so that a rebuilt schema can take the place of the live one by renaming.
CREATE SCHEMA projection;
GRANT USAGE ON SCHEMA projection TO reporting_runtime;
