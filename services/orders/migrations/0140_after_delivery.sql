-- What comes after the delivery is followed as well: documents, the balance, the arrival, the visit. Not where it was delivered when the
-- order was taken over from a file, or before an earlier release looked after it: nobody is asked to record what came after that.
ALTER TABLE milestone ADD COLUMN followed boolean NOT NULL DEFAULT true;
UPDATE milestone m SET followed = false FROM customer_order o WHERE o.id = m.order_id AND o.status = 'completed' AND NOT m.passed;
-- What is somebody's work, in the lists of what is due and in the look at all.
CREATE INDEX milestone_to_come ON milestone (order_id) WHERE followed AND NOT passed;

-- An order is looked at as long as it is not cancelled; a new one, as order books are taken over by the thousand, where something is to come.
CREATE OR REPLACE FUNCTION look_for_risks() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO risk_look (order_id)
    SELECT DISTINCT m.order_id FROM moved m JOIN customer_order o ON o.id = m.order_id WHERE o.status <> 'cancelled';
    RETURN NULL;
END $$;
CREATE FUNCTION look_for_risks_of_new() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO risk_look (order_id)
    SELECT DISTINCT m.order_id FROM moved m JOIN customer_order o ON o.id = m.order_id
    WHERE m.followed AND NOT m.passed AND o.status <> 'cancelled';
    RETURN NULL;
END $$;
DROP TRIGGER milestone_made_risk ON milestone;
CREATE TRIGGER milestone_made_risk AFTER INSERT ON milestone REFERENCING NEW TABLE AS moved FOR EACH STATEMENT
    EXECUTE FUNCTION look_for_risks_of_new();
