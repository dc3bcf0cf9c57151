-- What a letter of credit wants may be missed though no date moves: an order gains a line, or its shipment goes otherwise than said before.
CREATE FUNCTION wake_credits(orders uuid[]) RETURNS void LANGUAGE sql SET search_path = public, pg_temp AS $$
    INSERT INTO timer AS t (kind, subject, due_at, payload)
    SELECT DISTINCT w.kind, w.subject, 'epoch'::timestamptz, '{}'::jsonb
    FROM order_watch w WHERE w.kind = 'watch_credit' AND w.order_id = ANY(orders) ORDER BY w.kind, w.subject
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = t.due_at + interval '1 microsecond', tries = 0, retry_at = NULL;
$$;

-- A part of a line adds nothing to what the order is worth.
CREATE FUNCTION wake_credits_of_lines() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM wake_credits(ARRAY(SELECT DISTINCT m.order_id FROM made m WHERE m.part_of IS NULL));
    RETURN NULL;
END $$;
CREATE TRIGGER line_made_credit AFTER INSERT ON order_line REFERENCING NEW TABLE AS made FOR EACH STATEMENT
    EXECUTE FUNCTION wake_credits_of_lines();

-- At the end of the command: it locks orders after their shipment, and their timers after them.
CREATE FUNCTION wake_credits_of_shipment() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM wake_credits(ARRAY(SELECT DISTINCT m.order_id FROM milestone m WHERE m.shipment = NEW.number));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER shipment_goes_otherwise AFTER UPDATE OF mode, vessel, voyage, containers, transhipment_ports ON shipment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.mode, OLD.vessel, OLD.voyage, OLD.containers, OLD.transhipment_ports)
          IS DISTINCT FROM (NEW.mode, NEW.vessel, NEW.voyage, NEW.containers, NEW.transhipment_ports))
    EXECUTE FUNCTION wake_credits_of_shipment();
