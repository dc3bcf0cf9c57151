"""What has happened, in the database: actual dates saved with all that they move and end."""

from collections.abc import Sequence
from datetime import date

from services.orders.delays import inserts as delays
from services.orders.estimates import store as estimates
from services.orders.lateness import store as lateness
from services.orders.milestones.domain import Recorded, delays_over
from services.orders.planning import inserts as planned
from services.orders.planning.inserts import Context
from services.orders.planning.model import Settled
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append

# On one of another owner's customer.
_NAMED = """
SELECT EXISTS (
    SELECT FROM milestone m JOIN customer_order o ON o.id = m.order_id JOIN known_customer k ON k.id = o.customer_id
    WHERE o.number = $1 AND m.person = ANY($2::text[]) AND k.owner <> ALL($2))
"""


async def write(tx: Tx, stamp: Stamp, settled: Sequence[Settled]) -> None:
    """Write what was recorded of orders that are locked, their shipments too where a delay of one may end with this; `tell` tells it."""
    if settled:
        await planned.save(tx, settled, Context(stamp.time, stamp.actor, "api", "actual_recorded"))


async def tell(tx: Tx, stamp: Stamp, recorded: Sequence[Recorded]) -> None:
    """Tell what was recorded and is written, and end what is over with it."""
    if not recorded:
        return
    settled = [one.settled for one in recorded]
    await append(tx, stamp, [*planned.facts(settled), *await freed(tx, stamp, settled, max(one.achieved.actual for one in recorded))])
    await lateness.look_again(tx, [one.after for one in settled if one.before.status == "completed"], stamp.time)


async def follow(tx: Tx, stamp: Stamp, settled: Sequence[Settled], because: str) -> None:
    """Write what reports moved in orders that are locked, actual dates and words alike, and tell it; their shipments are locked, too."""
    await estimates.save(tx, settled, Context(stamp.time, stamp.actor, "api", because))
    await append(tx, stamp, [*planned.facts(settled), *await freed(tx, stamp, settled, stamp.time.date())])


async def freed(tx: Tx, stamp: Stamp, settled: Sequence[Settled], day: date) -> list[Facts]:
    """Close the delays that orders left behind; what is told of the shipments and disruptions is the caller's to append."""
    over = ((delay.delay_id, one.after) for one in settled for delay in delays_over(one.before, one.after))
    return await delays.end(tx, stamp, over, day)


async def named(tx: Tx, number: str, logins: Sequence[str]) -> bool:
    """Whether one of them is named on a milestone of an order whose customer none of them follows."""
    return bool(await tx.fetchval(_NAMED, number, logins))
