-- Approvals of one service: rules, requests that wait for a decision, and what was done about each.
-- The same text stands in the migrations of every service that asks (tests/shared/approvals/test_tables.py compares them); the rules it ships are in a migration of its own.

-- Append-only: a request names the revision it was asked under, and a revision never changes.
CREATE TABLE approval_rule (
    kind        text NOT NULL,
    revision    integer NOT NULL CHECK (revision >= 1),
    document    jsonb NOT NULL,
    actor       text NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- two managers who change a rule at once: the second is refused, not merged
    PRIMARY KEY (kind, revision)
);
SELECT append_only('approval_rule');

CREATE TABLE approval_request (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL,
    rule_revision   integer NOT NULL,
    subject         uuid NOT NULL,
    subject_number  text NOT NULL,
    subject_version bigint NOT NULL,
    customer_id     uuid REFERENCES known_customer,
    requester       text NOT NULL,
    asked_at        timestamptz NOT NULL,
    -- what the rule looked at: the amount and the customer's grade
    ask             jsonb NOT NULL,
    command         jsonb NOT NULL,
    -- as the rule had them when it was asked
    levels          jsonb NOT NULL,
    level           smallint NOT NULL CHECK (level >= 1),
    rung            smallint NOT NULL CHECK (rung BETWEEN 0 AND 2),
    deciders        text[] NOT NULL,
    roles           text[] NOT NULL,
    due_at          timestamptz NOT NULL,
    status          text NOT NULL CHECK (status IN ('pending', 'granted', 'refused', 'withdrawn', 'expired')),
    -- Events told of it so far.
    version         bigint NOT NULL CHECK (version >= 1),
    FOREIGN KEY (kind, rule_revision) REFERENCES approval_rule (kind, revision),
    CHECK (level <= jsonb_array_length(levels)),
    -- nobody decides his own request
    CHECK (requester <> ALL (deciders))
);
CREATE INDEX approval_request_pending ON approval_request (id) WHERE status = 'pending';
CREATE INDEX approval_request_requester ON approval_request (requester, id);
CREATE INDEX approval_request_subject ON approval_request (subject, id);
CREATE INDEX approval_request_customer ON approval_request (customer_id) WHERE customer_id IS NOT NULL;

-- What was done about a request, in the order of its versions.
CREATE TABLE approval_entry (
    request      uuid NOT NULL REFERENCES approval_request,
    version      bigint NOT NULL,
    level        smallint NOT NULL,
    deed         text NOT NULL CHECK (deed IN ('asked', 'approved', 'refused', 'withdrawn', 'escalated', 'expired')),
    actor        text NOT NULL,
    on_behalf_of text,
    reason       text,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (request, version),
    CHECK (deed <> 'refused' OR reason IS NOT NULL)
);
SELECT append_only('approval_entry');
