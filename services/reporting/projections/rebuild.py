"""`python -m services.reporting rebuild`: makes the projections anew from the archive, beside the live ones, and swaps.

Runs as the migrator while the service works. The archive is replayed in rounds; before each round all writers are waited for, for a
moment, so that every position up to the round's end is there to read. The first round fills the empty tables by statements over all of it;
later ones go through the handlers. When little is left, that lock is kept, the rest is replayed, and the schemas change names in the same
transaction.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from pydantic import SecretStr

from services.reporting.archive import store as archive
from services.reporting.projections import schema, store
from services.reporting.projections.fills import FILLS
from services.reporting.projections.handlers import project_into
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.reading import Message, read
from shared.messaging.received import Received
from shared.problems import Conflict

BATCH = 2_000
LEFT_FOR_THE_LOCK = 1_000
LOCK_PATIENCE_MS = 1_000
LOCK_ATTEMPTS = 60
PAUSE = 0.25
FILL_SECONDS = 3600.0
# Nothing is known of what is parsed there and then: taken for a few rows, millions would be joined one by one.
FILLING = "SET enable_nestloop = off; SET synchronous_commit = off; SET work_mem = '256MB'; SET maintenance_work_mem = '256MB'"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    events: int
    seconds: float
    locked_seconds: float


class Rebuild:
    """One rebuild on two connections: one reads the archive ahead, the other writes the new schema."""

    def __init__(self, reader: Tx, writer: Tx, migrations: Path) -> None:
        self._reader = reader
        self._writer = writer
        self._migrations = migrations
        self._position = 0
        self._events = 0
        self._began = time.monotonic()

    async def run(self) -> Rebuilt:
        if not await schema.claim(self._writer):
            raise Conflict(Both("another rebuild is running", "另一重建正在进行"))
        await schema.drop_old(self._writer)
        await schema.make_next(self._writer, schema.statements(self._migrations))
        while True:
            end = await self._safe_position()
            await (self._replay(end) if self._position else self._fill(end))
            if await archive.last_position(self._reader) - end <= LEFT_FOR_THE_LOCK:
                locked = await self._swap()
                if locked is not None:
                    break
        await schema.drop_old(self._writer)
        rebuilt = Rebuilt(self._events, time.monotonic() - self._began, locked)
        log.info("rebuild.done", events=rebuilt.events, seconds=round(rebuilt.seconds, 3), locked_ms=round(locked * 1000, 1))
        return rebuilt

    async def _safe_position(self) -> int:
        """The highest position, once no transaction can add one at or below it."""
        for _ in range(LOCK_ATTEMPTS):
            try:
                async with self._reader.transaction():
                    await archive.stop_writers(self._reader, LOCK_PATIENCE_MS)
                    return await archive.last_position(self._reader)
            except archive.LockTaken:
                await asyncio.sleep(PAUSE)
        raise Conflict(Both("the archive is being written without a pause; the rebuild cannot get a word in", "存档一直在写入，无法重建"))

    async def _fill(self, end: int) -> None:
        """Everything up to there into the empty tables, by both connections; the indexes come afterwards."""
        indexes = await schema.drop_indexes(self._writer)
        fills = [
            (" ".join(fill.tables), fill.statement, (end, list(fill.types), fill.parts - 1, part))
            for fill in FILLS
            for part in range(fill.parts)
        ]
        await self._share(fills)
        await self._share([("an index", index, ()) for index in indexes])
        self._events, self._position = await archive.count(self._reader, end), end

    async def _share(self, statements: Iterable[tuple[str, str, Sequence[Any]]]) -> None:
        """Each on the connection that is free first."""
        left = iter(statements)

        async def work(connection: Tx) -> None:
            await connection.execute(FILLING)
            for name, statement, arguments in left:
                began = time.monotonic()
                async with connection.transaction():
                    await store.enter(connection, schema.NEXT)
                    await connection.execute(statement, *arguments, timeout=FILL_SECONDS)
                log.info("rebuild.filled", filled=name, seconds=round(time.monotonic() - began, 3))
            await connection.execute("RESET ALL")

        async with asyncio.TaskGroup() as both:
            for connection in (self._reader, self._writer):
                both.create_task(work(connection))

    async def _replay(self, end: int) -> None:
        # The session's own commits need not be durable: a rebuild that dies begins anew. The swap commits durably.
        await self._writer.execute("SET synchronous_commit = off")
        async for batch in self._batches(end):
            async with self._writer.transaction():
                await project_into(self._writer, batch, schema.NEXT)
            self._events += len(batch)
            seconds = time.monotonic() - self._began
            log.info("rebuild.progress", events=self._events, position=self._position, upto=end, per_second=round(self._events / seconds))
        await self._writer.execute("SET synchronous_commit = on")
        self._position = end

    async def _batches(self, end: int) -> AsyncIterator[list[Received[Any]]]:
        """Reads and parses the next batch while one is being written."""
        coming = asyncio.create_task(self._next(self._position, end))
        try:
            while batch := (await coming)[0]:
                coming = asyncio.create_task(self._next(coming.result()[1], end))
                yield batch
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _next(self, after: int, end: int) -> tuple[list[Received[Any]], int]:
        """The next batch, and the position it ends at."""
        rows = await archive.read(self._reader, after, end, BATCH)
        return _parsed(rows), rows[-1].position if rows else end

    async def _swap(self) -> float | None:
        """Replay the rest and put the new schema in place. Seconds of the lock; None when too much has come in between."""
        await schema.analyze_next(self._writer)
        try:
            async with self._writer.transaction():
                await archive.stop_writers(self._writer, LOCK_PATIENCE_MS)
                began = time.monotonic()
                end = await archive.last_position(self._writer)
                rest = await archive.read(self._writer, self._position, end, 2 * LEFT_FOR_THE_LOCK + 1)
                if len(rest) > 2 * LEFT_FOR_THE_LOCK:
                    return None
                if rest:
                    await project_into(self._writer, _parsed(rest), schema.NEXT)
                await schema.swap(self._writer)
        except archive.LockTaken:
            return None
        self._events += len(rest)
        return time.monotonic() - began


def _parsed(rows: Sequence[archive.Archived]) -> list[Received[Any]]:
    return [read(Message(row.type, row.body, {}, row.position), with_data=True) for row in rows]


async def rebuild(url: SecretStr, migrations: Path) -> Rebuilt:
    """Rebuild as the role of `url`, which owns the schemas; Conflict when another rebuild runs or the archive cannot be locked."""
    reader = await asyncpg.connect(url.get_secret_value(), timeout=10, command_timeout=300)
    try:
        writer = await asyncpg.connect(url.get_secret_value(), timeout=10, command_timeout=300)
        try:
            return await Rebuild(reader, writer, migrations).run()
        finally:
            await writer.close(timeout=10)
    finally:
        await reader.close(timeout=10)
