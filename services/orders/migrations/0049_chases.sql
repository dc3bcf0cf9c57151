-- Chases: somebody is asked about a milestone, and answers by a signed link without signing in.
CREATE TABLE chase (
    id           uuid PRIMARY KEY,
    order_id     uuid NOT NULL REFERENCES customer_order,
    shipment     text,
    milestone    text NOT NULL,
    asked        text NOT NULL,
    department   text,
    question     text NOT NULL,
    answer_by    date NOT NULL,
    asked_by     text NOT NULL,
    asked_at     timestamptz NOT NULL,
    -- The link by which it is answered, sealed with the key of the chase, as its events carry it.
    sealed_link  text NOT NULL,
    status       text NOT NULL CHECK (status IN ('open', 'answered', 'closed', 'withdrawn')),
    level        integer NOT NULL CHECK (level BETWEEN 0 AND 3),
    escalated_to text,
    reminders    integer NOT NULL CHECK (reminders BETWEEN 0 AND 10),
    answers      integer NOT NULL CHECK (answers >= 0),
    day          date,
    done_on      date,
    text         text,
    answered_at  timestamptz,
    version      bigint NOT NULL CHECK (version >= 1),
    CHECK ((answers = 0) = (answered_at IS NULL)),
    CHECK ((level = 0) = (escalated_to IS NULL)),
    CHECK (status <> 'answered' OR answers > 0),
    CHECK (num_nonnulls(day, done_on) <= 1)
);
-- One open chase of a milestone and person.
CREATE UNIQUE INDEX chase_open ON chase (order_id, coalesce(shipment, ''), milestone, asked) WHERE status = 'open';
CREATE INDEX chase_asked ON chase (asked, id);
CREATE INDEX chase_order ON chase (order_id, id);

CREATE TRIGGER chase_moved_risk AFTER UPDATE ON chase REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();
CREATE TRIGGER chase_made_risk AFTER INSERT ON chase REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();

-- Path words beside the orders: no order may have one of them as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_chases CHECK (number NOT IN ('chases', 'answers'));
