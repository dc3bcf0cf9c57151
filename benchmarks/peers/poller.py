"""nats-outbox with its default of one second, as a poller: how long an event lies in its table until it is published."""

import asyncio
import time
from pathlib import Path

from benchmarks.ground import Ground
from benchmarks.method import percentile
from benchmarks.peers.outboxes import NATS_OUTBOX, STREAM, Neighbour, neighbour
from benchmarks.streams import Stream, made


async def medians(ground: Ground, python: Path, rate: float, seconds: float, rounds: int) -> list[float]:
    """Milliseconds from the commit of an event until it is published, at that rate for so long: the median of each round."""
    async with (
        ground.unsynced_nats() as nats,
        made(nats, STREAM, "events.>") as stream,
        neighbour(ground, python, nats) as beside,
        beside.draining(NATS_OUTBOX),
    ):
        await beside.fill(NATS_OUTBOX, 1, 100)
        await stream.filled(1, 1)
        return [percentile(await _round(beside, stream, rate, seconds), 50) for _ in range(rounds)]


async def _round(beside: Neighbour, stream: Stream, rate: float, seconds: float) -> list[float]:
    first, committed = await stream.last() + 1, []
    for _ in range(max(1, round(rate * seconds))):
        await beside.fill(NATS_OUTBOX, 1, 100)
        committed.append(time.time())
        await asyncio.sleep(1 / rate)
    await stream.filled(first, len(committed))
    return [(await stream.time(first + n) - at) * 1000 for n, at in enumerate(committed)]
