"""What is done to the stream itself: copies out of order, poison."""

import asyncio
import sys
from typing import TypeAlias
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
from tests.faults.check import until
from tests.faults.ground import Ground
from tests.faults.load import Load
from tests.flows.world import unique

COPIES = 3
THOUSAND = 1000
TOGETHER = 100
LISTENING = ("notifications", "reporting")
"""The services that listen to orders."""
MOST_DEATHS = 6
Message: TypeAlias = tuple[UUID, str, bytes]
"""An event's id, its subject and its body."""

_WAITING = "SELECT event_id, subject, body FROM record r JOIN outbox o ON o.recorded_at = r.recorded_at AND o.position = r.position"
_ARCHIVED = "SELECT count(*) FROM archive WHERE convert_from(body, 'UTF8')::jsonb ->> 'id' = ANY($1::text[])"
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


async def poison(ground: Ground, load: Load) -> float:
    """Two thousand events, one in each thousand can never be applied: the data of one are of another shape, the other is no JSON at all."""
    letters = {service: await _all_letters(ground, service) for service in LISTENING}
    good = set()
    async with ground.suite.broker() as broker:
        for bad in (_misshapen(), _no_json()):
            thousand = [_supplier() for _ in range(THOUSAND - 1)]
            good |= {event_id for event_id, _, _ in thousand}
            thousand.insert(ground.random.randrange(THOUSAND), bad)
            ground.injected |= {event_id for event_id, _, _ in thousand}
            for some in range(0, THOUSAND, TOGETHER):
                told = thousand[some : some + TOGETHER]
                await asyncio.gather(*(broker.request(subject, body, timeout=10) for _, subject, body in told))
    ended = now()
    ground.poisoned += 2 * len(LISTENING)

    async def parked() -> bool:
        return all([await _all_letters(ground, service) == before + 2 for service, before in letters.items()])

    async def applied() -> bool:
        async with ground.suite.database("reporting") as database:
            return bool(await database.fetchval(_ARCHIVED, [str(event_id) for event_id in good]) == len(good))

    assert await until(parked, DEADLINE), "poison was not parked"
    assert await until(applied, DEADLINE), "good events beside the poison had no effect"
    ground.notes.append(f"{len(good)} good ones applied")
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
        await process.spawn()
        async with suite.broker() as broker:
            body = _sealed(SupplierCreated(supplier_id=aggregate, code=fragile.FATAL, name="F"), event_id, aggregate)
            await broker.request(subject_of(SupplierCreated.TYPE, aggregate), body, timeout=5)
        async with asyncio.timeout(DEADLINE):
            while not await _letters(ground, "reporting", [event_id]):
                if not process.running:
                    assert process.returncode == fragile.CODE
                    deaths += 1
                    assert deaths <= MOST_DEATHS, "the event went on killing"
                    await process.spawn()
                await asyncio.sleep(0.1)
    finally:
        await process.stop()
        await suite.start("reporting")
    ground.notes.append(f"parked after {deaths} deaths")
    return now()


async def _letters(ground: Ground, service: str, events: list[UUID]) -> int:
    try:
        async with ground.suite.database(service) as database:
            return int(await database.fetchval(_LETTERS, events))
    except (OSError, asyncpg.PostgresError):
        return 0


async def _all_letters(ground: Ground, service: str) -> int:
    async with ground.suite.database(service) as database:
        return int(await database.fetchval("SELECT count(*) FROM dead_letter"))


def _supplier() -> Message:
    aggregate, event_id = uuid4(), new_id()
    event = SupplierCreated(supplier_id=aggregate, code=unique("P"), name="P")
    return event_id, subject_of(SupplierCreated.TYPE, aggregate), _sealed(event, event_id, aggregate)


def _misshapen() -> Message:
    event_id, _, body = _supplier()
    event = orjson.loads(body)
    wrong = orjson.dumps({**event, "type": f"gendan.{DelayLogged.TYPE}", "data": {"delay": 7}})
    return event_id, subject_of(DelayLogged.TYPE, UUID(event["subject"])), wrong


def _no_json() -> Message:
    event_id, _, _ = _supplier()
    return event_id, subject_of(DelayLogged.TYPE, uuid4()), b"\xff" + event_id.bytes


def _sealed(event: SupplierCreated, event_id: UUID, aggregate: UUID) -> bytes:
    told = envelope(event, id=event_id, aggregate=aggregate, sequence=1, time=SystemClock().now(), correlation_id="fault", actor="test")
    return told.model_dump_json().encode()
