"""The timer of orders that wait for material: a date or a promise has moved, lines travel otherwise, or a word was taken back."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.materials import store
from services.orders.materials.domain import feed, needed_by
from services.orders.milestones import store as milestones
from services.orders.planning import store as planning
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def order_moved(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Count anew by when material is needed, and say when it comes where nobody says anything else."""
    plans = await planning.lock_by_id(tx, [timer.subject for timer in due], now.date())
    lines = await store.of_orders(tx, list(plans))
    counted = [(one, needed_by(plans[order_id], one)) for order_id, own in lines.items() for one in own if one.open]
    await store.recount(tx, [(one.material_id, day) for one, day in counted if day != one.need_by])
    settled = [fed for order_id, own in lines.items() if (fed := feed(plans[order_id], own, own, now)) is not None]
    await milestones.follow(tx, Stamp(time=now, correlation_id=str(new_id()), actor="timer"), settled, store.FED)


TIMERS: TimerHandlers = {store.MOVED: order_moved}
