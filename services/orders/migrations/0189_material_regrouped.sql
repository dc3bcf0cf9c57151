-- Material is of lines, too: what it says counts for the leg that they are in, and is asked anew when lines are regrouped.
CREATE OR REPLACE FUNCTION look_at_what_is_said_of_lines() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO timer AS t (kind, subject, due_at, payload)
    SELECT k.kind, NEW.order_id, 'epoch'::timestamptz, '{}'::jsonb
    FROM (VALUES
        ('inspections_regrouped', EXISTS (SELECT FROM inspection i WHERE i.order_id = NEW.order_id)),
        ('material_regrouped', EXISTS (SELECT FROM material_line m WHERE m.order_id = NEW.order_id)),
        ('production_regrouped', EXISTS (SELECT FROM production_report r WHERE r.order_id = NEW.order_id)),
        ('stock_regrouped', EXISTS (SELECT FROM stock_check c WHERE c.order_id = NEW.order_id))) AS k (kind, said)
    WHERE k.said ORDER BY k.kind
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = t.due_at + interval '1 microsecond', tries = 0, retry_at = NULL;
    RETURN NULL;
END $$;
