"""Timers of letters of credit: their orders have changed, or another day has begun."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.orders.credits import store
from services.orders.credits.domain import news, risks
from services.orders.delays.store import start_of
from services.orders.planning import store as planning
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers, set_timers

DAILY = "watch_credit_day"
"""Timer on an open credit: the beginning of the next day."""


async def look(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Tell what newly endangers those credits and what does not any more, and look again tomorrow."""
    credits = await store.lock(tx, [timer.subject for timer in due])
    looked = await store.looked_at(tx, [credit.credit_id for credit in credits])
    plans = await planning.read_by_id(tx, {one.order_id for credit in credits for one in credit.orders}, now.date())
    found = []
    for credit in credits:
        before = looked[credit.credit_id]
        own = [plan for order in credit.orders if (plan := plans[order.order_id]).status != "cancelled"]
        kept, events = news(credit, before.told, risks(credit, own, before.value, now.date()))
        if events:
            found.append((credit, kept, events))
    await store.save_risks(tx, Stamp.of_timer(now), found)
    tomorrow = start_of(now.date() + timedelta(days=1))
    await set_timers(tx, DAILY, {credit.credit_id: tomorrow for credit in credits if credit.status == "open"})


TIMERS: TimerHandlers = {store.MOVED: look, DAILY: look}
