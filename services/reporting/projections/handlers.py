"""Events in: folds a batch and writes it. The running service and a rebuild use the same function."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.reporting.projections import store
from services.reporting.projections.domain import Changes, fold
from services.reporting.projections.folds import FOLDS
from shared.contracts.event import Event
from shared.database.pool import Tx
from shared.messaging.received import Handlers, Received


async def project(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
    """Into the live projections."""
    await project_into(tx, batch, store.LIVE)


async def project_into(tx: Tx, batch: Sequence[Received[Any]], schema: str) -> None:
    """Into the projections of `schema`. Per aggregate the batch is in order; between aggregates any order gives the same rows."""
    changes = Changes()
    for received in batch:
        fold(FOLDS.by_event, changes, received)
    await store.enter(tx, schema)
    await store.write(tx, changes)


HANDLERS: Handlers = ((Event, project),)
"""One handler for every type: what an order's events do to it depends on their order across types."""
