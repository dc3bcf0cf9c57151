"""What is done to services that run more than once."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from uuid import UUID

from deploy.local.client import Client
from shared.contracts.topology import SERVICES
from tests.faults.acts import DEADLINE, now
from tests.faults.check import until
from tests.faults.ground import Ground
from tests.faults.load import Load

TURN = 5.0
"""With two replicas of each service one process dies each so many seconds."""
MEANWHILE = 20
"""Delays logged with the replica that runs, while the other is frozen."""


async def kill_relay_holder(ground: Ground, load: Load) -> float:
    """The holder of orders' relay dies twice: first the one that had it, then the one that took over."""
    suite = ground.suite
    async with ground.second("orders") as second:
        first = await ground.holder("orders", "relay")
        await suite.stop("orders", kill=True)
        await _taken_over(ground, first)
        await suite.start("orders")
        began = now()
        second.kill()
        await second.wait()
    return began


async def freeze_relay_holder(ground: Ground, load: Load) -> float:
    """The holder of orders' relay is frozen and the other replica takes over; thawed, the old one finds that it holds nothing any more."""
    suite = ground.suite
    async with ground.second("orders") as second:
        first = await ground.holder("orders", "relay")
        client = Client(f"http://127.0.0.1:{second.part.environment['GENDAN_LISTEN_PORT']}", load.world.me.token)
        suite.freeze("orders")
        thaw_at = now() + ground.seconds
        try:
            await _taken_over(ground, first)
            async with client:
                beside = replace(load, world=replace(load.world, me=client))
                await asyncio.gather(*(beside.one() for _ in range(MEANWHILE)))
            await asyncio.sleep(max(0.0, thaw_at - now()))
        finally:
            suite.thaw("orders")
        return now()


async def two_replicas(ground: Ground, load: Load) -> float:
    """Every service twice; one of the eight processes dies each TURN."""
    async with AsyncExitStack() as stack:
        started = await asyncio.gather(*(stack.enter_async_context(ground.second(service)) for service in SERVICES))
        seconds = dict(zip(SERVICES, started, strict=True))
        died, deaths, end = now(), 0, now() + ground.seconds
        while now() < end:
            died = now()
            service = ground.random.choice(SERVICES)
            if ground.random.random() < 0.5:
                await ground.suite.kill(service)
                await ground.suite.until_running(service)
            else:
                seconds[service].kill()
                await seconds[service].wait()
                await seconds[service].start()
            deaths += 1
            await asyncio.sleep(max(0, died + TURN - now()))
        ground.notes.append(f"{deaths} processes killed")
        await asyncio.gather(*(process.stop() for process in started))
    return died


async def _taken_over(ground: Ground, first: UUID | None) -> None:
    """Until another process than the first holds orders' relay."""
    began = now()

    async def taken() -> bool:
        return await ground.holder("orders", "relay") not in (None, first)

    assert await until(taken, DEADLINE), "nobody took over the relay"
    ground.notes.append(f"taken over after {now() - began:.1f} s")
