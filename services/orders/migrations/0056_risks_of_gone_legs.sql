-- Lines that leave a leg leave its risks behind: the order is looked at at once.
CREATE TRIGGER milestone_gone_risk AFTER DELETE ON milestone REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks();
