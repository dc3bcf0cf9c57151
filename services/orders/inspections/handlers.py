"""The timer of orders whose lines were regrouped while inspections of them are planned, or have been made."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.inspections import domain, store
from services.orders.production import store as production
from services.orders.shipments import store as shipments
from services.orders.waiting import store as waiting
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def regrouped(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Let each leg follow the inspections of the lines that are in it now."""
    plans = await shipments.lock_orders_by_id(tx, [timer.subject for timer in due], now.date())
    made = await production.progress(tx, [plan for plan in plans.values() if plan.status == "open"])
    settled = [domain.regrouped(one, await store.of_order(tx, order_id), now) for order_id, one in made.items()]
    await waiting.follow(tx, Stamp.of_timer(now), [one for one in settled if one.events], "estimate_stated")


TIMERS: TimerHandlers = {store.REGROUPED: regrouped}
