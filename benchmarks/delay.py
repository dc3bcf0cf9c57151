"""delay: POST /api/orders/{order}/delays, sixteen keep-alive clients straight at one process of the service, everything on.

Two rates of the service: delays answered, and delays with all that follows from them done, which it does behind the answers: warnings
told, tasks opened, events relayed. pgbench does the same work in the same tables, statement by statement, in each delay's transaction,
but relays nothing. The plain service is FastAPI, SQLAlchemy and nats-outbox. Each has a copy of one database, and logs as many delays.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import asyncpg

from benchmarks import orderbook, processor
from benchmarks.ground import Ground
from benchmarks.load import Answered, closed_loop, prepared
from benchmarks.method import Effort, Reach, Row, Side, compare, percentile, side_by_side
from benchmarks.orderbook import Book
from benchmarks.peers import pgbench, plain
from benchmarks.peers.pgbench import Left, Told, Work
from benchmarks.processor import Meter, Spent
from benchmarks.world import CLIENTS, LOGIN, PROMISED, new_order, settle
from deploy.local import parts
from deploy.local.parts import Options
from deploy.local.process import Process

DELAYS, LONE, WARM = 3_200, 960, 160
"""In a round: of each that is compared, of each with one client alone; and before each, not counted."""
MODEL, MILESTONE = "SO-MODEL", "DEPART"
NEWS = datetime.now(UTC).date() + timedelta(days=60)
LATE = {
    "milestone": MILESTONE,
    "new_date": str(PROMISED - timedelta(days=25)),
    "causes": [{"code": "LOG-VSL"}],
    "action": {"en": "space on the next sailing is confirmed", "zh-CN": "我司已向船公司确认新舱位"},
    "next_news_on": str(NEWS),
}
REACH, PLAIN_REACH = Reach(ratio=0.60), Reach(ratio=2.5)
DRAIN_SECONDS, WARM_SECONDS = 120.0, 60.0
TOGETHER, SINGLY, PGBENCH, PLAIN, GATEWAY = "together", "singly", "pgbench", "plain", "gateway"
LONE_TOGETHER, LONE_SINGLY = "one client, together", "one client, singly"

_MOVED = """
SELECT m.code, m.planned, m.estimated FROM milestone m JOIN customer_order o ON o.id = m.order_id
WHERE o.number = $1 AND m.revision > 0 ORDER BY m.position
"""
_TOLD = "SELECT type, subject, body FROM record WHERE position > $1 ORDER BY position"
_LAST = "SELECT max(position) FROM record"
_EVENTS = "SELECT count(*) FROM record WHERE position > $1"
_OF_THE_ORDER = {
    "id": "uuidv7()",
    "order_id": ":order_id::uuid",
    "root": ":order_id::uuid",
    "subject": ":order_id::uuid",
    "order": "'SO-' || :number",
}
"""What differs from order to order in a row that the service left behind."""
_LITERALS = """
SELECT array_agg(a.attname::text ORDER BY a.attnum), string_agg(format('quote_nullable(%I::text)', a.attname), ', ' ORDER BY a.attnum)
FROM pg_attribute a WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
_UNDONE = "SELECT " + " OR ".join(f"EXISTS (SELECT FROM {table})" for table in ("outbox", *orderbook.TO_BE_LOOKED_AT))
_LEFT = f"SELECT (SELECT count(*) FROM {orderbook.TO_BE_LOOKED_AT[0]}), (SELECT count(*) FROM outbox)"


@dataclass(frozen=True, slots=True)
class Round:
    """Delays a second: answered, and with all that follows done. `looks` and `events` were to be made and relayed when the last was
    answered, `seconds` later all was done.
    """

    answered: float
    done: float
    delays: int
    spent: Spent
    latencies: Sequence[float] = ()
    looks: int = 0
    events: int = 0
    seconds: float = 0.0


async def run(ground: Ground, effort: Effort) -> list[Row]:
    logging = await Logging.prepared(ground, effort)
    sides: dict[str, Callable[[], Awaitable[Round]]] = {
        TOGETHER: partial(logging.service, DELAYS),
        PGBENCH: logging.pgbench,
        SINGLY: partial(logging.service, DELAYS, singly=True),
        GATEWAY: partial(logging.service, DELAYS, gateway=True),
        LONE_TOGETHER: partial(logging.service, LONE, clients=1),
        LONE_SINGLY: partial(logging.service, LONE, clients=1, singly=True),
    }
    if effort.peers:
        sides[PLAIN] = logging.plain
    return _rows(await side_by_side([Side(name, measure) for name, measure in sides.items()], effort.rounds))


