"""The timer of orders whose lines were regrouped after their stock was checked."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.shipments import store as shipments
from services.orders.stock import domain, store
from services.orders.waiting import store as waiting
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def regrouped(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Record what the checks say has happened to the lines that are in a leg now."""
    plans = await shipments.lock_orders_by_id(tx, [timer.subject for timer in due], now.date())
    settled = [domain.regrouped(plan, await store.standing(tx, order_id)) for order_id, plan in plans.items() if plan.status == "open"]
    await waiting.follow(tx, Stamp.of_timer(now), [one for one in settled if one.events], store.CHECKED)


TIMERS: TimerHandlers = {store.REGROUPED: regrouped}
