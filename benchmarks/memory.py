"""memory: what each service holds, at rest, while it answers 200 requests a second, and while events pass through it.

Resident memory as the kernel counts it, shared libraries included. The requests go to one service after the other, and those to orders log
delays. Growth is what a service gained in the second half of a load, in which nothing is new to it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice, repeat
from pathlib import Path
from statistics import median

from benchmarks.consume import left_for
from benchmarks.ground import Ground
from benchmarks.history import Stencil, record
from benchmarks.load import open_loop, prepared
from benchmarks.method import Effort, Reach, Row, alone
from benchmarks.sink import listening
from benchmarks.world import CUSTOMER, LOGIN, Desk, settle
from deploy.local.process import Process
from shared.contracts.topology import SERVICES

RATE = 200
SECONDS = 15.0
"""Of requests to each service."""
REST = 5.0
EVENTS = 150_000
PORTION = 10_000
EVERY = 0.5
DEADLINE = 900.0
IDLE, LOADED, GROWTH = Reach(70, at_most=True), Reach(110, at_most=True), Reach(2, at_most=True)
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1024**2


async def run(ground: Ground, effort: Effort) -> list[Row]:
    async with listening(ground.suite.state.ports["smtp"]), ground.services(*SERVICES) as processes:
        await asyncio.sleep(effort.seconds(REST))
        idle = {name: resident(process) for name, process in processes.items()}
        desk = await settle(ground)
        loaded = await _answering(ground, desk, processes, effort)
        told, passing = await _passing(ground, desk, processes, effort.count(EVENTS))
    rows = [alone(f"{name} at rest", "MB", [idle[name]], IDLE) for name in SERVICES]
    rows += [alone(f"{name} at {RATE} requests/s", "MB", [max(loaded[name])], LOADED) for name in SERVICES]
    rows += [alone(f"{name} after {told:,} events", "MB", [passing[name][-1]], LOADED) for name in passing]
    for load, samples in ((f"at {RATE} requests/s", loaded), (f"over {told:,} events", passing)):
        rows += [alone(f"{name}, growth {load}", "MB", [_growth(samples[name])], GROWTH) for name in samples]
    return rows


def resident(process: Process) -> float:
    """MB of a process that are in memory."""
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * _PAGE_MB


Samples = Mapping[str, list[float]]


async def _answering(ground: Ground, desk: Desk, processes: Mapping[str, Process], effort: Effort) -> Samples:
    seconds = effort.seconds(SECONDS)
    count = round(RATE * seconds)
    numbers = await desk.orders(count)
    token = ground.suite.token(LOGIN, ["merchandiser"])
    paths = {
        "customers": f"/api/customers/{CUSTOMER}",
        "notifications": "/api/notifications/messages",
        "reporting": "/api/reporting/delays",
    }
    samples: dict[str, list[float]] = {}
    for name in SERVICES:
        requests: Iterable[bytes] = repeat(prepared("GET", paths[name], token), count) if name in paths else map(desk.delay, numbers)
        async with _watched(processes, (name,)) as seen:
            await open_loop(ground.suite.service_url(name), requests, RATE)
        samples |= seen
    return samples


async def _passing(ground: Ground, desk: Desk, processes: Mapping[str, Process], events: int) -> tuple[int, Samples]:
    """Events from orders' record through its relay to those who listen, a portion at a time; how many, and what they held meanwhile."""
    (number,) = await desk.orders(1)
    await open_loop(desk.url, [desk.delay(number)], 1)
    stencil, told = await Stencil.of(ground, number), 0
    async with (
        ground.suite.broker() as broker,
        ground.suite.database("orders") as orders,
        _watched(processes, ("orders", "notifications", "reporting")) as seen,
        asyncio.timeout(DEADLINE),
    ):

        async def under_way() -> int:
            waiting = [await left_for(broker, service) for service in ("reporting", "notifications")]
            return max(int(await orders.fetchval("SELECT count(*) FROM outbox")), *waiting)

        while told < events:
            told += await record(ground, stencil, min(PORTION, events - told))
            # The next portion comes before the last is through.
            while await under_way() > (PORTION // 2 if told < events else 0):  # noqa: ASYNC110
                await asyncio.sleep(EVERY)
    return told, seen


@asynccontextmanager
async def _watched(processes: Mapping[str, Process], names: Sequence[str]) -> AsyncIterator[dict[str, list[float]]]:
    """What these processes hold, looked at while the block runs and once after."""
    samples: dict[str, list[float]] = {name: [] for name in names}

    def look() -> None:
        for name in names:
            samples[name].append(resident(processes[name]))

    async def watch() -> None:
        while True:
            look()
            await asyncio.sleep(EVERY)

    watching = asyncio.create_task(watch())
    try:
        yield samples
    finally:
        watching.cancel()
        look()


def _growth(samples: Sequence[float]) -> float:
    """From the middle of the time to its end, each the median of a tenth of the samples."""
    tenth = max(1, len(samples) // 10)
    middle = len(samples) // 2
    return median(samples[-tenth:]) - median(islice(samples, middle, middle + tenth))
