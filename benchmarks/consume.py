"""consume: events from the stream through the inbox into reporting's archive and projections, against nats-py reading and dropping them.

Both read the same events, synced, written by orders. The suite's rate is taken from what the broker still has for reporting's consumers.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from benchmarks import processor
from benchmarks.ground import Ground
from benchmarks.history import Stencil, record
from benchmarks.method import Effort, Reach, Row, Side, compare, side_by_side
from benchmarks.peers import nats_py
from benchmarks.processor import Meter, Timed
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
        rates = await side_by_side([Side("reporting", intake.reporting), Side(RAW, intake.raw)], effort.rounds)
    own, raw = rates["reporting"], rates[RAW]
    note = f"{effort.count(EVENTS):,} events of {stencil.size:,} bytes on average: {', '.join(stencil.types)}"
    what = "events through inbox, archive and projections"
    return [
        compare(what, "events/s", [one.rate for one in own], RAW, [one.rate for one in raw], REACH, note),
        processor.row("an event", [(one.spent, one.events) for one in own], "us"),
        processor.row(f"an event, {RAW}", [(one.spent, one.events) for one in raw], "us"),
    ]


@dataclass
class Intake:
    """The same events for both. `first` is the stream's sequence of the first of a round, `told` how many there are."""

    ground: Ground
    stencil: Stencil
    broker: Client
    events: int
    first: int = 0
    told: int = 0

    async def reporting(self) -> Timed:
        """By reporting's process, after orders has put them into the stream and rests."""
        stream = Stream(self.broker, STREAM)
        self.first = await stream.last() + 1
        async with self.ground.services("orders"):
            self.told = await record(self.ground, self.stencil, self.events)
            await stream.filled(self.first, self.told)
        async with self.ground.services("reporting") as processes:
            return await self._drained(Meter(self.ground, processes))

    async def raw(self) -> Timed:
        """By nats-py: what reporting took last, once more."""
        return await nats_py.fetched(self.ground, self.first, self.told)

    async def _drained(self, meter: Meter) -> Timed:
        """From the first tenth being acknowledged to the last."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(DEADLINE):
            while (first := await left_for(self.broker, "reporting")) > self.told * (1 - SKIPPED):  # noqa: ASYNC110
                await asyncio.sleep(POLL)
            began = loop.time()
            await meter.read()
            while await left_for(self.broker, "reporting"):  # noqa: ASYNC110  the broker knows, not this loop
                await asyncio.sleep(POLL)
        events, seconds = first or self.told, loop.time() - began
        return Timed(events / seconds, await meter.read(), events)


async def left_for(broker: Client, service: str) -> int:
    """What that service has not acknowledged yet of the stream."""
    answer = await broker.request(f"$JS.API.CONSUMER.LIST.{STREAM}", b"", timeout=10)
    consumers: list[dict[str, Any]] = json.loads(answer.data)["consumers"]
    mine = [one for one in consumers if one["name"].startswith(f"{service}-")]
    return sum(one["num_pending"] + one["num_ack_pending"] for one in mine)
