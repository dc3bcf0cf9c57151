-- What is behind us of a plan, as the planner decides and writes it: a milestone has passed when it has happened, or when something of its
-- leg has that cannot happen before it: what waits for its finish, near or far, by links other than from start to start.
ALTER TABLE milestone ADD COLUMN passed boolean;

WITH RECURSIVE link AS (
    SELECT t.code, t.revision, a->>'milestone' AS before, m->>'code' AS after
    FROM template_revision t CROSS JOIN jsonb_array_elements(t.document->'milestones') AS m
    CROSS JOIN jsonb_array_elements(coalesce(m->'after', '[]')) AS a
    WHERE a->>'waits' IS DISTINCT FROM 'start_to_start'
), later AS (
    SELECT code, revision, before, after FROM link
    UNION SELECT e.code, e.revision, e.before, k.after
    FROM later e JOIN link k ON k.code = e.code AND k.revision = e.revision AND k.before = e.after
)
UPDATE milestone m SET passed = m.actual IS NOT NULL OR EXISTS (
    SELECT FROM later e JOIN milestone p ON p.code = e.after
    WHERE e.code = o.template AND e.revision = o.template_revision AND e.before = m.code
        AND p.order_id = m.order_id AND p.shipment IS NOT DISTINCT FROM m.shipment AND p.actual IS NOT NULL)
FROM customer_order o WHERE o.id = m.order_id;

ALTER TABLE milestone
    ALTER COLUMN passed SET NOT NULL,
    ADD CONSTRAINT milestone_that_happened_has_passed CHECK (passed OR actual IS NULL);
