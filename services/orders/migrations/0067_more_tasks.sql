-- Tasks about advice, inspections and material; a shortage that is seen to is no task of its order any more.
CREATE OR REPLACE FUNCTION look_for_tasks() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('INSERT INTO task_look (root) SELECT DISTINCT m.%1$I FROM moved m WHERE m.%1$I IS NOT NULL', TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER advice_made_task AFTER INSERT ON advice REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER advice_moved_task AFTER UPDATE ON advice REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER inspection_made_task AFTER INSERT ON inspection REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER inspection_moved_task AFTER UPDATE ON inspection REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER material_made_task AFTER INSERT ON material_line REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER material_moved_task AFTER UPDATE ON material_line REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER shortage_moved_task AFTER UPDATE ON order_exception REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
