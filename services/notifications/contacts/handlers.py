"""customers' events into contacts."""

from collections.abc import Sequence
from datetime import datetime

from services.notifications.contacts import store
from shared.contracts.customers import ContactAdded, ContactChanged
from shared.database.pool import Tx
from shared.messaging.keys import key_of
from shared.messaging.received import Handlers, Received, ReferentUnknown


async def keep_contacts(tx: Tx, batch: Sequence[Received[ContactAdded | ContactChanged]], now: datetime) -> None:
    """A contact is of use once it can be opened: it waits for its customer's key."""
    customers = {received.data.contact.customer_id for received in batch}
    keyless = {customer for customer in customers if await key_of(tx, customer) is None}
    waiting = [received for received in batch if received.data.contact.customer_id in keyless]
    if waiting:
        raise ReferentUnknown(waiting, "key of the customer")
    await store.save(tx, [received.data.contact for received in batch])


HANDLERS: Handlers = ((ContactAdded, keep_contacts), (ContactChanged, keep_contacts))
