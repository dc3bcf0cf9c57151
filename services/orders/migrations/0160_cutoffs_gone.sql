-- A shipment that leaves from another port has lost its cut-offs where the zone of that one is not known: its orders are looked at again.
CREATE TRIGGER cutoff_gone_risk AFTER DELETE ON shipment_cutoff REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_risks_of_cutoffs();
