"""rebuild: a million events into fresh projections: of reporting's archive, against COPY of the rows they come to, and of the stream alone,
against nats-py reading them.

COPY fills tables of the same shape, with their keys and indexes, from files in PostgreSQL's binary format, over one connection. The
events are what an order with a delay and its mail were really told as, told again of other orders.
"""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from benchmarks import processor
from benchmarks.ground import Ground
from benchmarks.load import closed_loop
from benchmarks.method import Effort, Reach, Row, Side, compare, side_by_side
from benchmarks.peers import nats_py
from benchmarks.processor import Meter, Timed
from benchmarks.streams import Stream, operating
from benchmarks.world import settle
from deploy.local import parts
from deploy.local.parts import Options
from deploy.local.process import Process
from deploy.local.process import run as run_command
from services.reporting.app import MIGRATIONS
from services.reporting.projections import schema
from services.reporting.projections.rebuild import rebuild
from services.reporting.projections.store import LIVE, TABLES
from shared.contracts.envelope import STREAM, subject_of
from shared.ids import new_id
from shared.messaging.publish import BATCH_MAX, Outgoing, publish

EVENTS = 1_000_000
COPIED = "copied"
COPY = "COPY of the same rows"
RAW = "raw nats-py fetch loop"
REACH = Reach(value=100_000, ratio=0.30)
REACH_STREAM = Reach(ratio=0.75)
DEADLINE = 60.0
FILL_SECONDS = 1800.0
UUIDS = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_OF = "SELECT body FROM archive WHERE publisher = $1"
# The order's own events, and those of its one mail.
_OF_ORDER = """
SELECT publisher, aggregate, sequence, type, body FROM archive
WHERE publisher = 'notifications' OR aggregate = (SELECT id FROM projection.sales_order WHERE number = $1) ORDER BY position
"""
_TOLD = "SELECT true FROM archive WHERE type = 'notifications.message.sent.v1'"
_FORGET = "TRUNCATE archive, consumed, held, dead_letter, known_customer, known_staff"
_ARCHIVED = "SELECT count(*) FROM archive"
_COLUMNS = ("publisher", "aggregate", "sequence", "type", "body")


async def run(ground: Ground, effort: Effort) -> list[Row]:
    life = await _life(ground)
    desk = Rebuilding(ground)
    await desk.fill(life, effort.count(EVENTS))
    rates = await side_by_side([Side("rebuild", desk.rebuild), Side(COPY, desk.copy)], effort.rounds)
    note = f"{desk.told:,} events of {life.size:,} bytes on average, which come to {desk.rows:,} rows"
    from_archive = compare("rebuild from the archive", "events/s", rates["rebuild"], COPY, rates[COPY], REACH, note)
    await desk.pour(life, effort.count(EVENTS))
    read = await side_by_side([Side("rebuild", desk.rebuild_from_stream), Side(RAW, desk.raw)], effort.rounds)
    own, raw = read["rebuild"], read[RAW]
    note = f"{desk.poured:,} events, from the start of the command in an empty database to its end"
    what = "rebuild from the stream"
    return [
        from_archive,
        compare(what, "events/s", [one.rate for one in own], RAW, [one.rate for one in raw], REACH_STREAM, note),
        processor.row(f"an event, {what}", [(one.spent, one.events) for one in own], "us"),
        processor.row(f"an event, {RAW}", [(one.spent, one.events) for one in raw], "us"),
    ]


async def _life(ground: Ground) -> "Life":
    """Everything that was told of an order, its delay and the mail about it."""
    mail = Process(parts.mail(ground.home, ground.suite.state), output=ground.home.logs / "mail.log")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(mail.stop)
        await mail.start()
        await stack.enter_async_context(ground.services("customers", "orders", "notifications", "reporting"))
        desk = await settle(ground)
        (number,) = await desk.orders(1)
        (await closed_loop(desk.url, [desk.delay(number)], 1)).require(201)
        database = await stack.enter_async_context(ground.suite.database("reporting"))
        async with asyncio.timeout(DEADLINE):
            while not await database.fetchval(_TOLD):  # noqa: ASYNC110  reporting knows, not this loop
                await asyncio.sleep(0.1)
        customers = {one for row in await database.fetch(_OF, "customers") for one in UUIDS.findall(row["body"])}
        rows = await database.fetch(_OF_ORDER, number)
        return Life.of([Told(*row) for row in rows], customers, number)


@dataclass(frozen=True)
class Told:
    publisher: str
    aggregate: UUID
    sequence: int
    type: str
    body: bytes


