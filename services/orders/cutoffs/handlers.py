"""Timers of cut-offs: what is expected too late for one, was not done when it passed, or comes after the departure, is told once of each
revision.
"""

from collections.abc import Sequence
from datetime import datetime

from services.orders.cutoffs import store
from services.orders.shipments import store as shipments
from services.orders.tasks import store as tasks
from shared.contracts.event import Event
from shared.contracts.shipments import CutoffFacts, ShipmentCutoffAtRisk
from shared.database.pool import Tx
from shared.messaging.record import Stamp, append
from shared.timers import Due, TimerHandlers


async def look(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Look at the cut-offs of each shipment that are to come."""
    stamp = Stamp.of_timer(now)
    for shipment in await shipments.lock_by_id(tx, [timer.subject for timer in due]):
        cutoffs = [one for one in await store.looked(tx, shipment.number, None) if not one.met]
        events: list[Event] = [
            ShipmentCutoffAtRisk(
                shipment_id=shipment.id,
                number=shipment.number,
                cutoff=CutoffFacts.model_validate(one.model_dump()),
                missed=one.missed(now),
                overtaken=one.overtaken,
                orders=one.late,
            )
            for one in cutoffs
            if one.told != one.revision and (one.late or one.overtaken or one.missed(now))
        ]
        if events:
            await store.tell(tx, shipment.id, [event.cutoff.kind for event in events if isinstance(event, ShipmentCutoffAtRisk)])
            await append(tx, stamp, [await shipments.counted(tx, shipment, events)])
        await tasks.note(tx, [shipment.id])
        await store.look_again(tx, shipment, [one.at for one in cutoffs if one.at > now], now)


TIMERS: TimerHandlers = {store.LOOK: look, store.MOVED: look}
