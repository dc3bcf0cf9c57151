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

from deploy.local import parts
from deploy.local.suite import Suite
from deploy.nats.provisioning import provision_at
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
    """What ops do once a broker has lost its store: provision it, and let every service publish what the stream lacks."""
    await provision_at(parts.nats_address(suite.state).url, suite.state.nats["operator"])
    for service in SERVICES:
        await suite.command(service, "republish")


async def streamed(suite: Suite) -> list[Told]:
    """Every message of the stream that is an event, in stream order."""
    async with suite.broker() as broker:
        return await _read(broker)


async def _read(broker: NatsClient) -> list[Told]:
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


async def latest(suite: Suite) -> Latest:
    """How far every service's record has come."""
    found: dict[str, dict[UUID, int]] = {}
    for service in SERVICES:
        async with suite.database(service) as database:
            rows = await database.fetch("SELECT aggregate, max(sequence) AS last FROM record GROUP BY aggregate")
        found[service] = {row["aggregate"]: row["last"] for row in rows}
    return found


async def behind(suite: Suite, mark: Latest | None = None) -> dict[str, int]:
    """What is still under way, by service: rows to publish, and aggregates whose events were not all taken; or not up to `mark`."""
    found: Counter[str] = Counter()
    if mark is None:
        # First, as orders that are still to be looked at may tell more.
        async with suite.database("orders") as database:
            found["orders to look at"] = await database.fetchval(_TO_LOOK_AT)
    wanted = mark or await latest(suite)
    for service, publishers in LISTENS.items():
        async with suite.database(service) as database:
            if mark is None:
                found[f"{service} outbox"] = await database.fetchval("SELECT count(*) FROM outbox")
            taken = {(row["publisher"], row["aggregate"]): row["last_sequence"] for row in await _consumed(database)}
        for publisher in publishers:
            found[f"{service} behind {publisher}"] = sum(
                taken.get((publisher, aggregate), 0) < last for aggregate, last in wanted[publisher].items()
            )
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
