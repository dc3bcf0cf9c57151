"""What has happened, in the database: actual dates saved with all that they move and end."""

from collections.abc import Sequence
from datetime import date

from services.orders.delays import inserts as delays
from services.orders.estimates import store as estimates
from services.orders.lateness import store as lateness
from services.orders.milestones.domain import delays_over
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


async def write(tx: Tx, stamp: Stamp, settled: Sequence[Settled], because: str, correction: str | None = None) -> None:
    """Write what was recorded or said of orders that are locked, their shipments too where a delay of one may end with it; `correction`
    is why an actual date does not hold.
    """
    if settled:
        await estimates.save(tx, settled, Context(stamp.time, stamp.actor, "api", because, correction=correction))


async def tell(tx: Tx, stamp: Stamp, settled: Sequence[Settled], day: date | None = None) -> None:
    """Tell what is written, and end what is over with it, on that day or today."""
    if not settled:
        return
    await append(tx, stamp, [*planned.facts(settled), *await freed(tx, stamp, settled, day or stamp.time.date())])
    await lateness.look_again(tx, [one.after for one in settled if one.before.status == "completed"], stamp.time)


async def follow(tx: Tx, stamp: Stamp, settled: Sequence[Settled], because: str) -> None:
    """Write and tell what moved orders that are locked, their shipments too; what waited for it is looked for later."""
    await write(tx, stamp, settled, because)
    await tell(tx, stamp, settled)


async def freed(tx: Tx, stamp: Stamp, settled: Sequence[Settled], day: date) -> list[Facts]:
    """Close the delays that orders left behind; what is told of the shipments and disruptions is the caller's to append."""
    over = ((delay.delay_id, one.after) for one in settled for delay in delays_over(one.before, one.after))
    return await delays.end(tx, stamp, over, day)


async def named(tx: Tx, number: str, logins: Sequence[str]) -> bool:
    """Whether one of them is named on a milestone of an order whose customer none of them follows."""
    return bool(await tx.fetchval(_NAMED, number, logins))
