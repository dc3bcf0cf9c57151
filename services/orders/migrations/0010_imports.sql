-- Imports of one service: mapping documents, jobs with their file, and the report on rows.
-- The same text stands in the migrations of every service that imports (tests/shared/imports/test_tables.py compares them).

-- Append-only: an import names the version it was read with, and a version never changes.
CREATE TABLE import_mapping (
    kind text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    document jsonb NOT NULL,
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- two people who save the same name at once: the second is refused, not merged
    PRIMARY KEY (kind, name, version)
);

CREATE TABLE import_job (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    mapping text NOT NULL,
    mapping_version integer NOT NULL,
    file_name text,
    file_bytes bigint NOT NULL CHECK (file_bytes > 0),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    charset text,
    dry_run boolean NOT NULL,
    status text NOT NULL DEFAULT 'accepted' CHECK (status IN ('accepted', 'running', 'done', 'failed')),
    actor text NOT NULL,
    -- logins whose customers the sender sees; null when he sees all
    owners text[],
    correlation_id text NOT NULL,
    traceparent text,
    accepted_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    began timestamptz,
    seconds numeric(10, 3),
    rows integer,
    good integer,
    imported integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    noted integer NOT NULL DEFAULT 0,
    -- batches written; each is counted in its own transaction, so that a resumed import goes on behind the last
    batch integer NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0,
    failure jsonb,
    FOREIGN KEY (kind, mapping, mapping_version) REFERENCES import_mapping (kind, name, version),
    -- a finished import accounts for every row once
    CHECK (status <> 'done' OR rows = imported + unchanged + refused),
    CHECK ((status = 'failed') = (failure IS NOT NULL)),
    CHECK ((status IN ('done', 'failed')) = (finished_at IS NOT NULL))
);

CREATE INDEX import_job_waiting ON import_job (kind, id) WHERE status IN ('accepted', 'running');
CREATE INDEX import_job_by_actor ON import_job (kind, actor, id);

-- The file as it was sent, kept until its import has ended.
CREATE TABLE import_file (
    job uuid PRIMARY KEY REFERENCES import_job (id) ON DELETE CASCADE,
    content bytea NOT NULL
);

-- What was said about a row: why it is refused, or text that was kept beside its values.
CREATE TABLE import_row (
    job uuid NOT NULL REFERENCES import_job (id) ON DELETE CASCADE,
    status text NOT NULL CHECK (status IN ('refused', 'noted')),
    line integer NOT NULL CHECK (line >= 1),
    ordinal smallint NOT NULL,
    column_name text NOT NULL,
    value text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (job, status, line, ordinal)
);
