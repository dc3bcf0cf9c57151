"""A process that consumes as reporting, and dies of suppliers called `kill`. Arguments: database URL, broker URL, password."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from shared.clock import SystemClock
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database, Tx
from shared.messaging.received import Received
from shared.messaging.spine import Parts, Spine
from tests.shared.messaging.telling import keep


async def _handle(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
    if any(event.data.code == "kill" for event in batch):
        os._exit(9)
    await keep(tx, batch, now)


async def _main(database_url: str, broker_url: str, password: str) -> None:
    url = SecretStr(database_url)
    database = await Database.open(url, "reader", 4)
    handlers = [(SupplierCreated, _handle)]
    parts = Parts("reporting", database, url, broker_url, "reporting", SecretStr(password), SystemClock(), handlers)
    await Spine(parts).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
