"""The timer of chases: silence is told further up, day after day, as far as there is anybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.orders.chases import store
from services.orders.chases.domain import asked_about, escalate
from services.orders.delays.store import start_of
from services.orders.planning import store as planning
from shared.contracts.chases import ChaseEscalated
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers, set_timer


async def silent(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Ask the manager of whoever was asked last, too, and look again tomorrow; each chase under its lock."""
    for timer in sorted(due, key=lambda one: one.subject):
        known = await store.lock(tx, timer.subject)
        (plan,) = await planning.read_plans(tx, [known.order_id], now.date())
        later = escalate(known, plan, await store.manager_of(tx, known.escalated_to or known.asked), now.date())
        if later is not None and later.escalated_to is not None:
            told, about = later.told(), asked_about(later, plan)
            event = ChaseEscalated(chase=told, about=about, level=later.level, to=later.escalated_to, personal=later.sealed_link)
            await store.save(tx, Stamp.of_timer(now), later, event)
            await set_timer(tx, store.SILENT, later.chase_id, start_of(now.date() + timedelta(days=1)))


TIMERS: TimerHandlers = {store.SILENT: silent}
