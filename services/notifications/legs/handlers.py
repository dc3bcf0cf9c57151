"""orders' lines that are split and joined, and that travel elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from services.notifications.legs import store
from shared.contracts.legs import LineJoined, LinesMoved, LineSplit
from shared.database.pool import Tx
from shared.messaging.received import Handlers, Received


async def keep_legs(tx: Tx, batch: Sequence[Received[LinesMoved]], now: datetime) -> None:
    await store.hold(tx, [received.data for received in batch])
    for received in batch:
        await store.move(tx, received.data)


async def keep_parts(tx: Tx, batch: Sequence[Received[LineSplit]], now: datetime) -> None:
    await store.hold(tx, [received.data for received in batch])
    await store.split(tx, [received.data for received in batch])


async def keep_whole(tx: Tx, batch: Sequence[Received[LineJoined]], now: datetime) -> None:
    await store.join(tx, [received.data for received in batch])


HANDLERS: Handlers = ((LinesMoved, keep_legs), (LineSplit, keep_parts), (LineJoined, keep_whole))
