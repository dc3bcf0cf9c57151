"""The projections as statements over the whole archive: what the folds make of events one after the other, each table in one step.

For a rebuild's empty tables. Of a key the last whole row counts, then the last value of each part told after it; the order is that of
archiving, which within an aggregate is that of its events.
"""

from dataclasses import dataclass

from services.reporting.projections.bulk_exceptions import EXCEPTION, EXCEPTION_ORDER
from services.reporting.projections.bulk_notices import NOTICE, NOTICE_DATE, NOTICE_ORDER

# One pass of the archive, parsed once for all that reads it: `event` are the events up to $1 of the types in $2, and of those the ones of
# the aggregates in one part of $3 + 1 (none or a power of two, less one), whose number is $4.
_EVENT = """
WITH event AS MATERIALIZED (
    SELECT a.position, a.aggregate, a.sequence, a.type, e.id, e.time, coalesce(e.historical, false) AS historical, e.correlationid, e.data
    FROM public.archive a
    CROSS JOIN LATERAL jsonb_to_record(convert_from(a.body, 'UTF8')::jsonb)
        AS e (id uuid, time timestamptz, historical boolean, correlationid text, data jsonb)
    WHERE a.position <= $1 AND a.type = ANY($2) AND uuid_hash(a.aggregate) & $3 = $4
)"""

