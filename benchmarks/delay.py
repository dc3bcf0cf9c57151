"""delay: POST /api/orders/{order}/delays, sixteen keep-alive clients straight at one process of the service, everything on.

pgbench does the same work in the same tables, statement by statement. The plain service is FastAPI, SQLAlchemy and nats-outbox. Each
of them has a copy of one database, and is alone with the relay of its events while it is measured.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import asyncpg

from benchmarks import orderbook, pgbench
from benchmarks.ground import Ground
from benchmarks.load import Answered, closed_loop, prepared
from benchmarks.method import Effort, Reach, Row, Side, compare, percentile, side_by_side
from benchmarks.orderbook import Book
from benchmarks.outboxes import NATS_OUTBOX, Neighbour
from benchmarks.outboxes import STREAM as EVENTS
from benchmarks.pgbench import Left, Told, Work
from benchmarks.streams import made
from benchmarks.world import CLIENTS, LOGIN, PROMISED, new_order, settle
from deploy.local import parts, ports
from deploy.local.parts import Options
from deploy.local.process import Process
from deploy.local.process import run as finished
from deploy.local.tokens import ISSUER, Issuer

DELAYS, FEWER, LONE, WARM = 3_200, 1_280, 320, 160
"""In a round: of those that are compared, of the slower and of those printed besides, of one client alone; and before each, not counted."""
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
DRAIN_SECONDS, WARM_SECONDS = 60.0, 60.0

_MOVED = """
SELECT m.code, m.planned, m.estimated FROM milestone m JOIN customer_order o ON o.id = m.order_id
WHERE o.number = $1 AND m.revision > 0 ORDER BY m.position
"""
_TOLD = "SELECT type, subject, body FROM record WHERE position > $1 ORDER BY position"
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


async def run(ground: Ground, effort: Effort) -> list[Row]:
    logging = await Logging.prepared(ground, effort)
    sides: dict[str, Callable[[], Awaitable[float]]] = {
        "delays": partial(logging.service, "delays", DELAYS),
        "pgbench": logging.pgbench,
        "each alone": partial(logging.service, "each alone", FEWER, singly=True),
        "through the gateway": partial(logging.service, "through the gateway", FEWER, gateway=True),
        "one client": partial(logging.service, "one client", LONE, clients=1),
        "one client, each alone": partial(logging.service, "one client, each alone", LONE, clients=1, singly=True),
    }
    if effort.peers:
        sides["plain"] = logging.plain
    rates = await side_by_side([Side(name, measure) for name, measure in sides.items()], effort.rounds)
    return _rows(logging, rates)


def _rows(logging: "Logging", rates: Mapping[str, Sequence[float]]) -> list[Row]:
    def row(name: str, one: str, against: str, other: str, reach: Reach | None = None) -> Row:
        return compare(name, "1/s", rates[one], against, rates[other], reach, logging.said_of_latency(one))

    direct = f"delays logged, {CLIENTS} clients"
    rows = [row(direct, "delays", "pgbench, the same rows statement by statement", "pgbench", REACH)]
    if "plain" in rates:
        rows.append(row(direct, "delays", "FastAPI + SQLAlchemy + nats-outbox", "plain", PLAIN_REACH))
    return [
        *rows,
        row(direct, "delays", "the service with each request in a transaction of its own", "each alone"),
        row("each in a transaction of its own", "each alone", "pgbench", "pgbench"),
        row("through the gateway", "through the gateway", "direct", "delays"),
        row("one client", "one client", "with each request in a transaction of its own", "one client, each alone"),
    ]


@dataclass
class Logging:
    """One measurement of each kind. `latencies` are those of the last round, by side."""

    ground: Ground
    effort: Effort
    token: str
    script: Path
    urls: Mapping[str, str]
    books: Mapping[str, Book]
    latencies: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    async def prepared(cls, ground: Ground, effort: Effort) -> "Logging":
        """The service logs one delay; what it leaves is pgbench's script. Then the copies of an order that is not delayed."""
        async with ground.services("customers", "orders"), ground.suite.database("orders") as database:
            desk = await settle(ground)
            mei = ground.suite.client(LOGIN, "merchandiser")
            for number in (MODEL, f"{MODEL}-LATE"):
                (await mei.post("/api/orders", new_order(number))).expect(201)
            await _drained(database)
            before = await database.fetchval("SELECT max(position) FROM record")
            answer = await mei.post(f"/api/orders/{MODEL}-LATE/delays", LATE)
            answer.expect(201)
            await _drained(database)
        turns = effort.rounds + 1
        used = effort.count(DELAYS) + 2 * effort.count(FEWER) + 2 * effort.count(LONE) + 5 * effort.count(WARM) + 2 * CLIENTS
        async with ground.suite.database("orders") as database:
            moved = [tuple(row) for row in await database.fetch(_MOVED, f"{MODEL}-LATE")]
            events = [Told(*row) for row in await database.fetch(_TOLD, before)]
            left = [Left(table, await _rows_of(database, table, f"{MODEL}-LATE")) for table in ("order_warning", "milestone_risk", "task")]
            await orderbook.copy(database, MODEL, used * turns)
        beside = ("pgbench", "plain") if effort.peers else ("pgbench",)
        script = ground.home.folder / "delay.sql"
        script.write_text(Work(LOGIN, MILESTONE, NEWS, moved, left, events, answer.content).script())
        urls = {name: await orderbook.clone(ground, "orders", f"orders_{name}") for name in beside}
        return cls(ground, effort, desk.token, script, urls, {name: Book() for name in ("orders", *urls)})

    async def service(self, side: str, delays: int, *, clients: int = CLIENTS, singly: bool = False, gateway: bool = False) -> float:
        """Answers a second of one process of the service that was just started."""
        async with self._serving(singly):
            url = self.ground.suite.gateway if gateway else self.ground.suite.service_url("orders")
            answered = await self._load(side, url, "orders", delays, clients)
            async with self.ground.suite.database("orders") as database:
                await _drained(database)
        return answered.rate

    async def pgbench(self) -> float:
        """Transactions a second; nothing publishes what they leave in the outbox."""
        book, url = self.books["pgbench"], self.urls["pgbench"]
        for delays in (WARM, DELAYS):
            each = max(1, self.effort.count(delays) // CLIENTS)
            rate = await pgbench.rate(url, self.script, book.skip(each * CLIENTS), CLIENTS, each)
        return rate

    async def plain(self) -> float:
        """Answers a second of the plain service, with its relay and a broker that does not sync, as it is out of the box."""
        assert self.effort.peers is not None
        port, key = ports.free_port(), json.dumps(Issuer(self.ground.home.key).public)
        url = self.urls["plain"].replace("postgresql://", "postgresql+asyncpg://")
        async with AsyncExitStack() as stack:
            nats = await stack.enter_async_context(self.ground.unsynced_nats())
            await stack.enter_async_context(made(nats, EVENTS, "events.>"))
            database = await stack.enter_async_context(self.ground.suite.database("orders_plain"))
            await finished(
                [str(self.effort.peers), "-P", "-m", "benchmarks.peers.tables", url], environment=self.ground.peer_environment, deadline=60
            )
            neighbour = Neighbour(self.ground, self.effort.peers, database, self.urls["plain"], nats)
            await stack.enter_async_context(neighbour.draining(NATS_OUTBOX))
            await stack.enter_async_context(self.ground.peer(self.effort.peers, "plain_delay", [url, str(port), key, ISSUER], port))
            answered = await self._load("plain", f"http://127.0.0.1:{port}", "plain", FEWER, CLIENTS)
        return answered.rate

    def said_of_latency(self, side: str) -> str:
        latencies = self.latencies[side]
        return f"p50 {percentile(latencies, 50) * 1000:.1f} ms, p99 {percentile(latencies, 99) * 1000:.1f} ms"

    async def _load(self, side: str, url: str, book: str, delays: int, clients: int) -> Answered:
        warm = self._requests(book, WARM)
        async with asyncio.timeout(WARM_SECONDS):
            # A process that was just started refuses some for want of time; those that it did not are known by their keys.
            while set((await closed_loop(url, warm, clients)).statuses) != {201}:
                pass
        answered = (await closed_loop(url, self._requests(book, delays), clients)).require(201)
        self.latencies[side] = answered.latencies
        return answered

    def _requests(self, book: str, delays: int) -> list[bytes]:
        return [
            prepared("POST", f"/api/orders/{number}/delays", self.token, LATE, {"Idempotency-Key": f"delay-{number}"})
            for number in self.books[book].take(self.effort.count(delays))
        ]

    @asynccontextmanager
    async def _serving(self, singly: bool) -> AsyncIterator[None]:
        home, state = self.ground.home, self.ground.suite.state
        part = parts.service("orders", home, state, Options())
        if singly:
            part = replace(part, command=[sys.executable, "-P", "-m", "benchmarks.singly"])
        process = Process(part, output=home.logs / "orders.log")
        try:
            await process.start()
            yield
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
