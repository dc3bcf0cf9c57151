"""reporting with one handler more, which ends the process at the sight of a supplier called FATAL: a stand-in for a crash in C code."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.reporting.app import SERVICE
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Tx
from shared.messaging.received import Received
from shared.service import main

FATAL = "FATAL"
CODE = 9


async def _die(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
    if any(event.data.code == FATAL for event in batch):
        os._exit(CODE)


if __name__ == "__main__":
    main(replace(SERVICE, handlers=(*SERVICE.handlers, (SupplierCreated, _die))))
