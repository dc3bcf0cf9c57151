"""nats-py by itself, on the suite's broker or another: `benchmarks.peers.raw`, in a process of its own."""

import json
import sys

from benchmarks.ground import Ground
from benchmarks.processor import BROKER, Meter, Spent, Timed
from deploy.local import parts
from deploy.local.process import run
from shared.contracts.envelope import STREAM


async def published(ground: Ground, url: str, subject: str, count: int, size: int) -> None:
    """`count` messages of `size` bytes to that subject of the broker at `url`, each acknowledged."""
    await _raw(ground, "publish", url, subject, str(count), str(size))


async def fetched(ground: Ground, first: int, count: int) -> Timed:
    """That many messages of the suite's stream, from sequence `first` on, read and dropped. The start of the process is not counted."""
    url = parts.nats_address(ground.suite.state).url.replace("://", f"://operator:{ground.suite.state.nats['operator']}@")
    meter = Meter(ground)
    await meter.read()
    rate, seconds = json.loads(await _raw(ground, "fetch", url, STREAM, str(first), str(count)))
    broker = (await meter.read()).seconds.get(BROKER, 0.0)
    return Timed(rate, Spent({"nats-py": seconds, BROKER: broker}), count)


async def _raw(ground: Ground, *arguments: str) -> str:
    command = [sys.executable, "-P", "-m", "benchmarks.peers.raw", *arguments]
    return await run(command, environment=ground.peer_environment, deadline=300)
