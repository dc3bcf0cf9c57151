"""Actual dates that were corrected, in the database, with all that comes back with that."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.corrections.domain import Corrected, delays_back, undone
from services.orders.cutoffs import store as cutoffs
from services.orders.delays import inserts as delays
from services.orders.lateness import store as lateness
from services.orders.planning import store as planning
from services.orders.planning.model import Settled
from services.orders.planning.store import Context
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append


async def save(tx: Tx, stamp: Stamp, corrected: Sequence[Corrected], reason: str) -> None:
    """Write actual dates that were corrected, of orders that are locked, their shipments too as delays of those may come back, and tell
    them.
    """
    settled = [one.settled for one in corrected]
    await planning.save(tx, settled, Context(stamp.time, stamp.actor, "api", "actual_corrected", correction=reason))
    await append(tx, stamp, [*planning.facts(settled), *await held(tx, settled, stamp.time)])
    await lateness.look_again(tx, [one.after for one in settled], stamp.time)


async def save_in_turn(tx: Tx, stamp: Stamp, corrected: Sequence[Corrected], reason: str) -> None:
    """The same for corrections of one order, each after the one before it."""
    for one in corrected:
        await save(tx, stamp, [one], reason)


async def held(tx: Tx, settled: Sequence[Settled], now: datetime) -> list[Facts]:
    """Open the delays again whose milestones orders have before them again, and look at the cut-offs that may not be met any more; what
    is told of the shipments and disruptions is the caller's to append.
    """
    await cutoffs.look_now(tx, undone(settled), now)
    back = sorted({(delay.delay_id, one.after.order_id) for one in settled for delay in delays_back(one.before, one.after)})
    return await delays.reopen(tx, back)