def _rows(rounds: Mapping[str, Sequence[Round]]) -> list[Row]:
    def answered(name: str, one: str, against: str, other: str, reach: Reach | None = None) -> Row:
        mine, theirs = [each.answered for each in rounds[one]], [each.answered for each in rounds[other]]
        return compare(name, "1/s", mine, against, theirs, reach, _said_of_latency(rounds[one]))

    def done(name: str, one: str) -> Row:
        mine, theirs = [each.done for each in rounds[one]], [each.done for each in rounds[PGBENCH]]
        return compare(f"{name}, until all that follows is done", "1/s", mine, beside, theirs, REACH, _said_of_the_rest(rounds[one]))

    beside, peer = "pgbench, the same rows, nothing relayed", "FastAPI + SQLAlchemy + nats-outbox"
    alike = "each in a transaction of its own"
    each, both = f"{CLIENTS} clients, {alike}", f"{CLIENTS} clients, those that come together in one"
    rows = [
        answered(each, SINGLY, beside, PGBENCH, REACH),
        done(each, SINGLY),
        answered(both, TOGETHER, beside, PGBENCH, REACH),
        done(both, TOGETHER),
        answered(both, TOGETHER, alike, SINGLY),
    ]
    if PLAIN in rounds:
        rows += [answered(each, SINGLY, peer, PLAIN, PLAIN_REACH), answered(both, TOGETHER, peer, PLAIN, PLAIN_REACH)]
    timed = ((each, SINGLY), (both, TOGETHER), (PGBENCH, PGBENCH), ("one client", LONE_TOGETHER), (f"one client, {alike}", LONE_SINGLY))
    return [
        *rows,
        answered("the same through the gateway", GATEWAY, "direct", TOGETHER),
        answered("one client, nothing comes together", LONE_TOGETHER, alike, LONE_SINGLY),
        *(
            processor.row(f"a delay and all that follows, {name}", [(one.spent, one.delays) for one in rounds[side]])
            for name, side in timed
        ),
    ]


def _said_of_latency(rounds: Sequence[Round]) -> str:
    latencies = rounds[-1].latencies
    return f"p50 {percentile(latencies, 50) * 1000:.1f} ms, p99 {percentile(latencies, 99) * 1000:.1f} ms"


def _said_of_the_rest(rounds: Sequence[Round]) -> str:
    looks, events = (median(counts) for counts in zip(*((one.looks, one.events) for one in rounds), strict=True))
    seconds = median(one.seconds for one in rounds)
    return f"{seconds:.1f} s after the last answer, which left {looks:,.0f} orders to look at and {events:,.0f} events to relay"


