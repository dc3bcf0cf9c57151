"""What is done to the suite. Each act ends with everything whole again and answers when the fault was over, in the loop's time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TypeAlias

from shared.contracts.topology import SERVICES
from tests.faults.check import until
from tests.faults.ground import Ground
from tests.faults.load import Load
from tests.faults.proxy import Proxy, Way

Act: TypeAlias = Callable[[Ground, Load], Awaitable[float]]

DEADLINE = 60.0
WRITES_GO_ON = 20.0
TURN = 5.0
"""With two replicas of each service one process dies each so many seconds."""


def now() -> float:
    return asyncio.get_running_loop().time()


def kill(part: str) -> Act:
    async def act(ground: Ground, load: Load) -> float:
        await asyncio.sleep(ground.random.random() / 2)  # any moment
        began = now()
        await ground.suite.kill(part)
        await ground.suite.until_running(part)
        return began

    return act


async def kill_relay_holder(ground: Ground, load: Load) -> float:
    """The holder of orders' relay dies twice: first the one that had it, then the one that took over."""
    suite = ground.suite
    async with ground.second("orders") as second:
        first = await ground.holder("orders", "relay")
        began = now()
        await suite.stop("orders", kill=True)

        async def taken() -> bool:
            return await ground.holder("orders", "relay") not in (None, first)

        assert await until(taken, DEADLINE), "nobody took over the relay"
        ground.notes.append(f"taken over after {now() - began:.1f} s")
        await suite.start("orders")
        began = now()
        second.kill()
        await second.wait()
    return began


def freeze(part: str) -> Act:
    async def act(ground: Ground, load: Load) -> float:
        ground.suite.freeze(part)
        try:
            await asyncio.sleep(ground.seconds)
        finally:
            ground.suite.thaw(part)
        return now()

    return act


def cut(server: str, *ways: Way, services: Sequence[str] = SERVICES) -> Act:
    """The network between services and a server: nothing gets through one way, or both."""

    async def act(ground: Ground, load: Load) -> float:
        proxies = _between(ground, server, services)
        for proxy in proxies:
            proxy.hold(*ways)
        await asyncio.sleep(ground.seconds)
        for proxy in proxies:
            proxy.heal()
        return now()

    return act


def reset(server: str) -> Act:
    """Every connection is cut, again and again, and each new one too."""

    async def act(ground: Ground, load: Load) -> float:
        proxies = _between(ground, server, SERVICES)
        for proxy in proxies:
            proxy.refuse()
        await asyncio.sleep(ground.seconds)
        for proxy in proxies:
            proxy.heal()
        return now()

    return act


def swallow(server: str, mark: bytes, times: int) -> Act:
    """The server does what it is asked, and its word that it did is lost."""

    async def act(ground: Ground, load: Load) -> float:
        proxies = [ground.smtp] if server == "smtp" else _between(ground, server, ("orders", "notifications"))
        for proxy in proxies:
            proxy.swallow(mark, times)

        async def done() -> bool:
            return all(proxy.swallowed == times for proxy in proxies)

        assert await until(done, DEADLINE), "nothing was sent whose answer could be lost"
        for proxy in proxies:
            proxy.heal()
        return now()

    return act


def slow_mail(seconds: float) -> Act:
    async def act(ground: Ground, load: Load) -> float:
        ground.smtp.delay(seconds)
        await asyncio.sleep(ground.seconds)
        ground.smtp.heal()
        return now()

    return act


async def no_mail_server(ground: Ground, load: Load) -> float:
    await ground.suite.stop("mail", kill=True)
    await asyncio.sleep(ground.seconds)
    await ground.suite.start("mail")
    return now()


async def broker_away(ground: Ground, load: Load) -> float:
    """Writes go on meanwhile."""
    before = len(load.delays)
    await ground.suite.stop("nats", kill=True)
    async with asyncio.timeout(ground.seconds + DEADLINE):
        await asyncio.sleep(ground.seconds)
        logged = len(load.delays) - before
        async with ground.suite.database("orders") as database:
            waiting = await database.fetchval("SELECT count(*) FROM outbox")
    # How many more the machine could have taken is not the question here; the number is noted.
    assert logged >= ground.seconds * min(load.rate, WRITES_GO_ON) / 4, f"{logged} delays logged in {ground.seconds:g} s at {load.rate:g}/s"
    ground.notes.append(f"{logged} delays logged meanwhile, {waiting} events waited")
    await ground.suite.start("nats")
    return now()


async def two_replicas(ground: Ground, load: Load) -> float:
    """Every service twice; one of the eight processes dies each TURN."""
    async with AsyncExitStack() as stack:
        seconds = {service: await stack.enter_async_context(ground.second(service)) for service in SERVICES}
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
    return died


def _between(ground: Ground, server: str, services: Sequence[str]) -> list[Proxy]:
    return [(ground.nats if server == "nats" else ground.database)[service] for service in services]
