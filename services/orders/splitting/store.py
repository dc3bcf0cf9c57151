"""Lines that are split and joined, in the database: the part has everything that was said of the line, and its ledger."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import asyncpg

from services.orders.splitting.model import Known
from services.orders.splitting.words import apart as apart_by
from shared.contracts.event import Event
from shared.contracts.legs import LineJoined, LineSplit, PromiseMade
from shared.contracts.orders import OrderLine
from shared.contracts.production import ProductionProgressed, ProgressReport
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.record import Stamp

_LINES = """
SELECT line, item, quantity, uom, amount, supplier, supplier_term, shipment, requested, promised, delivered, shown_by, part_of,
    joined_into
FROM order_line WHERE order_id = $1 AND line = ANY($2::text[])
"""
_CURRENCY = "SELECT currency FROM customer_order WHERE id = $1"
_PROMISES = """
SELECT day, revision, (recorded_at AT TIME ZONE 'UTC')::date AS made_on
FROM promise_entry WHERE order_id = $1 AND line = $2 AND kind = 'promised' ORDER BY id
"""
_REPORTED = "id AS report_id, line, stage, day, done, total, revision, reason"
# The ledger of the part begins with the entries of the line, with what they answer and who approved them. What he asked for and waits for
# is asked of both. Inspections and customs entries that there are, are of both; what comes later is of the lines that it names. Of what was
# reported as made each has its own: what is said to be of the part, and what the rest has no room for. A total that was stated was that of
# the whole.
_SPLIT = f"""
WITH rest AS (
    UPDATE order_line SET quantity = $4, amount = $5 WHERE order_id = $1 AND line = $2
), part AS (
    INSERT INTO order_line (order_id, line, item, quantity, uom, amount, supplier, supplier_term, shipment, requested, asked,
        first_promised, promised, promise_revision, estimated, estimate_revision, part_of)
    SELECT order_id, $3, item, $6, uom, $7, supplier, supplier_term, shipment, requested, asked, first_promised, promised,
        promise_revision, estimated, estimate_revision, coalesce(part_of, line)
    FROM order_line WHERE order_id = $1 AND line = $2
), entries AS (
    INSERT INTO promise_entry (order_id, line, shipment, kind, day, revision, recorded_at, actor, source, delay_id, reason, came_of)
    SELECT order_id, $3, shipment, kind, day, revision, recorded_at, actor, source, delay_id, reason, id
    FROM promise_entry WHERE order_id = $1 AND line = $2 ORDER BY id
    RETURNING id, came_of
), replies AS (
    INSERT INTO promise_reply (entry, replies_to, note)
    SELECT e.id, r.id, y.note
    FROM promise_reply y JOIN entries e ON e.came_of = y.entry LEFT JOIN entries r ON r.came_of = y.replies_to
), approvals AS (
    INSERT INTO promise_approval (order_id, line, revision, approval)
    SELECT order_id, $3, revision, approval FROM promise_approval WHERE order_id = $1 AND line = $2
), made AS (
    SELECT order_id, line, stage, nth, revision, day, done, total, greatest(least(done, coalesce($8::numeric, 0)), done - $4, 0) AS parted
    FROM production_standing WHERE order_id = $1 AND line = $2
), unmade AS (
    INSERT INTO production_report (id, order_id, line, stage, nth, revision, day, done, total, reason, reported_by, reported_at)
    SELECT gen_random_uuid(), order_id, line, stage, nth, revision + 1, day, done - parted, NULL, $9, $10, $11
    FROM made WHERE parted > 0 OR total IS NOT NULL
    RETURNING {_REPORTED}
), reported AS (
    INSERT INTO production_report (id, order_id, line, stage, nth, revision, day, done, total, reason, reported_by, reported_at)
    SELECT gen_random_uuid(), order_id, $3, stage, nth, 0, day, parted, NULL, NULL, $10, $11 FROM made
    RETURNING {_REPORTED}
), inspections AS (
    UPDATE inspection SET lines = lines || $3::text WHERE order_id = $1 AND $2 = ANY(lines)
), customs AS (
    INSERT INTO customs_line (entry_id, order_id, line) SELECT entry_id, order_id, $3 FROM customs_line WHERE order_id = $1 AND line = $2
), documents AS (
    INSERT INTO document_waiting (document_id, order_id, line, missing)
    SELECT document_id, order_id, $3, missing FROM document_waiting WHERE order_id = $1 AND line = $2
), requests AS (
    INSERT INTO promise_request_line (request, order_id, line, entry, answer)
    SELECT q.request, q.order_id, $3, e.id, q.answer FROM promise_request_line q JOIN entries e ON e.came_of = q.entry
)
SELECT * FROM unmade UNION ALL SELECT * FROM reported ORDER BY line, stage, day
"""
# What keeps two parts from being one line: something is said of one alone. A day that is reported of both, and nothing since, adds up.
_APART = """
SELECT 'production', string_agg(DISTINCT d.stage, ', ') FROM (
    (SELECT stage, nth, day FROM production_standing WHERE order_id = $1 AND line = $2
     EXCEPT SELECT stage, nth, day FROM production_standing WHERE order_id = $1 AND line = $3)
    UNION ALL
    (SELECT stage, nth, day FROM production_standing WHERE order_id = $1 AND line = $3
     EXCEPT SELECT stage, nth, day FROM production_standing WHERE order_id = $1 AND line = $2)
) d HAVING count(*) > 0
UNION ALL
SELECT 'inspection', i.day::text FROM inspection i
WHERE i.order_id = $1 AND i.state <> 'withdrawn' AND ($2 = ANY(i.lines)) <> ($3 = ANY(i.lines))
UNION ALL
SELECT 'customs', e.number
FROM customs_line c JOIN customs_entry e ON e.id = c.entry_id
WHERE c.order_id = $1 AND c.line IN ($2, $3) GROUP BY e.id HAVING count(*) = 1
UNION ALL
SELECT 'material', m.material FROM material_line m
WHERE m.order_id = $1 AND m.line = $3 AND m.state IN ('planned', 'ordered', 'short')
UNION ALL
SELECT 'clause', c.reference FROM clause c
WHERE c.order_id = $1 AND c.line = $3 AND c.status = 'open'
UNION ALL
SELECT 'request', NULL
WHERE (SELECT q.request FROM promise_request_line q WHERE q.order_id = $1 AND q.line = $2 AND q.answer IS NULL)
    IS DISTINCT FROM (SELECT q.request FROM promise_request_line q WHERE q.order_id = $1 AND q.line = $3 AND q.answer IS NULL)
