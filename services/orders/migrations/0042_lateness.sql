-- An order whose last line is delivered is looked at once more: what its lateness came from is told.
CREATE FUNCTION look_at_lateness() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO timer (kind, subject, due_at, payload) VALUES ('order_completed', NEW.id, 'epoch', '{}') ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER order_completed AFTER UPDATE OF status ON customer_order FOR EACH ROW
    WHEN (NEW.status = 'completed' AND OLD.status <> 'completed') EXECUTE FUNCTION look_at_lateness();
