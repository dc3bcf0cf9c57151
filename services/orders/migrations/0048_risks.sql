-- Early warning: what endangers the milestones of an order, and which of them are overdue, as it was told last.
CREATE TABLE order_warning (
    order_id uuid PRIMARY KEY REFERENCES customer_order,
    -- The aggregate that its events are told of; an order's own version does not count them.
    id       uuid NOT NULL UNIQUE,
    version  bigint NOT NULL CHECK (version >= 0),
    -- The next day on which the rules may find something new, though nothing happens.
    look_on  date
);
CREATE INDEX order_warning_look ON order_warning (look_on) WHERE look_on IS NOT NULL;

CREATE TABLE milestone_risk (
    order_id   uuid NOT NULL REFERENCES order_warning,
    shipment   text,
    milestone  text NOT NULL,
    department text NOT NULL,
    expected   date NOT NULL,
    level      text NOT NULL CHECK (level IN ('watch', 'high')),
    score      integer NOT NULL CHECK (score BETWEEN 1 AND 100),
    reasons    jsonb NOT NULL,
    raised_on  date NOT NULL,
    UNIQUE NULLS NOT DISTINCT (order_id, shipment, milestone)
);
CREATE INDEX milestone_risk_score ON milestone_risk (score DESC, order_id);

CREATE TABLE milestone_overdue (
    order_id         uuid NOT NULL REFERENCES order_warning,
    shipment         text,
    milestone        text NOT NULL,
    department       text NOT NULL,
    expected         date NOT NULL,
    promise_revision integer NOT NULL CHECK (promise_revision >= 0),
    UNIQUE NULLS NOT DISTINCT (order_id, shipment, milestone)
);

-- The limits of the firm, in calendar days left.
CREATE TABLE risk_limit (
    kind    text PRIMARY KEY
            CHECK (kind IN ('slack_used_up', 'not_started', 'quantity_behind', 'cutoff_near', 'document_missing', 'unanswered')),
    days    integer NOT NULL CHECK (days BETWEEN -60 AND 60),
    margin  integer NOT NULL CHECK (margin BETWEEN 0 AND 60),
    version bigint NOT NULL DEFAULT 1 CHECK (version >= 1)
);
INSERT INTO risk_limit (kind, days, margin) VALUES
    ('slack_used_up', 0, 1), ('not_started', -1, 1), ('quantity_behind', -1, 1), ('cutoff_near', 1, 0), ('document_missing', 3, 0),
    ('unanswered', -1, 0);

-- Orders to be looked at again, added by whatever moves them. A row each time: nobody waits for another's.
CREATE TABLE risk_look (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL
);
INSERT INTO risk_look (order_id) SELECT id FROM customer_order WHERE status = 'open';

CREATE FUNCTION look_for_risks() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO risk_look (order_id)
    SELECT DISTINCT m.order_id FROM moved m JOIN customer_order o ON o.id = m.order_id WHERE o.status = 'open';
    RETURN NULL;
END $$;
CREATE TRIGGER milestone_moved_risk AFTER UPDATE ON milestone REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();
CREATE TRIGGER milestone_made_risk AFTER INSERT ON milestone REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();
CREATE TRIGGER document_moved_risk AFTER UPDATE ON document REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();
CREATE TRIGGER document_made_risk AFTER INSERT ON document REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();

-- A moved promise leaves the milestones where they are, and an order that is over has none any more.
CREATE FUNCTION look_for_risks_of_order() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'order_line' THEN
        INSERT INTO risk_look (order_id) VALUES (NEW.order_id);
    ELSE
        INSERT INTO risk_look (order_id) VALUES (NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER promise_moved_risk AFTER UPDATE OF promised ON order_line FOR EACH ROW
    WHEN (OLD.promised IS DISTINCT FROM NEW.promised) EXECUTE FUNCTION look_for_risks_of_order();
CREATE TRIGGER order_over_risk AFTER UPDATE OF status ON customer_order FOR EACH ROW
    WHEN (OLD.status = 'open' AND NEW.status <> 'open') EXECUTE FUNCTION look_for_risks_of_order();

-- Path words beside the orders: no order may have one of them as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_risks CHECK (number NOT IN ('risks', 'risk-limits'));
