"""Timers of arrivals: one may be near."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.orders.arrivals import store
from services.orders.arrivals.domain import arrival
from services.orders.delays.store import start_of
from services.orders.shipments import store as shipments
from shared.contracts.shipments import ShipmentArriving
from shared.database.pool import Tx
from shared.messaging.record import Stamp, append
from shared.timers import Due, TimerHandlers, set_timer

_PATIENCE = timedelta(days=60)
"""So long after the arrival that the carrier said a shipment is still looked at."""


async def arriving(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Tell of the arrivals that are near, and look again while there is one to come."""
    stamp, today = Stamp.of_timer(now), now.date()
    for shipment in await shipments.lock_by_id(tx, [timer.subject for timer in due]):
        if shipment.eta is None or today > shipment.eta + _PATIENCE:
            continue
        coming = await store.coming(tx, shipment.id, shipment.number)
        eta, again = arrival([order.eta for order in coming.orders], coming.told, shipment.eta, coming.notice, today)
        if eta is not None:
            event = ShipmentArriving(
                shipment_id=shipment.id, number=shipment.number, eta=eta, transport=shipment.transport, orders=coming.orders
            )
            await store.tell(tx, shipment.id, eta)
            await append(tx, stamp, [await shipments.counted(tx, shipment, [event])])
        await set_timer(tx, store.ARRIVING, shipment.id, start_of(again))


TIMERS: TimerHandlers = {store.ARRIVING: arriving}
