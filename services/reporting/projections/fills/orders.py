"""Fills orders, their lines, plans and promises, and what delays did to their dates."""

from services.reporting.projections.fills.fill import Fill, types

_SALES_ORDER = """, sales_order_filled AS (
INSERT INTO sales_order (id, number, customer_id, customer_code, customer_po, trade_type, incoterm, delivery_point, currency, ordered_on,
                         template, source, historical, created_at)
SELECT DISTINCT ON (o.order_id) o.order_id, o.number, o.customer_id, o.customer_code, o.customer_po, o.trade_type, o.incoterm,
       o.delivery_point, o.currency, coalesce(d.ordered_on, o.ordered_on), o.template, o.source, e.historical, e.time
FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data)
    AS o (order_id uuid, number text, customer_id uuid, customer_code text, customer_po text, trade_type text, incoterm text,
          delivery_point text, currency text, ordered_on date, template text, source text)
LEFT JOIN (
    SELECT DISTINCT ON (aggregate) aggregate, position, (data ->> 'ordered_on')::date AS ordered_on
    FROM event WHERE type = 'orders.order.day_corrected.v1' ORDER BY aggregate, position DESC
) AS d ON d.aggregate = e.aggregate AND d.position > e.position
WHERE e.type = 'orders.order.created.v1'
ORDER BY o.order_id, e.position DESC
)"""
# `agreed` follows the promises one by one: each counts when the one it replaces is what was agreed, and had not passed by then. A part of
# a line that was split comes whole, with the promises of the line.
_LINE = """, line_filled AS (
WITH whole AS (
    SELECT DISTINCT ON (e.aggregate, l.line) e.position, e.aggregate, l.line, l.item, l.quantity, l.uom, l.amount, l.supplier, l.shipment,
           l.requested, l.promised, l.delivered, (e.data ->> 'estimated')::date AS estimated
    FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(
            CASE e.type WHEN 'orders.order.line_split.v1'
                THEN jsonb_build_array((e.data -> 'part') || jsonb_build_object('promised', e.data #> '{promises,0,day}'))
                ELSE e.data -> 'lines' END)
        AS (line text, item text, quantity numeric, uom text, amount numeric, supplier text, shipment text, requested date, promised date,
            delivered date)) WITH ORDINALITY
        AS l (line, item, quantity, uom, amount, supplier, shipment, requested, promised, delivered, n)
    WHERE e.type IN ('orders.order.created.v1', 'orders.order.lines_added.v1', 'orders.order.line_split.v1')
    ORDER BY e.aggregate, l.line, e.position DESC, l.n DESC
), split AS (
    SELECT e.position, e.aggregate, e.data ->> 'line' AS line, e.data #>> '{part,line}' AS part, e.data -> 'promises' AS promises,
           (e.data ->> 'quantity')::numeric AS quantity, (e.data ->> 'amount')::numeric AS amount
    FROM event e WHERE e.type = 'orders.order.line_split.v1'
), joined AS (
    SELECT e.position, e.aggregate, e.data ->> 'line' AS line, e.data ->> 'part' AS part,
           (e.data ->> 'quantity')::numeric AS quantity, (e.data ->> 'amount')::numeric AS amount
    FROM event e WHERE e.type = 'orders.order.line_joined.v1'
), rest AS (
    SELECT DISTINCT ON (aggregate, line) aggregate, line, position, quantity, amount FROM (
        SELECT aggregate, line, position, quantity, amount FROM split
        UNION ALL SELECT aggregate, line, position, quantity, amount FROM joined
    ) AS said ORDER BY aggregate, line, position DESC
), shipped AS (
    SELECT DISTINCT ON (e.aggregate, l.line) e.position, e.aggregate, l.line, l.after
    FROM event e CROSS JOIN LATERAL jsonb_to_recordset(e.data -> 'lines') AS l (line text, after text)
    WHERE e.type = 'orders.order.lines_moved.v1' ORDER BY e.aggregate, l.line, e.position DESC
), part AS (
    SELECT e.position, e.aggregate, e.type, e.time, l.line, l.before, coalesce(l.after, l.estimated) AS after, l.revision, l.delivered, l.n
    FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.data -> 'lines')
        AS (line text, before date, after date, estimated date, revision integer, delivered date)) WITH ORDINALITY
        AS l (line, before, after, estimated, revision, delivered, n)
    WHERE e.type IN ('orders.plan.reestimated.v1', 'orders.promise.changed.v1', 'orders.milestone.achieved.v1',
                     'orders.milestone.corrected.v1')
), later AS (
    SELECT p.* FROM part p JOIN whole w ON w.aggregate = p.aggregate AND w.line = p.line AND p.position > w.position
), estimated AS (
    SELECT DISTINCT ON (aggregate, line) aggregate, line, after FROM later
    WHERE type IN ('orders.plan.reestimated.v1', 'orders.milestone.corrected.v1') ORDER BY aggregate, line, position DESC, n DESC
), delivered AS (
    SELECT DISTINCT ON (aggregate, line) aggregate, line, true AS told, delivered FROM later
    WHERE type IN ('orders.milestone.achieved.v1', 'orders.milestone.corrected.v1') ORDER BY aggregate, line, position DESC, n DESC
), cancelled AS (
    SELECT DISTINCT ON (e.aggregate, l.line) e.position, e.aggregate, l.line, (e.time AT TIME ZONE 'UTC')::date AS cancelled_on
    FROM event e CROSS JOIN LATERAL jsonb_array_elements_text(e.data -> 'lines') AS l (line)
    WHERE e.type IN ('orders.order.cancelled.v1', 'orders.order.lines_cancelled.v1') ORDER BY e.aggregate, l.line, e.position DESC
), promised AS MATERIALIZED (
    SELECT aggregate, line, before, after, revision, day, row_number() OVER (PARTITION BY aggregate, line ORDER BY position, n) AS step
    FROM (
        SELECT aggregate, line, before, after, revision, (time AT TIME ZONE 'UTC')::date AS day, position, n
        FROM later WHERE type = 'orders.promise.changed.v1'
        UNION ALL
        SELECT s.aggregate, s.part, lag(p.day) OVER (PARTITION BY s.position ORDER BY p.n), p.day, p.revision, p.made_on, s.position, p.n
        FROM split s CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(s.promises) AS (day date, revision integer, made_on date))
            WITH ORDINALITY AS p (day, revision, made_on, n)
    ) AS made WHERE before IS NOT NULL
), last AS (
    SELECT DISTINCT ON (aggregate, line) aggregate, line, after, revision FROM promised ORDER BY aggregate, line, step DESC
), agreeing AS (
    WITH RECURSIVE walk AS (
        SELECT w.aggregate, w.line, 0::bigint AS step, w.promised AS agreed FROM whole w JOIN last USING (aggregate, line)
        UNION ALL
        SELECT p.aggregate, p.line, p.step, CASE WHEN k.agreed = p.before AND p.day <= p.before THEN p.after ELSE k.agreed END
        FROM walk k JOIN promised p ON p.aggregate = k.aggregate AND p.line = k.line AND p.step = k.step + 1
    )
    SELECT DISTINCT ON (aggregate, line) aggregate, line, agreed FROM walk ORDER BY aggregate, line, step DESC
)
INSERT INTO line (order_id, line, item, quantity, uom, amount, supplier, shipment, requested, first_promised, agreed, promised,
                  promise_revision, estimated, delivered, cancelled_on)
SELECT w.aggregate, w.line, w.item, CASE WHEN r.position > w.position THEN r.quantity ELSE w.quantity END, w.uom,
       CASE WHEN r.position > w.position THEN r.amount ELSE w.amount END, w.supplier,
       CASE WHEN s.position > w.position THEN s.after ELSE w.shipment END, w.requested, w.promised,
       coalesce(a.agreed, w.promised), coalesce(p.after, w.promised), coalesce(p.revision, 0), coalesce(e.after, w.estimated),
       CASE WHEN d.told THEN d.delivered ELSE w.delivered END, CASE WHEN c.position > w.position THEN c.cancelled_on END
FROM whole w LEFT JOIN estimated e USING (aggregate, line) LEFT JOIN delivered d USING (aggregate, line)
LEFT JOIN rest r USING (aggregate, line) LEFT JOIN shipped s USING (aggregate, line) LEFT JOIN cancelled c USING (aggregate, line)
LEFT JOIN last p USING (aggregate, line) LEFT JOIN agreeing a USING (aggregate, line)
WHERE NOT EXISTS (SELECT FROM joined j WHERE j.aggregate = w.aggregate AND j.part = w.line AND j.position > w.position)
)"""
_MILESTONE = """, milestone_filled AS (
WITH whole AS (
    SELECT DISTINCT ON (e.aggregate, coalesce(p.shipment, ''), p.milestone) e.position, e.aggregate, coalesce(p.shipment, '') AS leg,
           p.milestone, p.n - 1 AS ordinal, p.department, p.visible, p.planned, p.estimated, p.actual, p.revision, p.due
    FROM event e CROSS JOIN LATERAL (
        SELECT e.data -> 'plan' AS plan
        WHERE e.type IN ('orders.order.created.v1', 'orders.order.lines_added.v1', 'orders.plan.rebaselined.v1')
        UNION ALL
        SELECT leg -> 'plan' FROM jsonb_array_elements(e.data -> 'legs') AS leg WHERE e.type = 'orders.order.lines_moved.v1'
    ) AS made CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(made.plan)
        AS (shipment text, milestone text, department text, visible boolean, planned date, estimated date, actual date, revision integer,
            due date)) WITH ORDINALITY AS p (shipment, milestone, department, visible, planned, estimated, actual, revision, due, n)
    WHERE e.type IN ('orders.order.created.v1', 'orders.order.lines_added.v1', 'orders.order.lines_moved.v1', 'orders.plan.rebaselined.v1')
    ORDER BY e.aggregate, coalesce(p.shipment, ''), p.milestone, e.position DESC, p.n DESC
), moved AS (
    SELECT DISTINCT ON (e.aggregate, coalesce(m.shipment, ''), m.milestone) e.position, e.aggregate, coalesce(m.shipment, '') AS leg,
           m.milestone, coalesce(m.after, m.estimated) AS after, m.revision, m.due
    FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(
            CASE e.type WHEN 'orders.plan.reestimated.v1' THEN e.data -> 'nodes' ELSE jsonb_build_array(e.data) END)
        AS (shipment text, milestone text, after date, estimated date, revision integer, due date)) WITH ORDINALITY
        AS m (shipment, milestone, after, estimated, revision, due, n)
    WHERE e.type IN ('orders.plan.reestimated.v1', 'orders.milestone.corrected.v1')
    ORDER BY e.aggregate, coalesce(m.shipment, ''), m.milestone, e.position DESC, m.n DESC
), happened AS (
    SELECT DISTINCT ON (e.aggregate, coalesce(h.shipment, ''), h.milestone) e.position, e.aggregate, coalesce(h.shipment, '') AS leg,
           h.milestone, true AS told, h.actual
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data) AS h (shipment text, milestone text, actual date, complete boolean)
    WHERE e.type IN ('orders.milestone.achieved.v1', 'orders.milestone.corrected.v1') AND coalesce(h.complete, true)
    ORDER BY e.aggregate, coalesce(h.shipment, ''), h.milestone, e.position DESC
)
INSERT INTO milestone (order_id, leg, milestone, ordinal, department, visible, planned, estimated, actual, revision, due)
SELECT w.aggregate, w.leg, w.milestone, w.ordinal, w.department, w.visible, w.planned, coalesce(m.after, w.estimated),
       CASE WHEN h.told THEN h.actual ELSE w.actual END, coalesce(m.revision, w.revision),
       CASE WHEN m.position IS NULL THEN w.due ELSE m.due END
FROM whole w
LEFT JOIN moved m ON m.aggregate = w.aggregate AND m.leg = w.leg AND m.milestone = w.milestone AND m.position > w.position
LEFT JOIN happened h ON h.aggregate = w.aggregate AND h.leg = w.leg AND h.milestone = w.milestone AND h.position > w.position
)"""
_PROMISE_CHANGE = """, promise_change_filled AS (
INSERT INTO promise_change (order_id, line, revision, before, after, reason, delay_id, changed_at)
SELECT DISTINCT ON (e.aggregate, l.line, l.revision) e.aggregate, l.line, l.revision, l.before, l.after, e.data ->> 'reason',
       (e.data ->> 'delay_id')::uuid, e.time
FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.data -> 'lines')
    AS (line text, revision integer, before date, after date)) WITH ORDINALITY AS l (line, revision, before, after, n)
WHERE e.type = 'orders.promise.changed.v1'
ORDER BY e.aggregate, l.line, l.revision, e.position DESC, l.n DESC
)"""
_DELAY_EFFECT = """, delay_effect_filled AS (
INSERT INTO delay_effect (order_id, sequence, delay_id, delay_revision, told_moved, earliest_before, historical, event)
SELECT e.aggregate, e.sequence, d.delay_id, d.revision, m.count, m.earliest, e.historical, e.id
FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data -> 'delay') AS d (delay_id uuid, revision integer)
CROSS JOIN LATERAL (
    SELECT count(*) AS count, min(before) AS earliest FROM (
        SELECT before FROM jsonb_to_recordset(e.data -> 'nodes') AS n (visible boolean, before date, after date)
        WHERE visible AND before <> after
        UNION ALL
        SELECT before FROM jsonb_to_recordset(e.data -> 'lines') AS l (before date, after date) WHERE before <> after
    ) AS told
) AS m
WHERE e.type = 'orders.plan.reestimated.v1' AND e.data ->> 'because' IN ('delay_logged', 'delay_updated')
  AND jsonb_typeof(e.data -> 'delay') = 'object'
)"""

FILL = Fill(
    ("sales_order", "line", "milestone", "promise_change", "delay_effect"),
    (
        *types("orders.order", "created", "day_corrected", "lines_added", "line_split", "line_joined", "lines_moved"),
        *types("orders.order", "cancelled", "lines_cancelled"),
        *types("orders", "plan.reestimated", "plan.rebaselined", "promise.changed", "milestone.achieved", "milestone.corrected"),
    ),
    _SALES_ORDER + _LINE + _MILESTONE + _PROMISE_CHANGE + _DELAY_EFFECT,
)