_CUSTOMER = """, customer_filled AS (
WITH whole AS (
    SELECT DISTINCT ON (c.customer_id) e.position, c.customer_id, c.code, c.name, c.country, c.grade, c.prospect_class, c.owner
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data -> 'customer')
        AS c (customer_id uuid, code text, name text, country text, grade text, prospect_class text, owner text)
    WHERE e.type IN ('customers.customer.created.v1', 'customers.customer.changed.v1') ORDER BY c.customer_id, e.position DESC
), moved AS (
    SELECT DISTINCT ON (aggregate) position, (data ->> 'customer_id')::uuid AS customer_id, data ->> 'after' AS owner
    FROM event WHERE type = 'customers.owner.transferred.v1' ORDER BY aggregate, position DESC
)
INSERT INTO customer (id, code, name, country, grade, prospect_class, owner)
SELECT w.customer_id, w.code, w.name, w.country, w.grade, w.prospect_class, coalesce(m.owner, w.owner)
FROM whole w LEFT JOIN moved m ON m.customer_id = w.customer_id AND m.position > w.position
)"""
_STAFF = """, staff_filled AS (
INSERT INTO staff (login, department, team, manager, active)
SELECT DISTINCT ON (s.login) s.login, s.department, s.team, s.manager, coalesce(s.active, true)
FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data) AS s (login text, department text, team text, manager text, active boolean)
WHERE e.type = 'customers.staff.changed.v1'
ORDER BY s.login, e.position DESC
)"""
_SUPPLIER = """, supplier_filled AS (
INSERT INTO supplier (code, id, name)
SELECT DISTINCT ON (s.code) s.code, s.supplier_id, s.name
FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data) AS s (code text, supplier_id uuid, name text)
WHERE e.type = 'orders.supplier.created.v1'
ORDER BY s.code, e.position DESC
)"""
_SHIPMENT = """, shipment_filled AS (
INSERT INTO shipment (number, id, mode, carrier, vessel, voyage, booking, transport_document, port_of_loading, port_of_discharge)
SELECT DISTINCT ON (s.number) s.number, s.shipment_id, t.mode, t.carrier, t.vessel, t.voyage, t.booking, t.transport_document,
       t.port_of_loading, t.port_of_discharge
FROM event e
CROSS JOIN LATERAL jsonb_to_record(e.data) AS s (number text, shipment_id uuid, transport jsonb)
CROSS JOIN LATERAL jsonb_to_record(s.transport)
    AS t (mode text, carrier text, vessel text, voyage text, booking text, transport_document text, port_of_loading text,
          port_of_discharge text)
WHERE e.type IN ('orders.shipment.created.v1', 'orders.shipment.changed.v1')
ORDER BY s.number, e.position DESC
)"""
_SALES_ORDER = """, sales_order_filled AS (
INSERT INTO sales_order (id, number, customer_id, customer_code, customer_po, trade_type, incoterm, delivery_point, currency, ordered_on,
                         template, source, historical, created_at)
SELECT DISTINCT ON (o.order_id) o.order_id, o.number, o.customer_id, o.customer_code, o.customer_po, o.trade_type, o.incoterm,
       o.delivery_point, o.currency, o.ordered_on, o.template, o.source, e.historical, e.time
FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data)
    AS o (order_id uuid, number text, customer_id uuid, customer_code text, customer_po text, trade_type text, incoterm text,
          delivery_point text, currency text, ordered_on date, template text, source text)
WHERE e.type = 'orders.order.created.v1'
ORDER BY o.order_id, e.position DESC
)"""
# `agreed` follows the promises one by one: each counts when the one it replaces is what was agreed, and had not passed by then.
_LINE = """, line_filled AS (
WITH whole AS (
    SELECT DISTINCT ON (e.aggregate, l.line) e.position, e.aggregate, l.line, l.item, l.quantity, l.uom, l.amount, l.supplier, l.shipment,
           l.requested, l.promised, l.delivered
    FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.data -> 'lines')
        AS (line text, item text, quantity numeric, uom text, amount numeric, supplier text, shipment text, requested date, promised date,
            delivered date)) WITH ORDINALITY
        AS l (line, item, quantity, uom, amount, supplier, shipment, requested, promised, delivered, n)
    WHERE e.type IN ('orders.order.created.v1', 'orders.order.lines_added.v1')
    ORDER BY e.aggregate, l.line, e.position DESC, l.n DESC
), part AS (
    SELECT e.position, e.aggregate, e.type, e.time, l.line, l.before, l.after, l.revision, l.delivered, l.n
    FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.data -> 'lines')
        AS (line text, before date, after date, revision integer, delivered date)) WITH ORDINALITY
        AS l (line, before, after, revision, delivered, n)
    WHERE e.type IN ('orders.plan.reestimated.v1', 'orders.promise.changed.v1', 'orders.milestone.achieved.v1')
), later AS (
    SELECT p.* FROM part p JOIN whole w ON w.aggregate = p.aggregate AND w.line = p.line AND p.position > w.position
), estimated AS (
    SELECT DISTINCT ON (aggregate, line) aggregate, line, after FROM later
    WHERE type = 'orders.plan.reestimated.v1' ORDER BY aggregate, line, position DESC, n DESC
), delivered AS (
    SELECT DISTINCT ON (aggregate, line) aggregate, line, delivered FROM later
    WHERE type = 'orders.milestone.achieved.v1' ORDER BY aggregate, line, position DESC, n DESC
), promised AS MATERIALIZED (
    SELECT aggregate, line, before, after, revision, (time AT TIME ZONE 'UTC')::date AS day,
           row_number() OVER (PARTITION BY aggregate, line ORDER BY position, n) AS step
    FROM later WHERE type = 'orders.promise.changed.v1'
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
                  promise_revision, estimated, delivered)
SELECT w.aggregate, w.line, w.item, w.quantity, w.uom, w.amount, w.supplier, w.shipment, w.requested, w.promised,
       coalesce(a.agreed, w.promised), coalesce(p.after, w.promised), coalesce(p.revision, 0), e.after, coalesce(d.delivered, w.delivered)
FROM whole w LEFT JOIN estimated e USING (aggregate, line) LEFT JOIN delivered d USING (aggregate, line)
LEFT JOIN last p USING (aggregate, line) LEFT JOIN agreeing a USING (aggregate, line)
)"""
_MILESTONE = """, milestone_filled AS (
WITH whole AS (
    SELECT DISTINCT ON (e.aggregate, coalesce(p.shipment, ''), p.milestone) e.position, e.aggregate, coalesce(p.shipment, '') AS leg,
           p.milestone, p.n - 1 AS ordinal, p.department, p.visible, p.planned, p.estimated, p.actual, p.revision
    FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.data -> 'plan')
        AS (shipment text, milestone text, department text, visible boolean, planned date, estimated date, actual date, revision integer))
        WITH ORDINALITY AS p (shipment, milestone, department, visible, planned, estimated, actual, revision, n)
    WHERE e.type IN ('orders.order.created.v1', 'orders.order.lines_added.v1')
    ORDER BY e.aggregate, coalesce(p.shipment, ''), p.milestone, e.position DESC, p.n DESC
), moved AS (
    SELECT DISTINCT ON (e.aggregate, coalesce(m.shipment, ''), m.milestone) e.position, e.aggregate, coalesce(m.shipment, '') AS leg,
           m.milestone, m.after, m.revision
    FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.data -> 'nodes')
        AS (shipment text, milestone text, after date, revision integer)) WITH ORDINALITY AS m (shipment, milestone, after, revision, n)
    WHERE e.type = 'orders.plan.reestimated.v1'
    ORDER BY e.aggregate, coalesce(m.shipment, ''), m.milestone, e.position DESC, m.n DESC
), happened AS (
    SELECT DISTINCT ON (e.aggregate, coalesce(h.shipment, ''), h.milestone) e.position, e.aggregate, coalesce(h.shipment, '') AS leg,
           h.milestone, h.actual
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data) AS h (shipment text, milestone text, actual date, complete boolean)
    WHERE e.type = 'orders.milestone.achieved.v1' AND coalesce(h.complete, true)
    ORDER BY e.aggregate, coalesce(h.shipment, ''), h.milestone, e.position DESC
)
INSERT INTO milestone (order_id, leg, milestone, ordinal, department, visible, planned, estimated, actual, revision)
SELECT w.aggregate, w.leg, w.milestone, w.ordinal, w.department, w.visible, w.planned, coalesce(m.after, w.estimated),
       coalesce(h.actual, w.actual), coalesce(m.revision, w.revision)
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
_DELAY = """, delay_filled AS (
WITH told AS (
    SELECT e.position, e.id AS event, e.time, e.historical, e.correlationid, d.delay_id, d.order_id, d.shipment, d.milestone, d.revision,
           d.new_date, d.causes, d.under_investigation, d.action, d.next_news_on, d.logged_by
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data -> 'delay')
        AS d (delay_id uuid, order_id uuid, shipment text, milestone text, revision integer, new_date date, causes jsonb,
              under_investigation boolean, action jsonb, next_news_on date, logged_by text)
    WHERE e.type IN ('orders.delay.logged.v1', 'orders.delay.updated.v1')
), first AS (
    SELECT DISTINCT ON (delay_id) delay_id, logged_by, time, event, correlationid FROM told ORDER BY delay_id, position
), whole AS (
    SELECT DISTINCT ON (delay_id) position, delay_id, order_id, shipment, milestone, revision, new_date, causes, under_investigation,
           action, next_news_on, historical
    FROM told ORDER BY delay_id, position DESC
), part AS (
    SELECT e.position, e.type, d.delay_id, d.causes, d.under_investigation, d.revision, d.closed_on, d.due_on
    FROM event e CROSS JOIN LATERAL jsonb_to_record(e.data)
        AS d (delay_id uuid, causes jsonb, under_investigation boolean, revision integer, closed_on date, due_on date)
    WHERE e.type IN ('orders.delay.attributed.v1', 'orders.delay.retracted.v1', 'orders.delay.closed.v1', 'orders.delay.news_due.v1')
), later AS (
    SELECT p.delay_id, max(p.position) FILTER (WHERE p.type = 'orders.delay.attributed.v1') AS attributed,
           max(p.position) FILTER (WHERE p.type = 'orders.delay.retracted.v1') AS retracted,
           max(p.position) FILTER (WHERE p.type = 'orders.delay.closed.v1') AS closed,
           max(p.position) FILTER (WHERE p.type = 'orders.delay.news_due.v1') AS due
    FROM part p JOIN whole w ON w.delay_id = p.delay_id AND p.position > w.position GROUP BY p.delay_id
)
INSERT INTO delay (id, order_id, shipment, milestone, revision, status, new_date, causes, under_investigation, action, next_news_on,
                   news_due_on, closed_on, historical, logged_by, logged_at, logged_event, correlation_id)
