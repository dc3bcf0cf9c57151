"""The timer of actions: a day has passed without one that was due."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.exceptions import store
from services.orders.exceptions.domain import fall_overdue
from shared.contracts.exceptions import ExceptionChanged
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def actions_due(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Tell which actions fell overdue, each under the lock of its exception."""
    for exception_id, action_id in await store.of_actions(tx, [timer.subject for timer in due]):
        later = fall_overdue(await store.lock(tx, exception_id), action_id, now.date())
        if later is not None:
            stamp = Stamp.of_timer(now)
            await store.save(tx, stamp, later, ExceptionChanged(exception=later.told(), because="action_overdue", action_id=action_id))


TIMERS: TimerHandlers = {store.ACTION_DUE: actions_due}
