"""Timers of documents: dates of their orders have moved, or the day on which one is due is over."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.orders.documents import store
from services.orders.documents.domain import look
from services.orders.planning import store as planning
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def order_moved(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Count anew when those documents are due which those orders lack."""
    await _look(tx, await store.lacking(tx, [timer.subject for timer in due]), now)


async def day_over(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Tell which of those documents are overdue."""
    await _look(tx, [timer.subject for timer in due], now)


async def _look(tx: Tx, wanted: Collection[UUID], now: datetime) -> None:
    documents = await store.lock(tx, wanted)
    plans = await planning.read_by_id(tx, {document.order_id for document in documents}, now.date())
    found = [look(document, plans[document.order_id], now.date()) for document in documents]
    await store.save(tx, Stamp.of_timer(now), found)


TIMERS: TimerHandlers = {store.MOVED: order_moved, store.OVER: day_over}
