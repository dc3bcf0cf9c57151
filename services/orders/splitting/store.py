"""Lines that are split, in the database: the part has everything that was said of the line, and its ledger."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from services.orders.production.store import MOVED as PRODUCED
from services.orders.splitting.model import Known
from shared.contracts.legs import LineSplit, PromiseMade
from shared.contracts.orders import OrderLine
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import set_timer

_LINES = """
SELECT line, item, quantity, uom, amount, supplier, supplier_term, shipment, requested, promised, delivered, part_of
FROM order_line WHERE order_id = $1 AND line = ANY($2::text[])
"""
_CURRENCY = "SELECT currency FROM customer_order WHERE id = $1"
_PROMISES = """
SELECT day, revision, (recorded_at AT TIME ZONE 'UTC')::date AS made_on
FROM promise_entry WHERE order_id = $1 AND line = $2 AND kind = 'promised' ORDER BY id
"""
# The ledger of the part begins with the entries of the line, with what they answer and who approved them. What he asked for and waits for
# is asked of both. An inspection is of the same goods. Of what was reported as made each has its own: what is said to be of the part, and
# what the rest has no room for. A total that was stated was that of the whole.
_SPLIT = """
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
), reported AS (
    INSERT INTO production_report (id, order_id, line, stage, nth, revision, day, done, total, reason, reported_by, reported_at)
    SELECT gen_random_uuid(), order_id, $3, stage, nth, 0, day, parted, NULL, NULL, $10, $11 FROM made
), inspections AS (
    UPDATE inspection SET lines = lines || $3::text WHERE order_id = $1 AND $2 = ANY(lines)
)
INSERT INTO promise_request_line (request, order_id, line, entry, answer)
SELECT q.request, q.order_id, $3, e.id, q.answer FROM promise_request_line q JOIN entries e ON e.came_of = q.entry
"""


async def lines(tx: Tx, order_id: UUID, numbers: Collection[str]) -> Mapping[str, Known]:
    """Those of the lines that there are, cancelled ones, too."""
    found = {}
    for row in await tx.fetch(_LINES, order_id, list(numbers)):
        *told, part_of = row.values()
        found[row["line"]] = Known(OrderLine(**dict(zip(OrderLine.model_fields, told, strict=True))), part_of)
    return found


async def currency(tx: Tx, order_id: UUID) -> str | None:
    found: str | None = await tx.fetchval(_CURRENCY, order_id)
    return found


async def promises(tx: Tx, order_id: UUID, line: str) -> list[PromiseMade]:
    """Every promise that was made of a line, in order."""
    return [PromiseMade(**dict(row)) for row in await tx.fetch(_PROMISES, order_id, line)]


async def write(tx: Tx, stamp: Stamp, split: LineSplit, made: Decimal | None) -> None:
    """Write the part of a line whose order is locked; what is told of it is the caller's to append.

    What can be recorded of either, now that less is to be made of each, is recorded once this is committed.
    """
    rest, part = (split.quantity, split.amount), (split.part.quantity, split.part.amount)
    said = (split.reason, stamp.actor, stamp.time)
    await tx.execute(_SPLIT, split.order_id, split.line, split.part.line, *rest, *part, made, *said)
    await set_timer(tx, PRODUCED, split.order_id, stamp.time)
