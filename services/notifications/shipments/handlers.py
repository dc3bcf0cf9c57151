"""orders' shipments as they go now. What moved their goods is weighed in `messages`."""

from collections.abc import Sequence
from datetime import datetime

from services.notifications.shipments import store
from shared.contracts.shipments import ShipmentChanged
from shared.database.pool import Tx
from shared.messaging.received import Handlers, Received


async def keep_transports(tx: Tx, batch: Sequence[Received[ShipmentChanged]], now: datetime) -> None:
    await store.keep(tx, [received.data for received in batch])


HANDLERS: Handlers = ((ShipmentChanged, keep_transports),)
