"""What a day that has passed moves: what did not happen is expected today, and what waits for it accordingly."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.planning import store
from services.orders.planning.domain import recount
from services.orders.planning.store import Context
from services.orders.risks.store import DAY_PASSED
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Stamp, append
from shared.timers import Due, TimerHandlers


async def day_passed(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Estimate these orders anew, and tell what moved. The look at warnings finds them, on the day after something was expected."""
    plans = await store.lock_by_id(tx, [timer.subject for timer in due], now.date())
    settled = [moved for plan in plans.values() if plan.status == "open" and (moved := recount(plan, "day_passed")) is not None]
    if settled:
        await store.save(tx, settled, Context(now, "timer", "api", "day_passed"))
        await append(tx, Stamp(time=now, correlation_id=str(new_id()), actor="timer"), store.facts(settled))


TIMERS: TimerHandlers = {DAY_PASSED: day_passed}
