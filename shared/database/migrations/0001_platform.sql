-- The tables every service database has. The migrator owns them; the runtime role gets what the default privileges give,
-- and less where append_only() says so.

-- Takes from the runtime role what an append-only table must not allow. migrate sets gendan.runtime to the role's name.
CREATE FUNCTION append_only(kept regclass) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', kept, current_setting('gendan.runtime'));
END $$;
REVOKE EXECUTE ON FUNCTION append_only(regclass) FROM PUBLIC;

-- What this service has told, as the exact bytes sent. Partitions live where the runtime role cannot reach them but through the table.
CREATE SCHEMA partitions;

CREATE TABLE record (
    position    bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    event_id    uuid NOT NULL,
    aggregate   uuid NOT NULL,
    sequence    bigint NOT NULL CHECK (sequence >= 1),
    type        text NOT NULL,
    subject     text NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (recorded_at, position)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE partitions.record_default PARTITION OF record DEFAULT;
SELECT append_only('record');

-- Makes the monthly partitions of a table from this month to `ahead` months on; answers the names of those it made.
-- The runtime role may call it: it can make partitions of tables that have them, and nothing else.
CREATE FUNCTION make_partitions(kept regclass, ahead integer DEFAULT 3) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz := date_trunc('month', clock_timestamp());
    name  text;
BEGIN
    IF ahead NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'between 0 and 24 months ahead, not %', ahead;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = kept AND inhrelid = to_regclass(format('partitions.%I', split_part(kept::text, '.', -1) || '_default'))) THEN
        RAISE EXCEPTION '% is not partitioned by month', kept;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('make_partitions'), kept::oid::integer);
    FOR i IN 0..ahead LOOP
        name := format('%s_%s', split_part(kept::text, '.', -1), to_char(month, 'YYYY_MM'));
        IF to_regclass(format('partitions.%I', name)) IS NULL THEN
            -- Attached afterwards: writers of other months are not held up.
            EXECUTE format('CREATE TABLE partitions.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name, kept);
            EXECUTE format('ALTER TABLE %s ATTACH PARTITION partitions.%I FOR VALUES FROM (%L) TO (%L)',
                           kept, name, month, month + interval '1 month');
            RETURN NEXT name;
        END IF;
        month := month + interval '1 month';
    END LOOP;
END $$;

-- What the relay has yet to publish. Rows come and go all the time: vacuumed early, so that it stays small.
CREATE TABLE outbox (
    position    bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    shard       smallint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- Events the broker refuses for what they are, and the later ones of their aggregates.
CREATE TABLE outbox_parked (
    position    bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    aggregate   uuid NOT NULL,
    reason      text NOT NULL,
    parked_at   timestamptz NOT NULL DEFAULT now()
);

-- Who does what only one may do at a time. The backend tells a holder that died from one that is slow.
CREATE TABLE lease (
    name          text PRIMARY KEY,
    holder        uuid NOT NULL,
    backend_pid   integer NOT NULL,
    backend_start timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Keys of personal blocks. `published` is for the service that makes them.
CREATE TABLE personal_key (
    aggregate uuid PRIMARY KEY,
    key       bytea NOT NULL CHECK (octet_length(key) = 32),
    published boolean NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX personal_key_unpublished ON personal_key (made_at) WHERE NOT published;

-- The inbox: the last event of each aggregate whose effect is in this database.
CREATE TABLE consumed (
    publisher     text NOT NULL,
    aggregate     uuid NOT NULL,
    last_sequence bigint NOT NULL CHECK (last_sequence >= 1),
    PRIMARY KEY (publisher, aggregate)
) WITH (fillfactor = 80);

-- Events that came but cannot be applied yet. `gap`: an earlier one of the aggregate is missing or held itself;
-- `waiting`: it refers to something unknown; `failing`: its handler failed or took the process with it;
-- `parked`: it is a dead letter, and its aggregate waits for somebody to decide.
CREATE TABLE held (
    publisher       text NOT NULL,
    aggregate       uuid NOT NULL,
    sequence        bigint NOT NULL,
    shard           smallint NOT NULL,
    reason          text NOT NULL CHECK (reason IN ('gap', 'waiting', 'failing', 'parked')),
    what            text,
    type            text NOT NULL,
    body            bytea NOT NULL,
    headers         jsonb NOT NULL,
    stream_sequence bigint NOT NULL,
    tries           smallint NOT NULL DEFAULT 0,
    since           timestamptz NOT NULL DEFAULT now(),
    retry_at        timestamptz NOT NULL DEFAULT now(),
    listed          boolean NOT NULL DEFAULT false,
    PRIMARY KEY (publisher, aggregate, sequence)
);
CREATE INDEX held_due ON held (shard, retry_at) WHERE reason IN ('waiting', 'failing');

-- Messages given up, with all that is needed to judge and to replay them.
CREATE TABLE dead_letter (
    id              uuid PRIMARY KEY,
    consumer        text NOT NULL,
    publisher       text,
    aggregate       uuid,
    sequence        bigint,
    stream_sequence bigint NOT NULL,
    event_id        uuid,
    type            text NOT NULL,
    headers         jsonb NOT NULL,
    body            bytea NOT NULL,
    error           text NOT NULL,
    traceback_hash  text,
    tries           integer NOT NULL,
    first_at        timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    state           text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'replayed', 'discarded')),
    -- An event is a dead letter once, however often it is delivered.
    UNIQUE (publisher, aggregate, sequence)
);
CREATE UNIQUE INDEX dead_letter_unreadable ON dead_letter (sha256(body)) WHERE aggregate IS NULL;
CREATE INDEX dead_letter_state ON dead_letter (state, last_at);

-- Rows due at a business time. retry_at is technical time: the back-off of one that failed.
CREATE TABLE timer (
    kind     text NOT NULL,
    subject  uuid NOT NULL,
    due_at   timestamptz NOT NULL,
    payload  jsonb NOT NULL,
    tries    smallint NOT NULL DEFAULT 0,
    retry_at timestamptz,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX timer_due ON timer (due_at);

-- Answers to POSTs that carried an Idempotency-Key, written in the command's transaction and kept for 24 hours.
CREATE TABLE idempotency_key (
    principal  text NOT NULL,
    route      text NOT NULL,
    key        text NOT NULL,
    body_hash  bytea NOT NULL,
    status     integer,
    headers    jsonb,
    answer     bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (principal, route, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);
