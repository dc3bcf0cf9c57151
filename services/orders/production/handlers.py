"""The timers of orders of which reports say more than could be recorded, or other things since their lines were regrouped."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.orders.production import domain, store
from services.orders.production.domain import Followed
from services.orders.production.model import Progress
from services.orders.shipments import store as shipments
from services.orders.waiting import store as waiting
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def order_moved(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Record what is possible now; an order of which nothing is left to record is not watched any more."""
    await _follow(tx, due, now, lambda known: domain.retry(known, now.date()))


async def regrouped(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Let each leg follow the reports on the lines that are in it now."""
    await _follow(tx, due, now, lambda known: domain.regrouped(known, now))


async def _follow(tx: Tx, due: Sequence[Due], now: datetime, anew: Callable[[Progress], Followed]) -> None:
    plans = await shipments.lock_orders_by_id(tx, [timer.subject for timer in due], now.date())
    known = await store.progress(tx, list(plans.values()))
    followed = {order_id: anew(one) for order_id, one in known.items() if one.plan.status == "open"}
    settled = [one.settled for one in followed.values() if one.settled.events]
    await waiting.follow(tx, Stamp.of_timer(now), settled, store.REPORTED)
    for order_id in plans:
        await store.watch_order(tx, order_id, followed[order_id].waits if order_id in followed else False)


TIMERS: TimerHandlers = {store.MOVED: order_moved, store.REGROUPED: regrouped}
