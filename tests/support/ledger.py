"""The ledger check: what was committed is what is in the stream is what had an effect, each once and in order."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson
import pytest
from nats.aio.client import Client as NatsClient
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from deploy.local.commands.stream import republish
from deploy.local.suite import Suite
from shared.contracts.envelope import STREAM
from shared.contracts.topology import LISTENS, SERVICES

PATIENCE = 90.0


@dataclass(frozen=True)
class Told:
    """One event as a ledger knows it."""

    id: UUID
    publisher: str
    aggregate: UUID
    sequence: int


async def committed(suite: Suite) -> list[Told]:
    """Every event of every service's record, in record order."""
    found: list[Told] = []
    for service in SERVICES:
        async with suite.database(service) as database:
            rows = await database.fetch("SELECT event_id, aggregate, sequence FROM record ORDER BY position")
        found += [Told(row["event_id"], service, row["aggregate"], row["sequence"]) for row in rows]
    return found


async def told_again(suite: Suite) -> None:
    """What ops do once a broker has lost its store: `./gendan republish`."""
    assert await asyncio.to_thread(republish, suite.home) == 0


async def streamed(suite: Suite) -> list[Told]:
    """Every message of the stream that is an event, in stream order."""
    async with suite.broker() as broker:
        return await in_stream(broker)


async def in_stream(broker: NatsClient) -> list[Told]:
    """The same of a broker that is not the suite's own."""
    stream = broker.jetstream()
    left = (await stream.stream_info(STREAM)).state.messages
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
    reader = await stream.pull_subscribe("gendan.>", stream=STREAM, config=config)
    found: list[Told] = []
    while left:
        for message in await reader.fetch(min(500, left), timeout=5):
            left -= 1
            with suppress(orjson.JSONDecodeError):  # poison that a test put there
                event = orjson.loads(message.data)
                publisher = message.subject.split(".")[1]
                found.append(Told(UUID(event["id"]), publisher, UUID(event["subject"]), event["sequence"]))
    await reader.unsubscribe()
    return found


async def archived(suite: Suite) -> list[Told]:
    """Every event that had its effect in reporting."""
    async with suite.database("reporting") as database:
        rows = await database.fetch("SELECT publisher, aggregate, sequence, body FROM archive")
    return [Told(UUID(orjson.loads(row["body"])["id"]), row["publisher"], row["aggregate"], row["sequence"]) for row in rows]


def gaps(ledger: list[Told]) -> dict[UUID, list[int]]:
    """Aggregates whose sequences do not count 1, 2, 3 ... in the order of the ledger."""
    found: dict[UUID, list[int]] = defaultdict(list)
    for told in ledger:
        found[told.aggregate].append(told.sequence)
    return {aggregate: numbers for aggregate, numbers in found.items() if numbers != list(range(1, len(numbers) + 1))}


def doubled(ledger: list[Told]) -> list[Told]:
    return [told for told, times in Counter(ledger).items() if times > 1]


_TO_LOOK_AT = "SELECT (SELECT count(*) FROM risk_look) + (SELECT count(*) FROM task_look)"

Latest = Mapping[str, Mapping[UUID, int]]
"""The last sequence of each aggregate, by service."""
Left = Mapping[tuple[str, str], Mapping[UUID, int]]
"""The last sequence of each aggregate, by who listens and who publishes."""
_TAKEN = "SELECT aggregate, last_sequence FROM consumed WHERE publisher = $1 AND aggregate = ANY($2::uuid[])"


async def latest(suite: Suite) -> Latest:
    """How far every service's record has come."""
    found: dict[str, dict[UUID, int]] = {}
    for service in SERVICES:
        async with suite.database(service) as database:
            rows = await database.fetch("SELECT aggregate, max(sequence) AS last FROM record GROUP BY aggregate")
        found[service] = {row["aggregate"]: row["last"] for row in rows}
    return found


async def to_take(suite: Suite) -> Left:
    """All that has been recorded, for each who listens."""
    recorded = await latest(suite)
    return {(service, publisher): recorded[publisher] for service, publishers in LISTENS.items() for publisher in publishers}


async def left(suite: Suite, wanted: Left) -> Left:
    """What of it is still to be taken. Asked again with its own answer, it asks for less and less."""
    found = {}
    for (service, publisher), aggregates in wanted.items():
        async with suite.database(service) as database:
            taken = {row["aggregate"]: row["last_sequence"] for row in await database.fetch(_TAKEN, publisher, list(aggregates))}
        missing = {aggregate: last for aggregate, last in aggregates.items() if taken.get(aggregate, 0) < last}
        if missing:
            found[service, publisher] = missing
    return found


async def behind(suite: Suite) -> dict[str, int]:
    """What is still under way: orders to look at and rows to publish, or else aggregates whose events were not all taken."""
    found: Counter[str] = Counter()
    # First, as orders that are still to be looked at may tell more.
    async with suite.database("orders") as database:
        found["orders to look at"] = await database.fetchval(_TO_LOOK_AT)
    for service in LISTENS:
        async with suite.database(service) as database:
            found[f"{service} outbox"] = await database.fetchval("SELECT count(*) FROM outbox")
    if not found.total():
        missing = await left(suite, await to_take(suite))
        found.update({f"{service} behind {publisher}": len(aggregates) for (service, publisher), aggregates in missing.items()})
    return {name: number for name, number in found.items() if number}


async def beyond(suite: Suite) -> list[str]:
    """Aggregates of which a service has taken more than was ever recorded; not those that a test made up, which have no record."""
    taken = {}
    for service in SERVICES:
        async with suite.database(service) as database:
            taken[service] = await _consumed(database)
    recorded = await latest(suite)
    return [
        f"{row['aggregate']} in {service}"
        for service, rows in taken.items()
        for row in rows
        if row["last_sequence"] > recorded[row["publisher"]].get(row["aggregate"], row["last_sequence"])
    ]


async def caught_up(suite: Suite) -> None:
    """Wait until nothing is under way; the test fails with what still is after 90 seconds."""
    try:
        async with asyncio.timeout(PATIENCE):
            while await behind(suite):  # noqa: ASYNC110  the databases know, not this loop
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"still behind: {await behind(suite)}")


async def _consumed(database: "asyncpg.Connection[asyncpg.Record]") -> list[asyncpg.Record]:
    return await database.fetch("SELECT publisher, aggregate, last_sequence FROM consumed")