@dataclass
class Logging:
    """One measurement of each kind. `follows` counts the events of one delay, those included that are told behind its answer."""

    ground: Ground
    effort: Effort
    token: str
    script: Path
    follows: int
    urls: Mapping[str, str]
    books: Mapping[str, Book]

    @classmethod
    async def prepared(cls, ground: Ground, effort: Effort) -> "Logging":
        """The service logs one delay; what it leaves is pgbench's script. Then the copies of an order that is not delayed."""
        async with ground.services("customers", "orders"), ground.suite.database("orders") as database:
            desk = await settle(ground)
            mei = ground.suite.client(LOGIN, "merchandiser")
            for number in (MODEL, f"{MODEL}-LATE"):
                (await mei.post("/api/orders", new_order(number))).expect(201)
            await _drained(database)
            before = await database.fetchval(_LAST)
            answer = await mei.post(f"/api/orders/{MODEL}-LATE/delays", LATE)
            answer.expect(201)
            await _drained(database)
        used = 3 * effort.count(DELAYS) + 2 * effort.count(LONE) + 5 * effort.count(WARM) + CLIENTS
        async with ground.suite.database("orders") as database:
            moved = [tuple(row) for row in await database.fetch(_MOVED, f"{MODEL}-LATE")]
            events = [Told(*row) for row in await database.fetch(_TOLD, before)]
            left = [Left(table, await _rows_of(database, table, f"{MODEL}-LATE")) for table in ("order_warning", "milestone_risk", "task")]
            await orderbook.copy(database, MODEL, used * (effort.rounds + 1))
        beside = (PGBENCH, PLAIN) if effort.peers else (PGBENCH,)
        script = ground.home.folder / "delay.sql"
        script.write_text(Work(LOGIN, MILESTONE, NEWS, moved, left, events, answer.content).script())
        urls = {name: await orderbook.clone(ground, "orders", f"orders_{name}") for name in beside}
        return cls(ground, effort, desk.token, script, len(events), urls, {name: Book() for name in ("orders", *urls)})

    async def service(self, delays: int, *, clients: int = CLIENTS, singly: bool = False, gateway: bool = False) -> Round:
        """Of one process of the service that was just started."""
        url = self.ground.suite.gateway if gateway else self.ground.suite.service_url("orders")
        async with self._serving(singly) as orders, self.ground.suite.database("orders") as database:
            await self._warm(url, "orders", clients)
            await _drained(database)
            before, meter = await database.fetchval(_LAST), Meter(self.ground, {"orders": orders})
            await meter.read()
            answered = await self._load(url, "orders", delays, clients)
            looks, events = await database.fetchrow(_LEFT) or (0, 0)
            await _drained(database)
            seconds, spent, count = asyncio.get_running_loop().time() - answered.began, await meter.read(), len(answered.latencies)
            if (told := await database.fetchval(_EVENTS, before)) != self.follows * count:
                raise RuntimeError(f"{count} delays were told by {told} events, not by {self.follows} each as pgbench writes them")
        return Round(answered.rate, count / seconds, count, spent, answered.latencies, looks, events, seconds - answered.seconds)

    async def pgbench(self) -> Round:
        """Of transactions that leave the same; nothing relays what they leave in the outbox."""
        book, url, meter = self.books[PGBENCH], self.urls[PGBENCH], Meter(self.ground, commands=PGBENCH)
        for delays in (WARM, DELAYS):
            await meter.read()
            each = max(1, self.effort.count(delays) // CLIENTS)
            rate = await pgbench.rate(url, self.script, book.skip(each * CLIENTS), CLIENTS, each)
        return Round(rate, rate, each * CLIENTS, await meter.read())

    async def plain(self) -> Round:
        """Of the plain service; what its relay has not published when the last is answered is not asked."""
        assert self.effort.peers is not None
        async with plain.serving(self.ground, self.effort.peers, f"orders_{PLAIN}") as url:
            await self._warm(url, PLAIN, CLIENTS)
            answered = await self._load(url, PLAIN, DELAYS, CLIENTS)
        return Round(answered.rate, answered.rate, len(answered.latencies), Spent(), answered.latencies)

    async def _warm(self, url: str, book: str, clients: int) -> None:
        warm = self._requests(book, WARM)
        async with asyncio.timeout(WARM_SECONDS):
            # A process that was just started refuses some for want of time; those that it did not are known by their keys.
            while set((await closed_loop(url, warm, clients)).statuses) != {201}:
                pass

    async def _load(self, url: str, book: str, delays: int, clients: int) -> Answered:
        return (await closed_loop(url, self._requests(book, delays), clients)).require(201)

    def _requests(self, book: str, delays: int) -> list[bytes]:
        return [
            prepared("POST", f"/api/orders/{number}/delays", self.token, LATE, {"Idempotency-Key": f"delay-{number}"})
            for number in self.books[book].take(self.effort.count(delays))
        ]

    @asynccontextmanager
    async def _serving(self, singly: bool) -> AsyncIterator[Process]:
        home, state = self.ground.home, self.ground.suite.state
        part = parts.service("orders", home, state, Options())
        if singly:
            part = replace(part, command=[sys.executable, "-P", "-m", "benchmarks.singly"])
        process = Process(part, output=home.logs / "orders.log")
        try:
            await process.start()
            yield process
        finally:
            await process.stop()


async def _drained(database: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Until all is looked at and the relay has published everything: what is measured next finds nothing of it."""
    async with asyncio.timeout(DRAIN_SECONDS):
        while await database.fetchval(_UNDONE):  # noqa: ASYNC110  the database knows, not this loop
            await asyncio.sleep(0.05)


async def _rows_of(database: "asyncpg.Connection[asyncpg.Record]", table: str, order: str) -> list[dict[str, str]]:
    """The order's rows, as SQL that makes them for another order."""
    [(columns, literals)] = await database.fetch(_LITERALS, table)
    rows = await database.fetch(f"SELECT {literals} FROM {table} WHERE order_id = (SELECT id FROM customer_order WHERE number = $1)", order)
    return [{column: _OF_THE_ORDER.get(column, literal) for column, literal in zip(columns, row, strict=True)} for row in rows]
