"""Days that were corrected, in the database, with all that comes back with that."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from services.orders.chases import store as chases
from services.orders.corrections import domain, words
from services.orders.corrections.domain import Corrected, Righted, delays_back, undone
from services.orders.cutoffs import store as cutoffs
from services.orders.delays import inserts as delays
from services.orders.lateness import store as lateness
from services.orders.planning import inserts as planned
from services.orders.planning.inserts import Context, columns
from services.orders.planning.model import Key, Plan, Settled
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append

CORRECTED = "actual_corrected"
"""Why the ledger has the dates that corrections moved."""

_PLACED = "SELECT ordered_on FROM customer_order WHERE id = $1"
# What was found in a shipment was found of the first of its orders that were placed.
_SAID = """
SELECT given_on, 'advice', topic FROM advice WHERE order_id = $1
UNION ALL SELECT asked_on, 'request', NULL FROM promise_request WHERE order_id = $1
UNION ALL SELECT due_on, 'clause', reference FROM clause WHERE order_id = $1 AND due_on IS NOT NULL
UNION ALL SELECT due_on, 'document', code FROM document WHERE order_id = $1 AND due_on IS NOT NULL
UNION ALL SELECT stepped_on, 'step', code FROM document WHERE order_id = $1 AND stepped_on IS NOT NULL
UNION ALL SELECT e.declared_on, 'customs', e.number FROM customs_entry e
    WHERE EXISTS (SELECT FROM customs_line l WHERE l.entry_id = e.id AND l.order_id = $1)
UNION ALL SELECT e.detected_on, 'exception', NULL FROM exception_order t JOIN order_exception e ON e.id = t.exception_id
    WHERE t.order_id = $1 AND NOT EXISTS (
        SELECT FROM exception_order x JOIN customer_order o ON o.id = x.order_id
        WHERE x.exception_id = e.id AND o.id <> $1 AND (o.source <> 'api' OR o.ordered_on IS NULL OR o.ordered_on <= e.detected_on))
"""
_PLACE = "UPDATE customer_order SET ordered_on = $2 WHERE id = $1"
# A delivery that was taken over from a file, and was none: what comes after it is followed as any.
_FOLLOWED = """
UPDATE milestone m SET followed = true FROM unnest($1::uuid[], $2::text[]) AS n (order_id, shipment)
WHERE m.order_id = n.order_id AND m.shipment IS NOT DISTINCT FROM n.shipment AND NOT m.followed
"""


async def placed(tx: Tx, order_id: UUID) -> tuple[date | None, list[tuple[date, Both]]]:
    """The day of a locked order, and what was said of it, each with its day."""
    before: date | None = await tx.fetchval(_PLACED, order_id)
    return before, [(day, words.said(kind, of, day)) for day, kind, of in await tx.fetch(_SAID, order_id)]


async def place(tx: Tx, stamp: Stamp, settled: Settled, day: date) -> None:
    """Write the day on which a locked order was placed, and tell it."""
    await tx.execute(_PLACE, settled.after.order_id, day)
    await planned.save(tx, [settled], Context(stamp.time, stamp.actor, "api", CORRECTED))
    await append(tx, stamp, planned.facts([settled]))


async def save(tx: Tx, stamp: Stamp, corrected: Sequence[Corrected], reason: str) -> None:
    """Write actual dates that were corrected, of orders that are locked, their shipments too as delays of those may come back, and tell
    them.
    """
    settled = [one.settled for one in corrected]
    await planned.save(tx, settled, Context(stamp.time, stamp.actor, "api", CORRECTED, correction=reason))
    await append(tx, stamp, [*planned.facts(settled), *await held(tx, settled, stamp.time)])
    await lateness.look_again(tx, [one.after for one in settled], stamp.time)


async def follow(tx: Tx, plan: Plan, was: Mapping[Key, date], now: Mapping[Key, date], reason: str) -> Righted:
    """Correct the actual dates that reports gave a locked order, of which they now say another day, or none. It is written and told with
    what they say now.
    """
    over = (await delays.over(tx, [plan.order_id])).get(plan.order_id, ())
    return domain.follow(plan, over, was, now, reason)


async def held(tx: Tx, settled: Sequence[Settled], now: datetime) -> list[Facts]:
    """Open the delays again whose milestones orders have before them again, follow what comes after a delivery that was none, look at the
    cut-offs that may not be met any more, and heed silence about what is asked again; what is told of the shipments and disruptions is the
    caller's to append.
    """
    delivered = [(one, leg) for one in settled for leg in one.after.legs() if one.before.delivered_on(leg)]
    if open_again := [(one.after.order_id, leg) for one, leg in delivered if one.after.delivered_on(leg) is None]:
        await tx.execute(_FOLLOWED, *columns(open_again, 2))
    legs = undone(settled)
    await cutoffs.look_now(tx, {shipment for _, shipment in legs if shipment is not None}, now)
    await chases.heed_again(tx, {order_id for order_id, _ in legs}, now)
    back = sorted({(delay.delay_id, one.after.order_id) for one in settled for delay in delays_back(one.before, one.after)})
    return await delays.reopen(tx, back)
