"""The timer of chases: silence is told further up, day after day, as far as there is anybody that day."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.chases import store
from services.orders.chases.domain import asked_about, escalate, heeded
from services.orders.planning import store as planning
from shared.contracts.chases import ChaseEscalated
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def silent(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Ask the manager of whoever was asked last, too, and look again tomorrow, also where nobody is further up today; each chase under its
    lock. One that is over is looked at again when it is not any more.
    """
    for timer in sorted(due, key=lambda one: one.subject):
        known = await store.lock(tx, timer.subject)
        (plan,) = await planning.read_plans(tx, [known.order_id], now.date())
        later = escalate(known, plan, await store.manager_of(tx, known.escalated_to or known.asked), now.date())
        if later is not None and later.escalated_to is not None:
            told, about, to = later.told(), asked_about(later, plan), later.escalated_to
            link = await store.sealed_to(tx, later, to)
            event = ChaseEscalated(chase=told, about=about, level=later.level, to=to, personal=link)
            await store.save(tx, Stamp.of_timer(now), later, event)
        elif heeded(known, plan):
            await store.heed(tx, [known], now)


TIMERS: TimerHandlers = {store.SILENT: silent}
