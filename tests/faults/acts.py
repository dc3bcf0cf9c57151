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
    """The network between services and a server: nothing gets through one way, or both, and all of it arrives afterwards."""
    return _between_them(server, lambda proxy: proxy.hold(*ways), services)


def reset(server: str) -> Act:
    """Every connection is cut, again and again, and each new one too."""
    return _between_them(server, Proxy.refuse)


def lose(server: str, way: Way) -> Act:
    """What is sent one way is gone, and nobody hears of it before the connections end that it was sent over."""
    losing = _between_them(server, lambda proxy: proxy.drop(way))

    async def act(ground: Ground, load: Load) -> float:
        proxies = _between(ground, server, SERVICES)
        before = sum(proxy.lost for proxy in proxies)
        ended = await losing(ground, load)
        lost = sum(proxy.lost for proxy in proxies) - before
        assert lost > 0, "nothing was sent that could be lost"
        ground.notes.append(f"{lost / 1000:,.0f} kB lost")
        return ended

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


def _between_them(server: str, disturb: Callable[[Proxy], None], services: Sequence[str] = SERVICES) -> Act:
    """All that stands between services and a server is disturbed for as long as the fault lasts."""

    async def act(ground: Ground, load: Load) -> float:
        proxies = _between(ground, server, services)
        for proxy in proxies:
            disturb(proxy)
        await asyncio.sleep(ground.seconds)
        for proxy in proxies:
            proxy.heal()
        return now()

    return act


def _between(ground: Ground, server: str, services: Sequence[str]) -> list[Proxy]:
    return [(ground.nats if server == "nats" else ground.database)[service] for service in services]
