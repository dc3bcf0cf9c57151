"""memory: what each service holds, at rest, while it answers 200 requests a second, and while a million events pass through it.

Resident memory as the kernel counts it, shared libraries included. The requests go to one service after the other, and those to orders log
delays. The events are of orders that are entered, delayed and then come from milestone to milestone. They go from orders' record through
its relay to those who take them; customers takes none. A slope is what a service gains in the second half, in which nothing is new to it.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import StatisticsError, linear_regression

import asyncpg
from nats.aio.client import Client

from benchmarks.consume import left_for
from benchmarks.ground import Ground
from benchmarks.history import Stencil, record
from benchmarks.imports import resident
from benchmarks.load import Answered, open_loop, prepared
from benchmarks.method import Effort, Reach, Row, alone
from benchmarks.sink import listening
from benchmarks.world import CUSTOMER, LOGIN, Desk, settle
from deploy.local import parts
from deploy.local.parts import Options
from deploy.local.process import Process
from deploy.local.process import run as finished
from shared.contracts.topology import SERVICES

RATE = 200
SECONDS = 90.0
"""Of requests to each service."""
REST = 5.0
EVENTS = 1_000_000
PORTION = 10_000
EVERY = 0.5
DEADLINE = 5400.0
PER = 100_000
IDLE, LOADED = Reach(70, at_most=True), Reach(110, at_most=True)
PER_EVENTS, PER_REQUESTS = Reach(1, at_most=True), Reach(5, at_most=True)
"""Ten bytes an event and fifty a request: less than anything that could stay behind of each."""


async def run(ground: Ground, effort: Effort) -> list[Row]:
    async with listening(ground.suite.state.ports["smtp"]), ground.services(*SERVICES) as processes:
        await asyncio.sleep(effort.seconds(REST))
        idle = {name: (resident(process.pid), await _made_of(ground, name, process)) for name, process in processes.items()}
        desk = await settle(ground)
        async with _spine(ground) as spine, asyncio.timeout(DEADLINE):
            loaded = await _answering(ground, desk, processes, spine, effort)
            told, passing = await _passing(ground, desk, processes, spine, effort.count(EVENTS))
    requests, events = f"at {RATE} requests/s", f"{told:,} events"
    return [
        *(alone(f"{name} at rest", "MB", [held], IDLE, made_of) for name, (held, made_of) in idle.items()),
        *(alone(f"{name} {requests}", "MB", [seen.most], LOADED, rate) for name, (seen, rate) in loaded.items()),
        *(
            alone(f"{name} after {events}", "MB", [seen.held[-1]], LOADED, f"at most {seen.most:.1f} meanwhile")
            for name, seen in passing.items()
        ),
        *(alone(f"{name}, slope {requests}", f"MB per {PER:,} requests", [seen.slope], PER_REQUESTS) for name, (seen, _) in loaded.items()),
        *(alone(f"{name}, slope over {events}", f"MB per {PER:,} events", [seen.slope], PER_EVENTS) for name, seen in passing.items()),
    ]


async def _made_of(ground: Ground, name: str, process: Process) -> str:
    """What it holds at rest, by what it comes with: each kind imported after the other in a process by itself, and the rest by running."""
    command = [sys.executable, "-P", "-m", "benchmarks.imports", f"services.{name}.app"]
    environment = parts.service_settings(name, ground.home, ground.suite.state, Options())
    found: dict[str, float] = json.loads(await finished(command, environment=environment, deadline=60))
    found["running"] = resident(process.pid) - sum(found.values())
    [pages] = [line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if line.startswith("RssFile:")]
    shared = f"of it {int(pages.split()[1]) / 1024:.1f} pages of files"
    return ", ".join([*(f"{kind} {held:.1f}" for kind, held in found.items()), shared])


@dataclass
class Seen:
    """What a process held, and how much work was done by then, as it was looked at."""

    done: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)

    @property
    def most(self) -> float:
        return max(self.held)

    @property
    def slope(self) -> float:
        """MB that it gains with PER pieces of work, by the second half."""
        half = len(self.done) // 2
        try:
            return linear_regression(self.done[half:], self.held[half:]).slope * PER
        except StatisticsError:  # too short a run for two moments
            return 0.0


@dataclass(frozen=True)
class Spine:
    """How far the events of orders have come."""

    broker: Client
    orders: "asyncpg.Connection[asyncpg.Record]"

    async def left(self) -> int:
        """What the slowest of those has to do yet who are concerned: the relay, and who takes them."""
        waiting = [await left_for(self.broker, service) for service in ("reporting", "notifications")]
        return max(int(await self.orders.fetchval("SELECT count(*) FROM outbox")), *waiting)

    async def until(self, most: int) -> None:
        """Waits until no more than so many are left."""
        while await self.left() > most:  # noqa: ASYNC110  broker and database know, not this loop
            await asyncio.sleep(EVERY)


@asynccontextmanager
async def _spine(ground: Ground) -> AsyncIterator[Spine]:
    async with ground.suite.broker() as broker, ground.suite.database("orders") as orders:
        yield Spine(broker, orders)


async def _answering(
    ground: Ground, desk: Desk, processes: Mapping[str, Process], spine: Spine, effort: Effort
) -> Mapping[str, tuple[Seen, str]]:
    """What each held while it was asked, and how quickly it answered: delays leave work to all, for which the cores may not do."""
    count = round(RATE * effort.seconds(SECONDS))
    numbers = await desk.orders(count)
    token = ground.suite.token(LOGIN, ["merchandiser"])
    paths = {
        "customers": f"/api/customers/{CUSTOMER}",
        "notifications": "/api/notifications/messages?limit=1",
        "reporting": "/api/reporting/orders?limit=1",
    }
    found: dict[str, tuple[Seen, str]] = {}
    for name in SERVICES:
        requests: Iterable[bytes] = repeat(prepared("GET", paths[name], token), count) if name in paths else map(desk.delay, numbers)
        answered = Answered()
        await spine.until(0)
        async with _watched(processes, (name,), partial(len, answered.latencies)) as seen:
            await open_loop(ground.suite.service_url(name), requests, RATE, answered=answered)
        busy = answered.statuses.pop(503, 0)
        answered.require(200 if name in paths else 201)
        note = f"{answered.rate:.0f} answered a second" + (f", {busy:,} in all by 503" if busy else "")
        found |= {name: (seen[name], note)}
    return found


async def _passing(
    ground: Ground, desk: Desk, processes: Mapping[str, Process], spine: Spine, events: int
) -> tuple[int, Mapping[str, Seen]]:
    """Events from orders' record through its relay to those who listen, a portion at a time; how many, and what they held meanwhile."""
    stencil, told = await _life(ground, desk), 0
    portion = max(1, min(PORTION, events // 10))
    async with _watched(processes, ("orders", "notifications", "reporting"), lambda: told) as seen:
        while told < events:
            told += await record(ground, stencil, min(portion, events - told))
            # The next portion comes before the last is through.
            await spine.until(portion // 2 if told < events else 0)
    return told, seen


async def _life(ground: Ground, desk: Desk) -> Stencil:
    """An order that is delayed once, and of which every milestone but the last is reached."""
    (number,) = await desk.orders(1)
    await open_loop(desk.url, [desk.delay(number)], 1)
    mei = ground.suite.client(LOGIN, "merchandiser")
    [leg] = (await mei.get(f"/api/orders/{number}/plan")).expect(200)["legs"]
    today = str(datetime.now(UTC).date())
    for node in leg["nodes"][:-1]:
        (await mei.post(f"/api/orders/{number}/actuals", {"milestone": node["milestone"], "date": today})).expect(201)
    return await Stencil.of(ground, number)


@asynccontextmanager
async def _watched(processes: Mapping[str, Process], names: Sequence[str], done: Callable[[], float]) -> AsyncIterator[dict[str, Seen]]:
    """What these processes hold, looked at while the block runs and once after."""
    found = {name: Seen() for name in names}

    def look() -> None:
        for name, seen in found.items():
            seen.done.append(done())
            seen.held.append(resident(processes[name].pid))

    async def watch() -> None:
        while True:
            look()
            await asyncio.sleep(EVERY)

    watching = asyncio.create_task(watch())
    try:
        yield found
    finally:
        watching.cancel()
        look()
