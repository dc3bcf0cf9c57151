"""What has happened, in the database: actual dates saved and corrected, with all that they move, end and bring back."""

from collections.abc import Sequence
from datetime import date

from services.orders.delays import inserts as delays
from services.orders.lateness import store as lateness
from services.orders.milestones.domain import Corrected, Recorded, delays_back, delays_over
from services.orders.planning import store as planning
from services.orders.planning.model import Settled
from services.orders.planning.store import Context
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append


async def save(tx: Tx, stamp: Stamp, recorded: Sequence[Recorded]) -> None:
    """Write actual dates of orders that are locked, their shipments too where a delay of one may end with this, and tell them."""
    settled = [one.settled for one in recorded]
    await planning.save(tx, settled, Context(stamp.time, stamp.actor, "api", "actual_recorded"))
    await append(tx, stamp, [*planning.facts(settled), *await freed(tx, settled, max(one.achieved.actual for one in recorded))])


async def save_corrected(tx: Tx, stamp: Stamp, corrected: Sequence[Corrected], reason: str) -> None:
    """Write actual dates that were corrected, of orders and shipments locked as for `save`, and tell them."""
    settled = [one.settled for one in corrected]
    await planning.save(tx, settled, Context(stamp.time, stamp.actor, "api", "actual_corrected", correction=reason))
    await append(tx, stamp, [*planning.facts(settled), *await held(tx, settled)])
    await lateness.look_again(tx, [one.after for one in settled], stamp.time)


async def freed(tx: Tx, settled: Sequence[Settled], day: date) -> list[Facts]:
    """Close the delays that orders left behind; what is told of the shipments and disruptions is the caller's to append."""
    over = sorted({(delay.delay_id, one.after.order_id) for one in settled for delay in delays_over(one.before, one.after)})
    return await delays.close_finished(tx, over, day)


async def held(tx: Tx, settled: Sequence[Settled]) -> list[Facts]:
    """Open the delays again whose milestones orders have before them again; as for `freed`."""
    back = sorted({(delay.delay_id, one.after.order_id) for one in settled for delay in delays_back(one.before, one.after)})
    return await delays.reopen(tx, back)