SELECT w.delay_id, w.order_id, w.shipment, w.milestone, coalesce(r.revision, w.revision),
       CASE WHEN greatest(l.retracted, l.closed) IS NULL THEN 'open' WHEN greatest(l.retracted, l.closed) = l.retracted THEN 'retracted'
            ELSE 'closed' END,
       w.new_date,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('code', c -> 'code', 'party', c -> 'party', 'days', c -> 'days') ORDER BY n), '[]')
        FROM jsonb_array_elements(coalesce(a.causes, w.causes)) WITH ORDINALITY AS cause (c, n)),
       coalesce(a.under_investigation, w.under_investigation), jsonb_strip_nulls(w.action), w.next_news_on, n.due_on, c.closed_on,
       w.historical, f.logged_by, f.time, f.event, f.correlationid
FROM whole w JOIN first f USING (delay_id) LEFT JOIN later l USING (delay_id)
LEFT JOIN part a ON a.position = l.attributed LEFT JOIN part r ON r.position = l.retracted
LEFT JOIN part c ON c.position = l.closed LEFT JOIN part n ON n.position = l.due
)"""
_DELAY_ORDER = """, delay_order_filled AS (
WITH touched AS (
    SELECT e.position, (e.data -> 'delay' ->> 'delay_id')::uuid AS delay_id, o.order_id, o.number, o.customer_id, o.before, o.after, o.n
    FROM event e CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.data -> 'delay' -> 'orders')
        AS (order_id uuid, number text, customer_id uuid, before date, after date)) WITH ORDINALITY
        AS o (order_id, number, customer_id, before, after, n)
    WHERE e.type IN ('orders.delay.logged.v1', 'orders.delay.updated.v1')
)
INSERT INTO delay_order (delay_id, order_id, number, customer_id, before, after)
SELECT DISTINCT ON (delay_id, order_id) delay_id, order_id, number, customer_id,
       first_value(before) OVER (PARTITION BY delay_id, order_id ORDER BY position, n), after
