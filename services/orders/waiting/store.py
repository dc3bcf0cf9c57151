"""What had happened and could not be recorded, in the database: recorded with what it waited for, and told with that as one move."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from services.orders.corrections import store as corrections
from services.orders.corrections.domain import Righted
from services.orders.corrections.store import CORRECTED
from services.orders.materials import store as materials
from services.orders.milestones import store as milestones
from services.orders.milestones.domain import Recorded
from services.orders.planning.model import Plan, Settled
from services.orders.production import store as production
from services.orders.tracking import following
from services.orders.tracking import store as tracking
from services.orders.tracking.domain import TRACKED
from services.orders.waiting.domain import Step, as_one
from services.orders.watches.store import watched
from shared.database.pool import Tx
from shared.messaging.record import Stamp, append

Waited = Callable[[Tx, Sequence[Plan], datetime], Awaitable[list[Settled]]]
"""What can be recorded now of locked orders, which are not written yet; of those of which anything can."""

WAITED: Mapping[str, tuple[str, Waited]] = {
    materials.MOVED: (materials.FED, materials.waited),
    production.MOVED: (production.REPORTED, production.waited),
    tracking.AGAIN: (TRACKED, following.waited),
}
"""By the watch on orders of which something may wait, why the ledger has it, and what it is; in the order in which it happens."""


async def record(tx: Tx, stamp: Stamp, recorded: Sequence[Recorded]) -> list[Recorded]:
    """Save actual dates, as `follow` does."""
    day = max((one.achieved.actual for one in recorded), default=None)
    whole = await follow(tx, stamp, [one.settled for one in recorded], "actual_recorded", day)
    return [replace(one, settled=settled) for one, settled in zip(recorded, whole, strict=True)]


async def follow(
    tx: Tx, stamp: Stamp, settled: Sequence[Settled], because: str, day: date | None = None, *, righted: Righted | None = None
) -> list[Settled]:
    """Write what was recorded or said of orders that are locked, their shipments too, after what was `righted` first, with what had
    happened and waited for it, and tell all that moved each as one move; what is over with it ends on that day, or today. Answers each
    order as it is then.
    """
    steps = {one.after.order_id: [Step(one, because)] for one in settled}
    if righted is not None and righted.corrected:
        steps[righted.settled.after.order_id].insert(0, Step(righted.settled, CORRECTED))
    waiting = await watched(tx, list(WAITED), list(steps))
    for kind, (reason, waited) in WAITED.items():
        plans = [steps[order_id][-1].settled.after for order_id in waiting[kind]]
        if reason != because and (going_on := [plan for plan in plans if plan.status != "cancelled"]):
            for one in await waited(tx, going_on, stamp.time):
                steps[one.after.order_id].append(Step(one, reason))
    found = {order_id: as_one(own) for order_id, own in steps.items()}
    written = [step for _, parts in found.values() for step in parts]
    for reason in dict.fromkeys([CORRECTED, because, *(reason for reason, _ in WAITED.values())]):
        own = [step.settled for step in written if step.because == reason]
        await milestones.write(tx, stamp, own, reason, righted.reason if righted is not None else None)
    whole = [found[one.after.order_id][0] for one in settled]
    await milestones.tell(tx, stamp, whole, day)
    if righted is not None and righted.corrected:
        await append(tx, stamp, await corrections.held(tx, whole, stamp.time))
    return whole
