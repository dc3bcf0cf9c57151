-- What operators decide about dead letters. The API marks a letter (`replaying`, `discarding`); the owner of its shard does it.
ALTER TABLE dead_letter DROP CONSTRAINT dead_letter_state_check;
ALTER TABLE dead_letter ADD CONSTRAINT dead_letter_state_check
    CHECK (state IN ('parked', 'replaying', 'replayed', 'discarding', 'discarded'));
-- `begun`: the owner has taken the decision up; a letter found so by another owner was being tried when a process ended.
ALTER TABLE dead_letter ADD COLUMN begun boolean NOT NULL DEFAULT false;
-- The operator_action that asked for what is under way, or for what was done last.
ALTER TABLE dead_letter ADD COLUMN action uuid;
CREATE INDEX dead_letter_asked ON dead_letter (consumer) WHERE state IN ('replaying', 'discarding');
CREATE INDEX dead_letter_listed ON dead_letter (last_at DESC, id DESC);

-- What people and machines did to the running service, and what came of it. `of` names the action that a result belongs to.
CREATE TABLE operator_action (
    id             uuid PRIMARY KEY DEFAULT uuidv7(),
    who            text NOT NULL,
    what           text NOT NULL,
    object         uuid NOT NULL,
    before         text NOT NULL,
    after          text NOT NULL,
    reason         text,
    correlation_id text NOT NULL,
    of             uuid REFERENCES operator_action,
    at             timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX operator_action_listed ON operator_action (at DESC, id DESC);
CREATE INDEX operator_action_object ON operator_action (object, at);
SELECT append_only('operator_action');