@dataclass(frozen=True)
class Life:
    """Archived events, cut at the `names` of what differs from order to order."""

    events: Sequence[tuple[Told, Sequence[bytes]]]
    names: Sequence[bytes]
    size: int

    @classmethod
    def of(cls, told: Sequence[Told], familiar: set[bytes], number: str) -> "Life":
        names = [*sorted({one for event in told for one in UUIDS.findall(event.body)} - familiar), number.encode()]
        split = re.compile(b"(" + b"|".join(map(re.escape, names)) + b")")
        size = sum(len(event.body) for event in told) // len(told)
        return cls([(event, split.split(event.body)) for event in told], names, size)

    def again(self, events: int) -> Iterator[tuple[str, UUID, int, str, bytes]]:
        """Rows of the archive, `events` of them or a few more: whole lives of other orders."""
        for life in range(-(-events // len(self.events))):
            fresh = {name: str(new_id()).encode() for name in self.names[:-1]} | {self.names[-1]: b"SO-A%07d" % life}
            for told, pieces in self.events:
                aggregate = UUID(fresh[str(told.aggregate).encode()].decode())
                yield told.publisher, aggregate, told.sequence, told.type, b"".join(fresh.get(piece, piece) for piece in pieces)


@dataclass
class Rebuilding:
    """`told` events are in the archive, which come to `rows` rows in files, one for each table. In the stream are
    `poured`, from sequence `first` on."""

    ground: Ground
    told: int = 0
    rows: int = 0
    first: int = 0
    poured: int = 0

    async def fill(self, life: Life, events: int) -> None:
        """Puts new lives into the archive, and what they come to into files."""
        async with self.ground.suite.database("reporting") as database:
            await database.copy_records_to_table("archive", records=life.again(events), columns=_COLUMNS, timeout=FILL_SECONDS)
            await database.execute("VACUUM ANALYZE archive", timeout=FILL_SECONDS)
            self.told = await database.fetchval("SELECT count(*) FROM archive")
            await self.rebuild()
            for table in TABLES:
                done = await database.copy_from_table(
                    table.name, schema_name=LIVE, output=self._file(table.name), format="binary", timeout=FILL_SECONDS
                )
                self.rows += int(done.split()[1])

    async def rebuild(self) -> float:
        """Events a second, from the beginning to the new projections being those in use."""
        state = self.ground.suite.state
        url = parts.postgres_address(state).url("reporting", "reporting_migrator", state.migrators["reporting"])
        rebuilt = await rebuild(SecretStr(url), MIGRATIONS)
        return rebuilt.events / rebuilt.seconds

    async def copy(self) -> float:
        """Events a second whose rows COPY writes into new tables."""
        async with self.ground.suite.database("reporting") as database:
            await database.execute(f"DROP SCHEMA IF EXISTS {COPIED} CASCADE")
            async with database.transaction():
                await database.execute(f"CREATE SCHEMA {COPIED}")
                await database.execute("SELECT set_config('gendan.projection', $1, true)", COPIED)
                for statement in schema.statements(MIGRATIONS):
                    await database.execute(statement)
            began = time.monotonic()
            for table in TABLES:
                await database.copy_to_table(
                    table.name, schema_name=COPIED, source=self._file(table.name), format="binary", timeout=FILL_SECONDS
                )
            seconds = time.monotonic() - began
            await database.execute(f"DROP SCHEMA {COPIED} CASCADE")
            return self.told / seconds

    async def pour(self, life: Life, events: int) -> None:
        """Puts new lives into the stream."""
        async with self.ground.suite.broker() as broker:
            self.first = await Stream(broker, STREAM).last() + 1
        lives = (Outgoing(0, new_id(), aggregate, subject_of(type, aggregate), body) for _, aggregate, _, type, body in life.again(events))
        async with operating(self.ground) as bus:
            while part := list(islice(lives, BATCH_MAX)):
                await publish(bus, part)
                self.poured += len(part)

    async def rebuild_from_stream(self) -> Timed:
        """By the command, in a database that knows nothing."""
        async with self.ground.suite.database("reporting") as database:
            await database.execute(_FORGET)
        state = self.ground.suite.state
        environment = parts.migrator_settings("reporting", self.ground.home, state, Options())
        meter = Meter(self.ground, commands="the command's processes")
        await meter.read()
        began = time.monotonic()
        await run_command(parts.service_command("reporting", "rebuild", "--from-stream"), environment=environment, deadline=FILL_SECONDS)
        seconds, spent = time.monotonic() - began, await meter.read()
        async with self.ground.suite.database("reporting") as database:
            archived: int = await database.fetchval(_ARCHIVED)
        if archived < self.poured:
            raise RuntimeError(f"of {self.poured} events {archived} came into the archive")
        return Timed(archived / seconds, spent, archived)

    async def raw(self) -> Timed:
        """By nats-py, and dropped."""
        return await nats_py.fetched(self.ground, self.first, self.poured)

    def _file(self, table: str) -> Path:
        return self.ground.home.folder / f"{table}.copy"
