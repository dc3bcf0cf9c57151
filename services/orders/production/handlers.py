"""The timer of orders that reports could not bring as far as they say: something has happened since that they waited for."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.milestones import store as milestones
from services.orders.production import domain, store
from services.orders.shipments import store as shipments
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def order_moved(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Record what is possible now; an order of which nothing is left to record is not watched any more."""
    plans = await shipments.lock_orders_by_id(tx, [timer.subject for timer in due], now.date())
    known = await store.progress(tx, list(plans.values()))
    retried = {order_id: domain.retry(one, now.date()) for order_id, one in known.items() if one.plan.status == "open"}
    stamp = Stamp.of_timer(now)
    await milestones.follow(tx, stamp, [one.settled for one in retried.values() if one.recorded], store.REPORTED)
    for order_id in plans:
        await store.watch_order(tx, order_id, retried[order_id].waits if order_id in retried else False)


TIMERS: TimerHandlers = {store.MOVED: order_moved}
