"""customers' events into the copy of customers and staff."""

from collections.abc import Sequence
from datetime import datetime

from shared.contracts.customers import CustomerChanged, CustomerCreated, OwnerTransferred, StaffChanged
from shared.database.pool import Tx
from shared.directory import store
from shared.messaging.received import Handlers, Received


async def keep_customers(tx: Tx, batch: Sequence[Received[CustomerCreated | CustomerChanged]], now: datetime) -> None:
    await store.save_customers(tx, [received.data.customer for received in batch])


async def transfer_owners(tx: Tx, batch: Sequence[Received[OwnerTransferred]], now: datetime) -> None:
    await store.transfer(tx, [received.data for received in batch])


async def keep_staff(tx: Tx, batch: Sequence[Received[StaffChanged]], now: datetime) -> None:
    await store.save_staff(tx, [received.data for received in batch])


HANDLERS: Handlers = (
    (CustomerCreated, keep_customers),
    (CustomerChanged, keep_customers),
    (OwnerTransferred, transfer_owners),
    (StaffChanged, keep_staff),
)
