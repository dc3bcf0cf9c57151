"""Timers of clauses: dates of their orders have moved, or the day by which one was to be kept is over."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.clauses import store
from services.orders.clauses.domain import look
from services.orders.planning import store as planning
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def look_at(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """See how those clauses stand, and tell which were not kept, and which were after all."""
    clauses = [clause for clause in await store.lock(tx, [timer.subject for timer in due]) if clause.status == "open"]
    plans = await planning.read_by_id(tx, {clause.order_id for clause in clauses}, now.date())
    found = [look(clause, plans[clause.order_id], now.date()) for clause in clauses]
    await store.save_standing(tx, Stamp.of_timer(now), found)


TIMERS: TimerHandlers = {store.MOVED: look_at, store.OVER: look_at}
