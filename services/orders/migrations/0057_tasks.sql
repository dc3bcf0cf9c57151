-- Tasks: what stood on somebody's work list as it was told last, and what to look at again.
CREATE TABLE task (
    id         uuid PRIMARY KEY,
    -- Events told of it so far.
    version    bigint NOT NULL CHECK (version >= 1),
    kind       text NOT NULL,
    -- What is looked at as a whole: an order, a delay, a request, a shipment, an exception, a credit.
    root       uuid NOT NULL,
    key        text NOT NULL,
    subject    uuid NOT NULL,
    order_id   uuid,
    "order"    text,
    customer   uuid,
    shipment   text,
    about      text,
    department text,
    logins     text[] NOT NULL,
    roles      text[] NOT NULL,
    barred     text,
    followers  boolean NOT NULL,
    due        date,
    deed       text NOT NULL,
    urgent     boolean NOT NULL,
    -- One open task of a kind and matter.
    UNIQUE (root, kind, key),
    -- It is somebody's.
    CHECK (followers OR department IS NOT NULL OR cardinality(logins) + cardinality(roles) > 0)
);
CREATE INDEX task_cutoff ON task (customer) WHERE kind = 'cutoff';

-- Roots to be looked at, added by whatever changes what stands. A row each time: nobody waits for another's.
CREATE TABLE task_look (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    root     uuid NOT NULL
);

-- For any table: the argument names the column with the root.
CREATE FUNCTION look_for_tasks() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('INSERT INTO task_look (root) SELECT DISTINCT %I FROM moved', TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER document_made_task AFTER INSERT ON document REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER document_moved_task AFTER UPDATE ON document REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER clause_made_task AFTER INSERT ON clause REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER clause_moved_task AFTER UPDATE ON clause REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER chase_made_task AFTER INSERT ON chase REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER chase_moved_task AFTER UPDATE ON chase REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('order_id');
CREATE TRIGGER approval_made_task AFTER INSERT ON approval_request REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('id');
CREATE TRIGGER approval_moved_task AFTER UPDATE ON approval_request REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('id');
CREATE TRIGGER action_made_task AFTER INSERT ON exception_action REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('exception_id');
CREATE TRIGGER action_moved_task AFTER UPDATE ON exception_action REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('exception_id');
CREATE TRIGGER exception_moved_task AFTER UPDATE ON order_exception REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('id');
CREATE TRIGGER credit_moved_task AFTER UPDATE ON credit REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('id');
CREATE TRIGGER credit_risk_made_task AFTER INSERT ON credit_risk REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('credit_id');
CREATE TRIGGER credit_risk_gone_task AFTER DELETE ON credit_risk REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('credit_id');
CREATE TRIGGER cutoff_made_task AFTER INSERT ON shipment_cutoff REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('shipment_id');
CREATE TRIGGER cutoff_moved_task AFTER UPDATE ON shipment_cutoff REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('shipment_id');
CREATE TRIGGER cutoff_gone_task AFTER DELETE ON shipment_cutoff REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION look_for_tasks('shipment_id');

-- Delays are logged by the hundred: one that asks nothing and owes no news today costs nothing here.
CREATE FUNCTION look_for_delay_tasks() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO task_look (root) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER delay_made_task AFTER INSERT ON delay FOR EACH ROW
    WHEN (NEW.ask IS NOT NULL OR NEW.next_news_on <= (NEW.logged_at AT TIME ZONE 'UTC')::date) EXECUTE FUNCTION look_for_delay_tasks();
CREATE TRIGGER delay_moved_task AFTER UPDATE OF status, ask, ask_by, next_news_on ON delay FOR EACH ROW
    WHEN (num_nonnulls(OLD.ask, OLD.next_news_on, NEW.ask, NEW.next_news_on) > 0) EXECUTE FUNCTION look_for_delay_tasks();
