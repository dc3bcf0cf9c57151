"""latency: from the moment a delay was due to be logged until its report row can be read, and until its mail was taken.

Delays arrive in an open loop, each of an order of its own, one contact an order. When a row could be read is PostgreSQL's time of the
commit that wrote it, as the event and the row of the report are written together; so looking costs nothing. When a mail came is the sink's.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

from benchmarks import processor, stages
from benchmarks.ground import Ground
from benchmarks.history import Stencil
from benchmarks.load import open_loop
from benchmarks.method import Effort, Reach, Row, alone, compare, percentile
from benchmarks.peers import poller
from benchmarks.processor import Meter, Spent
from benchmarks.sink import Sink, listening
from benchmarks.streams import Stream
from benchmarks.world import Desk, correlation, settle
from shared.contracts.envelope import STREAM
from shared.contracts.topology import SERVICES

RATES = (20, 100, 200, 500)
SECONDS = 15.0
"""At each rate, over all rounds."""
WARM_UP = 2.0
SETTLED = 120.0
LOOK = 0.1
CONNECTIONS = 48
"""Fewer than the requests that a service works on at a time."""
REPORT, MAIL = "delay to report row", "delay to mail"
ANSWER, STORED = "answered", "in the stream"
REACHES = {
    (REPORT, 200): (Reach(20, at_most=True), Reach(100, at_most=True)),
    (MAIL, 100): (Reach(40, at_most=True), Reach(150, at_most=True)),
}
POLLER_RATE = 20
POLLER = "a 1 s poller (nats-outbox), until it is published"

_VISIBLE = """
SELECT convert_from(body, 'UTF8')::json->>'correlationid' AS correlation, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS at
FROM archive WHERE type = 'orders.delay.logged.v1' AND position > $1
"""
_LOGGED = "gendan.orders.*.delay.logged.v1"
_LAST = "SELECT coalesce(max(position), 0) FROM archive"
_ARCHIVED = "SELECT count(*) FROM archive WHERE type = 'orders.delay.logged.v1' AND position > $1"


async def run(ground: Ground, effort: Effort) -> list[Row]:
    await _tell_commit_times(ground)
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(listening(ground.suite.state.ports["smtp"]))
        broker = await stack.enter_async_context(ground.suite.broker())
        async with ground.services(*SERVICES) as processes:
            desk = await settle(ground)
            arrivals = Arrivals(ground, desk, sink, Stream(broker, STREAM), Meter(ground, processes))
            await arrivals.round(RATES[1], effort.seconds(WARM_UP))
            found = [await arrivals.round(rate, effort.seconds(SECONDS / effort.rounds)) for _ in range(effort.rounds) for rate in RATES]
        rows = _rows(found, await _stages(ground, desk, effort))
    if effort.peers:
        polled = await poller.medians(ground, effort.peers, POLLER_RATE, effort.seconds(SECONDS / effort.rounds), effort.rounds)
        ours = [percentile(one.took[REPORT], 50) for one in found if one.rate == POLLER_RATE]
        rows.append(compare(f"{REPORT}, median at {POLLER_RATE}/s", "ms", ours, POLLER, polled))
    return rows


@dataclass(frozen=True, slots=True)
class Round:
    """Delays at one rate: milliseconds of each, by what was waited for; and those answered 503, more than the machine can do."""

    rate: int
    took: Mapping[str, Sequence[float]]
    refused: int
    spent: Spent


@dataclass
class Arrivals:
    ground: Ground
    desk: Desk
    sink: Sink
    stream: Stream
    meter: Meter

    async def round(self, rate: int, seconds: float) -> Round:
        """Delays at that rate for so long, and how long each took to be seen. The orders are entered before."""
        numbers = await self.desk.orders(max(5, round(rate * seconds)))
        async with self.ground.suite.database("reporting") as reporting:
            last, mails, first = await reporting.fetchval(_LAST), self.sink.mails, await self.stream.last() + 1
            offset = time.time() - asyncio.get_running_loop().time()
            await self.meter.read()
            answered = await open_loop(self.desk.url, map(self.desk.delay, numbers), rate, CONNECTIONS)
            logged = len(numbers) - len(answered.refused)
            async with asyncio.timeout(SETTLED):
                while await reporting.fetchval(_ARCHIVED, last) < logged or self.sink.mails < mails + logged:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK)
            spent = await self.meter.read()
            visible = {row["correlation"]: row["at"] for row in await reporting.fetch(_VISIBLE, last)}
        stored = await self.stream.stored(_LOGGED, first, logged)
        took: dict[str, list[float]] = defaultdict(list)
        took[ANSWER] = [latency * 1000 for latency in answered.latencies]
        for n, number in enumerate(numbers):
            if n not in answered.refused:
                due, known = offset + answered.began + n / rate, correlation(number)
                for what, when in ((STORED, stored), (REPORT, visible), (MAIL, self.sink.came)):
                    took[what].append((when[known] - due) * 1000)
        return Round(rate, took, len(answered.refused), spent)


async def _tell_commit_times(ground: Ground) -> None:
    """PostgreSQL keeps the time of each commit from its next start on."""
    async with ground.suite.database("postgres") as admin:
        await admin.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    await ground.postgres.stop()
    await ground.postgres.start()


async def _stages(ground: Ground, desk: Desk, effort: Effort) -> Mapping[str, float]:
    """Milliseconds of each stage if nothing ever waited."""
    times = max(5, effort.count(stages.TIMES))
    async with ground.services("customers", "orders"):
        numbers = await desk.orders(times)
        request = await stages.request(desk, numbers)
    stencil = await Stencil.of(ground, numbers[0])
    seconds = {
        "a delay answered": request,
        "published, synced, and fetched": await stages.passing(ground, stencil.size, times),
        "its events applied by reporting": await stages.reporting(ground, stencil, times),
        "its events applied by notifications": await stages.notifications(ground, stencil, times),
        "a mail sent": await stages.sending(ground.suite.state.ports["smtp"], times),
    }
    return {stage: one * 1000 for stage, one in seconds.items()}


def _rows(found: Sequence[Round], alone_takes: Mapping[str, float]) -> list[Row]:
    answered, passed, reported, notified, sent = alone_takes.values()
    sums = {REPORT: answered + passed + reported, MAIL: answered + passed + notified + sent}
    rows = [alone(f"alone: {stage}", "ms", [one]) for stage, one in alone_takes.items()]
    for what in (REPORT, MAIL):
        for rate in RATES:
            rounds = [one for one in found if one.rate == rate]
            p50, p99 = REACHES.get((what, rate), (None, None))
            medians = [percentile(one.took[what], 50) for one in rounds]
            against = f"the sum of the stages alone, {sums[what]:.1f} ms"
            rows.append(compare(f"{what}, median at {rate}/s", "ms", medians, against, [sums[what]] * len(rounds), p50, _said(rounds)))
            rows.append(alone(f"{what}, p99 at {rate}/s", "ms", [percentile(one.took[what], 99) for one in rounds], p99))
    for rate in RATES:
        spent = [(one.spent, len(one.took[REPORT])) for one in found if one.rate == rate]
        rows.append(processor.row(f"a delay at {rate}/s", spent))
    return rows


def _said(rounds: Sequence[Round]) -> str:
    """How many delays, and the medians of what comes before."""
    delays, refused = sum(len(one.took[REPORT]) for one in rounds), sum(one.refused for one in rounds)
    before = [f"{what} after {median(percentile(one.took[what], 50) for one in rounds):.1f} ms" for what in (ANSWER, STORED)]
    return ", ".join([f"{delays:,} delays", *([f"{refused:,} more refused"] if refused else []), *before])
