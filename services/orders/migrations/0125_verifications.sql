-- Tasks about open exceptions, and about actions that wait for their verification: neither by who owns one nor by who did it.
ALTER TABLE task ALTER COLUMN barred TYPE text[] USING CASE WHEN barred IS NOT NULL THEN ARRAY[barred] END;
CREATE INDEX exception_action_done ON exception_action (exception_id) WHERE status = 'done';
CREATE TRIGGER exception_made_task AFTER INSERT ON order_exception REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('id');
