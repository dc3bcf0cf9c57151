"""Timers of delays: the day has come on which the customer was promised news."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.delays import store
from shared.contracts.orders import DelayNewsDue
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def news_due(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Tell that news are due, for the delays that are still open; locks them as everywhere, by what they are of."""
    places = await store.places(tx, [timer.subject for timer in due])
    for place in sorted(places, key=lambda place: (store.LOCKED.index(place.kind), place.aggregate)):
        await store.lock_place(tx, place)
        delay = await store.read(tx, place.delay_id)
        if delay.status == "open" and delay.next_news_on is not None and store.start_of(delay.next_news_on) <= now:
            stamp = Stamp.of_timer(now)
            await store.tell(tx, stamp, delay, DelayNewsDue(delay_id=delay.delay_id, due_on=delay.next_news_on))


TIMERS: TimerHandlers = {store.NEWS_DUE: news_due}
