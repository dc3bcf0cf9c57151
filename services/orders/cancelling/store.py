"""Orders and lines that are cancelled, in the database: what they were, who asked for it, and what it leaves."""

from services.orders.cancelling.domain import Cancelled
from services.orders.delays import inserts as delays
from services.orders.planning import inserts as planned
from services.orders.planning.inserts import Context
from shared.contracts.cancellations import AskedBy
from shared.database.pool import Tx
from shared.messaging.record import Stamp, append

_CANCEL = """
WITH ended AS (
    DELETE FROM milestone m WHERE m.order_id = $1 AND NOT $3::boolean
        AND EXISTS (SELECT FROM unnest($4::text[]) AS n (shipment) WHERE n.shipment IS NOT DISTINCT FROM m.shipment)
), lines AS (
    UPDATE order_line l SET cancelled = CASE WHEN $3 THEN 'order' ELSE 'line' END WHERE l.order_id = $1 AND l.line = ANY($2::text[])
)
INSERT INTO order_cancellation (order_id, lines, whole, asked_by, reason, actor, recorded_at) VALUES ($1, $2, $3, $5, $6, $7, $8)
"""


async def save(tx: Tx, stamp: Stamp, cancelled: Cancelled, asked_by: AskedBy) -> None:
    """Write what is cancelled of an order that is locked, its shipments too, free it of its delays, and tell it."""
    settled, gone = cancelled.settled, cancelled.gone
    lines, legs = sorted(gone.lines), list(gone.legs)
    await tx.execute(_CANCEL, gone.plan.order_id, lines, gone.whole, legs, asked_by, gone.reason, stamp.actor, stamp.time)
    await planned.save(tx, [settled], Context(stamp.time, stamp.actor, "api", "lines_cancelled"))
    freed = sorted((delay.delay_id, gone.plan.order_id) for delay in cancelled.freed)
    await append(tx, stamp, [*planned.facts([settled]), *await delays.close_finished(tx, freed, stamp.time.date())])
