"""Orders that are completed: what their lateness came from is told."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.lateness import store
from services.orders.lateness.domain import told
from services.orders.planning import store as planning
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp
from shared.timers import Due, TimerHandlers


async def attribute(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Tell of each order, which is locked, what its lateness came from; not of one that is open again."""
    locked = await planning.lock_by_id(tx, [timer.subject for timer in due], now.date())
    plans = [plan for plan in locked.values() if plan.status == "completed"]
    found = await store.lateness(tx, plans)
    facts = [Facts(plan.order_id, plan.version, (told(plan, found[plan.order_id]),)) for plan in plans]
    await store.tell(tx, Stamp.of_timer(now), facts)


TIMERS: TimerHandlers = {store.COMPLETED: attribute}
