"""The timers of orders that wait for material: a date or a promise has moved, lines travel otherwise, a word was taken back; or what came
has passed its inspection.
"""

from collections.abc import Sequence
from datetime import datetime

from services.orders.materials import store
from services.orders.materials.domain import feed, needed_by, retry
from services.orders.milestones import store as milestones
from services.orders.planning import store as planning
from services.orders.planning.model import Settled
from services.orders.shipments import store as shipments
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def order_moved(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Count anew by when material is needed, and say when it comes where nobody says anything else."""
    plans = await planning.lock_by_id(tx, [timer.subject for timer in due], now.date())
    lines = await store.of_orders(tx, list(plans))
    counted = [(one, needed_by(plans[order_id], one)) for order_id, own in lines.items() for one in own if one.open]
    await store.recount(tx, [(one.material_id, day) for one, day in counted if day != one.need_by])
    await _save(tx, [feed(plans[order_id], own, own, now).settled for order_id, own in lines.items()], now)


async def passed(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Record what has happened with the material that is there, and a failed inspection kept from happening."""
    plans = await shipments.lock_orders_by_id(tx, [timer.subject for timer in due], now.date())
    lines = await store.of_orders(tx, [order_id for order_id, plan in plans.items() if plan.status == "open"])
    await _save(tx, [retry(plans[order_id], own) for order_id, own in lines.items()], now)


async def _save(tx: Tx, settled: Sequence[Settled], now: datetime) -> None:
    stamp = Stamp.of_timer(now)
    await milestones.follow(tx, stamp, [one for one in settled if one.events], store.FED)


TIMERS: TimerHandlers = {store.MOVED: order_moved, store.PASSED: passed}
