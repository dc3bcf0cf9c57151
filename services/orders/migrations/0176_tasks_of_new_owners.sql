-- Who settles an exception, and who verifies its actions, hangs on who owns the customers it touches.
CREATE FUNCTION look_for_tasks_of_owner() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO task_look (root)
    SELECT DISTINCT e.id FROM customer_order o JOIN exception_order t ON t.order_id = o.id JOIN order_exception e ON e.id = t.exception_id
    WHERE o.customer_id = NEW.id AND e.status = 'open';
    RETURN NULL;
END $$;
CREATE TRIGGER owner_moved_task AFTER UPDATE OF owner ON known_customer FOR EACH ROW WHEN (OLD.owner IS DISTINCT FROM NEW.owner)
    EXECUTE FUNCTION look_for_tasks_of_owner();
