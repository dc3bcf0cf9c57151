"""What is done to the suite. Each act ends with everything whole again and answers when the fault was over, in the loop's time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

from shared.clock import SystemClock
from shared.contracts.topology import SERVICES
from tests.faults.check import until
from tests.faults.ground import Ground
from tests.faults.load import Load
from tests.faults.proxy import Proxy, Way

Act: TypeAlias = Callable[[Ground, Load], Awaitable[float]]

DEADLINE = 60.0
TERMINATIONS = 5
"""Database connections cut a second."""
_CONNECTIONS = "SELECT pid FROM pg_stat_activity WHERE usename LIKE '%\\_runtime'"


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


async def terminate(ground: Ground, load: Load) -> float:
    """PostgreSQL ends connections of the services, one after the other, in the middle of whatever they do."""
    ended, end = 0, now() + ground.seconds
    async with ground.suite.database("postgres") as database:
        while now() < end:
            pids = [row["pid"] for row in await database.fetch(_CONNECTIONS)]
            if pids:
                ended += await database.fetchval("SELECT pg_terminate_backend($1)::int", ground.random.choice(pids))
            await asyncio.sleep(1 / TERMINATIONS)
    assert ended > ground.seconds, "hardly a connection was cut"
    ground.notes.append(f"{ended} connections ended")
    return now()


async def wrong_clock(ground: Ground, load: Load) -> float:
    """The business clock of orders alone goes ahead, then is behind."""
    for hours in (2, -2):
        ground.clock.set(SystemClock().now() + timedelta(hours=hours))
        await asyncio.sleep(ground.seconds / 2)
    ground.clock.set(None)
    return now()


def _between(ground: Ground, server: str, services: Sequence[str]) -> list[Proxy]:
    return [(ground.nats if server == "nats" else ground.database)[service] for service in services]
