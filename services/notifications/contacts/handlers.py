"""customers' events into contacts."""

from collections.abc import Sequence
from datetime import datetime

from services.notifications.contacts import store
from services.notifications.sending import store as sending
from shared.contracts.customers import ContactAdded, ContactChanged
from shared.database.pool import Tx
from shared.messaging.keys import key_of
from shared.messaging.received import Handlers, Received, ReferentUnknown
from shared.messaging.record import Facts, append


async def keep_contacts(tx: Tx, batch: Sequence[Received[ContactAdded | ContactChanged]], now: datetime) -> None:
    """A contact is of use once it can be opened: it waits for its customer's key."""
    customers = {received.data.contact.customer_id for received in batch}
    keyless = {customer for customer in customers if await key_of(tx, customer) is None}
    waiting = [received for received in batch if received.data.contact.customer_id in keyless]
    if waiting:
        raise ReferentUnknown(waiting, "key of the customer")
    await store.save(tx, [received.data.contact for received in batch])
    await _follow(tx, batch, now)


async def _follow(tx: Tx, batch: Sequence[Received[ContactAdded | ContactChanged]], now: datetime) -> None:
    """Mails that wait for contacts that changed go where they are reached now, or nowhere."""
    changed = {received.data.contact.contact_id: received for received in batch if isinstance(received.data, ContactChanged)}
    customers = await store.customers(tx, {received.data.contact.customer_id for received in changed.values()}, now)
    there = [one for customer in customers.values() for one in customer.contacts if one.id in changed]
    await sending.readdress(tx, [one for one in there if one.active and one.address])
    for one in await sending.give_up(tx, [one.id for one in there if not (one.active and one.address)], now):
        await append(tx, one.stamp, [Facts(one.id, one.version - 1, (one.failed(),))])


HANDLERS: Handlers = ((ContactAdded, keep_contacts), (ContactChanged, keep_contacts))
