"""What a day that has passed moves: what did not happen is expected today, and what waits for it accordingly."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.planning import inserts, store
from services.orders.planning.domain import recount
from services.orders.planning.inserts import Context
from shared.database.pool import Tx
from shared.messaging.record import Stamp, append
from shared.timers import Due, TimerHandlers

DAY_PASSED = "day_passed"
"""Timer on an order that was looked at, of which something still to come was expected before today; and on each open order once, by a
migration, where an update of the suite reckons otherwise."""


async def day_passed(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Estimate these orders anew, and tell what moved. The look at warnings finds them, on the day after something was expected."""
    plans = await store.lock_by_id(tx, [timer.subject for timer in due], now.date())
    settled = [moved for plan in plans.values() if plan.status == "open" and (moved := recount(plan, "day_passed")) is not None]
    if settled:
        await inserts.save(tx, settled, Context(now, "timer", "api", "day_passed"))
        await append(tx, Stamp.of_timer(now), inserts.facts(settled))


TIMERS: TimerHandlers = {DAY_PASSED: day_passed}
