"""Having a service's whole consumption for oneself, for a command that works on its inbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.contracts.envelope import SHARDS
from shared.contracts.text import Both
from shared.messaging.leases import Leases
from shared.messaging.waiting import either
from shared.problems import Conflict

PATIENCE_SECONDS = 10.0
"""More than a lease outlives a process that was frozen."""


@asynccontextmanager
async def alone(leases: Leases) -> AsyncIterator[None]:
    """Until the block is left, no process of the service consumes; Conflict when one does, or when that could not be kept up."""
    done, stopping, held = asyncio.Event(), asyncio.Event(), asyncio.Event()
    mine = 0

    async def hold() -> None:
        nonlocal mine
        mine += 1
        if mine == SHARDS:
            held.set()
        try:
            await done.wait()
        finally:
            mine -= 1

    keeping = asyncio.create_task(leases.run(stopping))
    shards = [asyncio.create_task(leases.lead(f"shard-{number}", hold, stopping)) for number in range(SHARDS)]
    try:
        await either(held, keeping, seconds=PATIENCE_SECONDS)
        if not held.is_set():
            raise Conflict(Both("a process of the service consumes: stop it first", "该服务的进程正在消费，请先停止"))
        yield
        if mine < SHARDS:
            raise Conflict(
                Both("another process has begun to consume meanwhile: stop it and begin again", "另一进程已开始消费，请停止后重新执行")
            )
    finally:
        stopping.set()
        done.set()
        await asyncio.gather(keeping, *shards)
