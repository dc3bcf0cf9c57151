"""latency: from the moment a delay was due to be logged until its report row can be read, and until its mail was taken.

Delays arrive in an open loop, each of an order of its own, one contact an order. When a row could be read is PostgreSQL's time of the
commit that wrote it, as the event and the row of the report are written together; so looking costs nothing. When a mail came is the sink's.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from benchmarks import stages
from benchmarks.ground import Ground
from benchmarks.history import Stencil
from benchmarks.load import open_loop
from benchmarks.method import Effort, Reach, Row, alone, compare, percentile
from benchmarks.outboxes import NATS_OUTBOX, Neighbour, neighbour
from benchmarks.outboxes import STREAM as OTHERS
from benchmarks.sink import Sink, listening
from benchmarks.streams import Stream, made
from benchmarks.world import Desk, correlation, settle
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
_LAST = "SELECT coalesce(max(position), 0) FROM archive"
_ARCHIVED = "SELECT count(*) FROM archive WHERE type = 'orders.delay.logged.v1' AND position > $1"


async def run(ground: Ground, effort: Effort) -> list[Row]:
    await _tell_commit_times(ground)
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(listening(ground.suite.state.ports["smtp"]))
        async with ground.services(*SERVICES):
            desk = await settle(ground)
            arrivals = Arrivals(ground, desk, sink)
            await arrivals.round(RATES[1], effort.seconds(WARM_UP))
            found = [
                (rate, await arrivals.round(rate, effort.seconds(SECONDS / effort.rounds))) for _ in range(effort.rounds) for rate in RATES
            ]
        sums = await _stages(ground, desk, effort)
        rows = _rows(found, sums, arrivals.refused)
        if effort.peers:
            nats = await stack.enter_async_context(ground.unsynced_nats())
            polled = await _polled(ground, effort, nats)
            ours = [percentile(took[REPORT], 50) for rate, took in found if rate == POLLER_RATE]
            name = f"{REPORT}, median at {POLLER_RATE}/s"
            rows.append(compare(name, "ms", ours, POLLER, polled))
    return rows


Took = Mapping[str, Sequence[float]]
"""Milliseconds of each delay, by what was waited for."""


@dataclass
class Arrivals:
    ground: Ground
    desk: Desk
    sink: Sink
    refused: Counter[int] = field(default_factory=Counter)
    """Delays answered 503, by rate: more than the machine can do."""

    async def round(self, rate: int, seconds: float) -> Took:
        """Delays at that rate for so long, and how long each took to be seen. The orders are entered before."""
        numbers = await self.desk.orders(max(5, round(rate * seconds)))
        async with self.ground.suite.database("reporting") as reporting:
            last, mails = await reporting.fetchval(_LAST), self.sink.mails
            offset = time.time() - asyncio.get_running_loop().time()
            answered = await open_loop(self.desk.url, map(self.desk.delay, numbers), rate, CONNECTIONS)
            logged = len(numbers) - len(answered.refused)
            async with asyncio.timeout(SETTLED):
                while await reporting.fetchval(_ARCHIVED, last) < logged or self.sink.mails < mails + logged:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK)
            visible = {row["correlation"]: row["at"] for row in await reporting.fetch(_VISIBLE, last)}
        took: dict[str, list[float]] = defaultdict(list)
        for n, number in enumerate(numbers):
            if n in answered.refused:
                self.refused[rate] += 1
                continue
            due = offset + answered.began + n / rate
            took[REPORT].append((visible[correlation(number)] - due) * 1000)
            took[MAIL].append((self.sink.came[correlation(number)] - due) * 1000)
        return took


async def _tell_commit_times(ground: Ground) -> None:
    """PostgreSQL keeps the time of each commit from its next start on."""
    async with ground.suite.database("postgres") as admin:
        await admin.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    await ground.postgres.stop()
    await ground.postgres.start()


async def _stages(ground: Ground, desk: Desk, effort: Effort) -> Mapping[str, float]:
    """Milliseconds of the whole way if nothing ever waited, by what is waited for."""
    times = max(5, effort.count(stages.TIMES))
    async with ground.services("customers", "orders"):
        numbers = await desk.orders(times)
        request = await stages.request(desk, numbers)
    stencil = await Stencil.of(ground, numbers[0])
    passing = await stages.passing(ground, stencil.size, times)
    reporting = await stages.reporting(ground, stencil, times)
    notifications = await stages.notifications(ground, stencil, times)
    sending = await stages.sending(ground.suite.state.ports["smtp"], times)
    return {REPORT: (request + passing + reporting) * 1000, MAIL: (request + passing + notifications + sending) * 1000}


def _rows(found: Sequence[tuple[int, Took]], sums: Mapping[str, float], refused: Mapping[int, int]) -> list[Row]:
    rows = []
    for what in (REPORT, MAIL):
        for rate in RATES:
            rounds = [took[what] for at, took in found if at == rate and took]
            p50, p99 = REACHES.get((what, rate), (None, None))
            medians = [percentile(one, 50) for one in rounds]
            note = f"{sum(map(len, rounds)):,} delays" + (f", {refused[rate]:,} more refused" if refused[rate] else "")
            against = f"the sum of the stages alone, {sums[what]:.1f} ms"
            rows.append(compare(f"{what}, median at {rate}/s", "ms", medians, against, [sums[what]] * len(rounds), p50, note))
            rows.append(alone(f"{what}, p99 at {rate}/s", "ms", [percentile(one, 99) for one in rounds], p99))
    return rows


async def _polled(ground: Ground, effort: Effort, nats: str) -> list[float]:
    """Milliseconds from the commit of an event at POLLER_RATE until nats-outbox has published it: the median of each round."""
    assert effort.peers is not None
    async with made(nats, OTHERS, "events.>") as stream, neighbour(ground, effort.peers, nats) as beside, beside.draining(NATS_OUTBOX):
        await beside.fill(NATS_OUTBOX, 1, 100)
        await stream.filled(1, 1)
        return [percentile(await _poll(beside, stream, effort.seconds(SECONDS / effort.rounds)), 50) for _ in range(effort.rounds)]


async def _poll(beside: Neighbour, stream: Stream, seconds: float) -> list[float]:
    first, committed = await stream.last() + 1, []
    for _ in range(max(1, round(POLLER_RATE * seconds))):
        await beside.fill(NATS_OUTBOX, 1, 100)
        committed.append(time.time())
        await asyncio.sleep(1 / POLLER_RATE)
    await stream.filled(first, len(committed))
    return [(await stream.time(first + n) - at) * 1000 for n, at in enumerate(committed)]
