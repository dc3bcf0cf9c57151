-- What a letter of credit wants may be missed though no date moves: the order gains a line, or its shipment goes otherwise than said before.
CREATE TRIGGER line_made_watched AFTER INSERT ON order_line REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION wake_watchers();

CREATE FUNCTION wake_watchers_of_shipment() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO timer AS t (kind, subject, due_at, payload)
    SELECT DISTINCT w.kind, w.subject, 'epoch'::timestamptz, '{}'::jsonb
    FROM order_watch w WHERE w.order_id IN (SELECT m.order_id FROM milestone m WHERE m.shipment = NEW.number) ORDER BY w.kind, w.subject
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = t.due_at + interval '1 microsecond', tries = 0, retry_at = NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER shipment_goes_otherwise AFTER UPDATE OF mode, vessel, voyage, containers, transhipment_ports ON shipment FOR EACH ROW
    WHEN ((OLD.mode, OLD.vessel, OLD.voyage, OLD.containers, OLD.transhipment_ports)
          IS DISTINCT FROM (NEW.mode, NEW.vessel, NEW.voyage, NEW.containers, NEW.transhipment_ports))
    EXECUTE FUNCTION wake_watchers_of_shipment();
