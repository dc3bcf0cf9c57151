"""customers' events into what orders knows of contacts."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.contacts import store
from shared.contracts.customers import ContactAdded, ContactChanged
from shared.database.pool import Tx
from shared.messaging.received import Handlers, Received


async def keep_contacts(tx: Tx, batch: Sequence[Received[ContactAdded | ContactChanged]], now: datetime) -> None:
    await store.save(tx, [received.data.contact for received in batch])


HANDLERS: Handlers = ((ContactAdded, keep_contacts), (ContactChanged, keep_contacts))
