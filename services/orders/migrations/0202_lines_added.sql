-- Lines that an order gains may make a leg of their own: what there is of material for it is asked then as when lines are regrouped. Nothing
-- was reported, checked or inspected of them yet.
CREATE FUNCTION look_at_material_of_new_lines() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO timer AS t (kind, subject, due_at, payload)
    SELECT 'material_regrouped', n.order_id, 'epoch'::timestamptz, '{}'::jsonb
    FROM (SELECT DISTINCT order_id FROM made ORDER BY order_id) AS n
    WHERE EXISTS (SELECT FROM material_line m WHERE m.order_id = n.order_id)
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = t.due_at + interval '1 microsecond', tries = 0, retry_at = NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER line_made AFTER INSERT ON order_line REFERENCING NEW TABLE AS made FOR EACH STATEMENT
    EXECUTE FUNCTION look_at_material_of_new_lines();
