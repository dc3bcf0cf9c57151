"""Events in: every event, of known and unknown types, goes into the archive, in the transaction of the projections."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.reporting.archive import store
from shared.contracts.event import Event
from shared.database.pool import Tx
from shared.messaging.received import Handlers, Received


async def archive(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
    await store.append(tx, batch)


HANDLERS: Handlers = ((Event, archive),)
"""Registered before the projections: a rebuild holds its lock on the archive while it puts its schema in place."""
