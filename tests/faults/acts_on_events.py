"""What is done to the stream itself: copies out of order, poison, a full disk."""

import asyncio
import errno
import os
import sys
from uuid import UUID, uuid4

import asyncpg
import orjson

from deploy.local import parts
from deploy.local.parts import Options
from deploy.local.process import Part, Process
from shared.clock import SystemClock
from shared.contracts.envelope import envelope, subject_of
from shared.contracts.orders import DelayLogged, SupplierCreated
from shared.ids import new_id
from tests.faults import fragile
from tests.faults.acts import DEADLINE, now
from tests.faults.check import until, until_done
from tests.faults.ground import Ground
from tests.faults.load import Load

COPIES = 3
POISONED = 5
MOST_DEATHS = 6
_WAITING = "SELECT event_id, subject, body FROM record r JOIN outbox o ON o.recorded_at = r.recorded_at AND o.position = r.position"
_LETTERS = "SELECT count(*) FROM dead_letter WHERE event_id = ANY($1::uuid[])"


async def shuffle(ground: Ground, load: Load) -> float:
    """While orders cannot publish, its events arrive three times each in any order; then it publishes them itself."""
    ground.nats["orders"].hold()
    before = len(load.delays)
    await asyncio.sleep(ground.seconds)
    async with ground.suite.database("orders") as database:
        waiting = await database.fetch(_WAITING)
    assert len(load.delays) > before, "nothing was logged without the broker"
    copies = list(waiting) * COPIES
    ground.random.shuffle(copies)
    async with ground.suite.broker() as broker:
        for row in copies:
            await broker.request(row["subject"], row["body"], timeout=5)
    ground.injected |= {row["event_id"] for row in waiting}
    ground.notes.append(f"{len(copies)} copies")
    ground.nats["orders"].heal()
    return now()


async def rebuilt_alike(ground: Ground, load: Load) -> None:
    """The reports' tables are what a rebuild from the archive makes of the same events in their own order."""
    assert await until_done(ground.suite, DEADLINE)
    before = await _projections(ground)
    await ground.suite.command("reporting", "rebuild")
    after = await _projections(ground)
    assert {name: rows - after[name] for name, rows in before.items()} == {name: set() for name in before}
    assert {name: len(rows) for name, rows in before.items()} == {name: len(rows) for name, rows in after.items()}
    ground.notes.append("equal to a rebuild")


async def _projections(ground: Ground) -> dict[str, set[str]]:
    async with ground.suite.database("reporting") as database:
        tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'projection'")
        assert tables
        return {name: {row[0] for row in await database.fetch(f'SELECT t::text FROM projection."{name}" t')} for (name,) in tables}


async def poison(ground: Ground, load: Load) -> float:
    """Events among the others that can never be applied: their data are of another shape, or they are no JSON at all."""
    ids = []
    async with ground.suite.broker() as broker:
        for _ in range(POISONED):
            await asyncio.sleep(ground.seconds / POISONED)
            aggregate, event_id = uuid4(), uuid4()
            body = _sealed(SupplierCreated(supplier_id=aggregate, code="P", name="P"), event_id, aggregate)
            body = orjson.dumps({**orjson.loads(body), "type": f"gendan.{DelayLogged.TYPE}", "data": {"delay": 7}})
            await broker.request(subject_of(DelayLogged.TYPE, aggregate), body, timeout=5)
            await broker.request(subject_of(DelayLogged.TYPE, aggregate), b"\xff" + event_id.bytes, timeout=5)
            ids.append(event_id)
    ended = now()
    ground.injected |= set(ids)
    ground.poisoned += 4 * POISONED

    async def parked() -> bool:
        return all([await _letters(ground, service, ids) == POISONED for service in ("notifications", "reporting")])

    assert await until(parked, DEADLINE), "poison was not parked"
    return ended


async def poison_that_kills(ground: Ground, load: Load) -> float:
    """reporting dies of an event, is started again and dies again, until it parks the event before its handler sees it."""
    suite = ground.suite
    options = Options(environment="test", given=ground.given)
    environment = parts.service_settings("reporting", suite.home, suite.state, options)
    part = Part("fragile", [sys.executable, "-P", "-m", fragile.__name__], environment)
    process = Process(part, output=suite.home.logs / "fragile.log")
    aggregate, event_id = new_id(), new_id()
    ground.injected.add(event_id)
    ground.poisoned += 1
    await suite.stop("reporting")
    deaths = 0
    try:
        await process.start()
        async with suite.broker() as broker:
            body = _sealed(SupplierCreated(supplier_id=aggregate, code=fragile.FATAL, name="F"), event_id, aggregate)
            await broker.request(subject_of(SupplierCreated.TYPE, aggregate), body, timeout=5)
        async with asyncio.timeout(DEADLINE):
            while not await _letters(ground, "reporting", [event_id]):
                if not process.running:
                    assert process.returncode == fragile.CODE
                    deaths += 1
                    assert deaths <= MOST_DEATHS, "the event went on killing"
                    await process.start()
                await asyncio.sleep(0.1)
    finally:
        await process.stop()
        await suite.start("reporting")
    ground.notes.append(f"parked after {deaths} deaths")
    return now()


async def fill_disk(ground: Ground, load: Load) -> float:
    """The disk that NATS keeps the stream on is full. Orders are logged meanwhile; with room again, the broker is started anew."""
    ballast = ground.suite.home.nats / "ballast"
    before = len(load.delays)
    written = _fill(ballast)
    await asyncio.sleep(ground.seconds)
    written += _fill(ballast)
    logged = len(load.delays) - before
    assert logged > 0, "nothing was logged while the broker's disk was full"
    async with ground.suite.database("orders") as database:
        waiting = await database.fetchval("SELECT count(*) FROM outbox")
    assert waiting > 0, "the disk was not full"
    ground.notes.append(f"{logged} delays logged meanwhile, {waiting} events waited")
    ballast.unlink()
    ended = now()
    if not await until_done(ground.suite, 3):
        await ground.suite.restart("nats")
        ground.notes.append("NATS restarted")
    return ended


def _fill(file: os.PathLike[str]) -> int:
    """Writes until there is no room; the bytes written."""
    written = 0
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for size in (1 << 16, 1 << 12, 1):
            while True:
                try:
                    written += os.write(handle, bytes(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break
    finally:
        os.close(handle)
    return written


async def _letters(ground: Ground, service: str, events: list[UUID]) -> int:
    try:
        async with ground.suite.database(service) as database:
            return int(await database.fetchval(_LETTERS, events))
    except (OSError, asyncpg.PostgresError):
        return 0


def _sealed(event: SupplierCreated, event_id: UUID, aggregate: UUID) -> bytes:
    told = envelope(event, id=event_id, aggregate=aggregate, sequence=1, time=SystemClock().now(), correlation_id="fault", actor="test")
    return told.model_dump_json().encode()