"""
# What was reported as made of both is made of the line, day by day, as if it had never been split.
_JOIN = f"""
WITH line AS (
    UPDATE order_line SET quantity = $4, amount = $5 WHERE order_id = $1 AND line = $2
), part AS (
    UPDATE order_line SET cancelled = 'joined', joined_into = $2 WHERE order_id = $1 AND line = $3
), documents AS (
    -- What the part waits for the line does, where neither is in a shipment.
    INSERT INTO document_waiting (document_id, order_id, line, missing)
    SELECT w.document_id, w.order_id, l.line, w.missing
    FROM document_waiting w JOIN order_line l ON l.order_id = w.order_id AND l.line = $2 AND l.shipment IS NULL
    WHERE w.order_id = $1 AND w.line = $3
    ON CONFLICT (document_id, line) DO UPDATE SET missing = document_waiting.missing OR excluded.missing
)
INSERT INTO production_report (id, order_id, line, stage, nth, revision, day, done, total, reason, reported_by, reported_at)
SELECT gen_random_uuid(), p.order_id, p.line, p.stage, p.nth, p.revision + 1, p.day, p.done + o.done,
    CASE WHEN num_nonnulls(p.total, o.total) > 0 THEN coalesce(p.total, $4 - w.quantity) + coalesce(o.total, w.quantity) END, $6, $7, $8
FROM production_standing p JOIN production_standing o USING (order_id, stage, nth)
    JOIN order_line w ON w.order_id = o.order_id AND w.line = o.line
WHERE p.order_id = $1 AND p.line = $2 AND o.line = $3
RETURNING {_REPORTED}
"""


async def lines(tx: Tx, order_id: UUID, numbers: Collection[str]) -> Mapping[str, Known]:
    """Those of the lines that there are, cancelled ones, too."""
    found = {}
    for row in await tx.fetch(_LINES, order_id, list(numbers)):
        *told, part_of, joined_into = row.values()
        found[row["line"]] = Known(OrderLine(**dict(zip(OrderLine.model_fields, told, strict=True))), part_of, joined_into)
    return found


async def currency(tx: Tx, order_id: UUID) -> str | None:
    found: str | None = await tx.fetchval(_CURRENCY, order_id)
    return found


async def promises(tx: Tx, order_id: UUID, line: str) -> list[PromiseMade]:
    """Every promise that was made of a line, in order."""
    return [PromiseMade(**dict(row)) for row in await tx.fetch(_PROMISES, order_id, line)]


async def apart(tx: Tx, order_id: UUID, line: str, part: str) -> list[Both]:
    """What is said of one of two parts of a line alone, in words."""
    return [apart_by(kind, what, part) for kind, what in await tx.fetch(_APART, order_id, line, part)]


async def split(tx: Tx, stamp: Stamp, split: LineSplit, made: Decimal | None) -> list[Event]:
    """Write the part of a line whose order is locked; what is told of it is the caller's to append."""
    rest, part = (split.quantity, split.amount), (split.part.quantity, split.part.amount)
    said = (split.reason, stamp.actor, stamp.time)
    rows = await tx.fetch(_SPLIT, split.order_id, split.line, split.part.line, *rest, *part, made, *said)
    quantities = {split.line: split.quantity, split.part.line: split.part.quantity}
    return [split, *_progressed(split, rows, quantities, split.part)]


async def join(tx: Tx, stamp: Stamp, joined: LineJoined, line: OrderLine) -> list[Event]:
    """Write that a part is of its line again, whose order is locked; what is told of it is the caller's to append."""
    said = (joined.reason, stamp.actor, stamp.time)
    rows = await tx.fetch(_JOIN, joined.order_id, joined.line, joined.part, joined.quantity, joined.amount, *said)
    return [joined, *_progressed(joined, rows, {joined.line: joined.quantity}, line)]


def _progressed(
    about: LineSplit | LineJoined, rows: Sequence[asyncpg.Record], quantities: Mapping[str, Decimal], line: OrderLine
) -> list[Event]:
    """What is made of each line from now on, where anything was reported of it."""
    reports = tuple(
        ProgressReport(**{**dict(row), "total": row["total"] or quantities[row["line"]]}, shipment=line.shipment, uom=line.uom)
        for row in rows
    )
    if not reports:
        return []
    order = {"order_id": about.order_id, "number": about.number, "customer_id": about.customer_id}
    return [ProductionProgressed(**order, reports=reports, expected=())]
