"""Timer of tracking: what carriers said had happened, and could not be recorded, is tried again when its order has moved."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.tracking import store
from services.orders.tracking.following import follow
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def follow_again(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Have the orders of each shipment follow all that was said of it once more."""
    await follow(tx, Stamp.of_timer(now), [timer.subject for timer in due])


TIMERS: TimerHandlers = {store.AGAIN: follow_again}
