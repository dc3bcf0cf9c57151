"""More than can be taken: orders as many clients can make them, and at a rate that nobody can.

A crowd shares the cores with what it overloads, and in production it would not: so it sends bytes and reads no more of an answer than it
has to.
"""

import asyncio
import re
from dataclasses import dataclass, field

from benchmarks.load import Connection, connect, prepared
from tests.faults.load import PROMISED, Load
from tests.flows.world import new_order, unique

CLIENTS = 16
MOST = 400
"""Requests of a flood under way; one more is not sent."""
DEADLINE = 10.0
RETRY_AFTER = re.compile(rb"(?i)\r\nretry-after: (\d+)")


@dataclass
class Tally:
    """What became of the requests of some seconds: how long those that were taken took, and how many were refused."""

    seconds: float
    taken: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> float:
        return len(self.taken) / self.seconds

    def slowest(self, share: float) -> float:
        """The time within which this share of those taken was answered."""
        return sorted(self.taken)[int(len(self.taken) * share)]


class Crowd:
    """Everybody enters orders for the customer of a load, each once: who is refused does not come back."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._url = load.suite.gateway
        self._token = load.suite.token(load.world.login, ["merchandiser"])
        self._free: list[Connection] = []

    async def steady(self, seconds: float) -> Tally:
        """As much as CLIENTS get done who each wait for their answer."""
        tally, end = Tally(seconds), self._now() + seconds

        async def client() -> None:
            while self._now() < end:
                await self._one(tally)

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        self._hang_up()
        return tally

    async def flood(self, rate: float, seconds: float) -> Tally:
        """`rate` a second, whatever the answers."""
        tally, end, at = Tally(seconds), self._now() + seconds, self._now()
        under_way: set[asyncio.Task[None]] = set()
        while self._now() < end:
            if len(under_way) < MOST:
                task = asyncio.create_task(self._one(tally))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            at += 1 / rate
            await asyncio.sleep(max(0.0, at - self._now()))
        await asyncio.gather(*under_way)
        self._hang_up()
        return tally

    async def _one(self, tally: Tally) -> None:
        began = self._now()
        body = new_order(unique("SO"), self._load.customer, promised=PROMISED, lines=1)
        request = prepared("POST", "/api/orders", self._token, body, {"Idempotency-Key": unique("key")})
        connection = self._free.pop() if self._free else await connect(self._url)
        async with asyncio.timeout(DEADLINE):
            status, answer = await connection.send(request)
        self._free.append(connection)
        if status == 503:
            again = RETRY_AFTER.search(connection.head)
            assert again is not None, connection.head
            assert int(again[1]) > 0
            tally.refused += 1
        else:
            assert status == 201, answer
            tally.taken.append(self._now() - began)

    def _hang_up(self) -> None:
        while self._free:
            self._free.pop().close()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
