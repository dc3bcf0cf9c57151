"""consume: events from the stream through the inbox into reporting's archive and projections, against nats-py reading and dropping them.

Both read the same events, synced, written by orders. The suite's rate is taken from what the broker still has for reporting's consumers.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from benchmarks.ground import Ground
from benchmarks.history import Stencil, record
from benchmarks.method import Effort, Reach, Row, Side, compare, side_by_side
from benchmarks.streams import SKIPPED, Stream
from shared.contracts.envelope import STREAM

EVENTS = 30_000
POLL = 0.05
DEADLINE = 300.0
RAW = "raw nats-py fetch loop"
REACH = Reach(ratio=0.5)


async def run(ground: Ground, effort: Effort) -> list[Row]:
    stencil = await Stencil.cut(ground)
    async with ground.suite.broker() as broker:
        intake = Intake(ground, stencil, broker, effort.count(EVENTS))
        # The order matters: the raw loop reads what reporting has just read.
        rates = await side_by_side([Side("reporting", intake.reporting), Side(RAW, intake.raw)], effort.rounds)
    note = f"{effort.count(EVENTS):,} events of {stencil.size:,} bytes on average: {', '.join(stencil.types)}"
    return [compare("events through inbox, archive and projections", "events/s", rates["reporting"], RAW, rates[RAW], REACH, note)]


@dataclass
class Intake:
    """The same events for both. `first` is the stream's sequence of the first of a round, `told` how many there are."""

    ground: Ground
    stencil: Stencil
    broker: Client
    events: int
    first: int = 0
    told: int = 0

    async def reporting(self) -> float:
        """By reporting's process, after orders has put them into the stream and rests."""
        stream = Stream(self.broker, STREAM)
        self.first = await stream.last() + 1
        async with self.ground.services("orders"):
            self.told = await record(self.ground, self.stencil, self.events)
            await stream.filled(self.first, self.told)
        async with self.ground.services("reporting"):
            return await self._drained()

    async def raw(self) -> float:
        return await self.ground.fetched_raw(self.first, self.told)

    async def _drained(self) -> float:
        """Events a second, between the first tenth being acknowledged and the last."""
        loop = asyncio.get_running_loop()
        began: tuple[float, int] | None = None
        async with asyncio.timeout(DEADLINE):
            while True:
                left, now = await left_for(self.broker, "reporting"), loop.time()
                if began is None and left <= self.told * (1 - SKIPPED):
                    began = now, left
                if left == 0 and began is not None:
                    return began[1] / (now - began[0]) if began[1] else float(self.told)
                await asyncio.sleep(POLL)


async def left_for(broker: Client, service: str) -> int:
    """What that service has not acknowledged yet of the stream."""
    answer = await broker.request(f"$JS.API.CONSUMER.LIST.{STREAM}", b"", timeout=10)
    consumers: list[dict[str, Any]] = json.loads(answer.data)["consumers"]
    mine = [one for one in consumers if one["name"].startswith(f"{service}-")]
    return sum(one["num_pending"] + one["num_ack_pending"] for one in mine)