FROM touched ORDER BY delay_id, order_id, position DESC, n DESC
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
_FILLED = " SELECT count(*) FROM event"


@dataclass(frozen=True, slots=True)
class Fill:
    """Tables that are made of the same events. In `parts` (one, or a power of two) they can be filled at the same time: no row is made of
    events of two aggregates. `statement` takes the last position, the types, parts - 1 and the part's number."""

    tables: tuple[str, ...]
    types: tuple[str, ...]
    statement: str
    parts: int = 1


def _types(prefix: str, *ends: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{end}.v1" for end in ends)


FILLS = (
    Fill(
        ("sales_order", "line", "milestone", "promise_change", "delay_effect"),
        _types("orders", "order.created", "order.lines_added", "plan.reestimated", "promise.changed", "milestone.achieved"),
        _EVENT + _SALES_ORDER + _LINE + _MILESTONE + _PROMISE_CHANGE + _DELAY_EFFECT + _FILLED,
        parts=2,
    ),
    Fill(
        ("notice", "notice_order", "notice_date"),
        _types("notifications.message", "queued", "suppressed", "unreachable", "sent", "failed", "cancelled"),
        _EVENT + NOTICE + NOTICE_ORDER + NOTICE_DATE + _FILLED,
        parts=2,
    ),
    Fill(
        ("delay", "delay_order"),
        _types("orders.delay", "logged", "updated", "attributed", "retracted", "closed", "news_due"),
        _EVENT + _DELAY + _DELAY_ORDER + _FILLED,
        parts=2,
    ),
    Fill(
        ("exception", "exception_order"),
        _types("orders.exception", "opened", "changed", "closed"),
        _EVENT + EXCEPTION + EXCEPTION_ORDER + _FILLED,
        parts=2,
    ),
    Fill(
        ("customer", "staff", "supplier", "shipment"),
        (
            *_types("customers", "customer.created", "customer.changed", "owner.transferred", "staff.changed"),
            *_types("orders", "supplier.created", "shipment.created", "shipment.changed"),
        ),
        _EVENT + _CUSTOMER + _STAFF + _SUPPLIER + _SHIPMENT + _FILLED,
    ),
)
"""Those that take longest first."""
