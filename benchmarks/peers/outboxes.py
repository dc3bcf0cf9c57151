"""The outboxes of others: how their tables are filled, and what drains them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from benchmarks.ground import Ground
from deploy.local.process import Part, Process, run

SUBJECT = "events.order"
STREAM = "EVENTS"
OWN = "neighbour"

_NATS_OUTBOX = """
INSERT INTO outbox_events (event_id, subject, headers, payload, status, retry_count, aggregate_id, aggregate_type)
SELECT id, $1, jsonb_build_object('Nats-Msg-Id', id::text), jsonb_build_object('id', id, 'data', repeat('x', $3)), 'pending', 0,
       id::text, 'order'
FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $2)) AS events
"""
_FASTSTREAM_OUTBOX = """
INSERT INTO outbox (queue, payload, headers)
SELECT 'events', convert_to(json_build_object('id', id, 'data', repeat('x', $3))::text, 'UTF8'),
       jsonb_build_object('content-type', 'application/json', 'correlation_id', id::text, 'subject', $1::text)
FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $2)) AS events
"""


@dataclass(frozen=True)
class Outbox:
    """`fill` takes subject, number and size; `arguments` and `settings` come from the database's URL and the broker's."""

    name: str
    table: str
    fill: str
    arguments: Callable[[str, str], tuple[str, ...]]
    settings: Callable[[str, str], Mapping[str, str]]


NATS_OUTBOX = Outbox(
    "nats-outbox",
    "outbox_events",
    _NATS_OUTBOX,
    lambda database, nats: ("-m", "nats_outbox.cli", "relay", "start", "--log-level", "WARNING"),
    lambda database, nats: {"OUTBOX_DATABASE_URL": database, "OUTBOX_NATS_URL": nats},
)
FASTSTREAM_OUTBOX = Outbox(
    "faststream-outbox",
    "outbox",
    _FASTSTREAM_OUTBOX,
    lambda database, nats: ("-m", "benchmarks.peers.faststream_relay", database, nats, SUBJECT, STREAM),
    lambda database, nats: {},
)


@dataclass(frozen=True)
class Neighbour:
    """A database with the outboxes' tables, and the broker that their relays publish to."""

    ground: Ground
    python: Path
    database: "asyncpg.Connection[asyncpg.Record]"
    url: str
    nats: str

    async def fill(self, outbox: Outbox, events: int, size: int) -> None:
        """Puts that many events of about `size` bytes into its table."""
        await self.database.execute(outbox.fill, SUBJECT, events, max(1, size - 60))

    async def forget(self, outbox: Outbox) -> None:
        """Empties its table of what was published, which it keeps."""
        await self.database.execute(f"TRUNCATE {outbox.table}")

    @asynccontextmanager
    async def draining(self, outbox: Outbox) -> AsyncIterator[None]:
        """Its relay runs until the block is left."""
        url = sqlalchemy_url(self.url)
        command = [str(self.python), "-P", *outbox.arguments(url, self.nats)]
        environment = {**self.ground.peer_environment, **outbox.settings(url, self.nats)}
        process = Process(
            Part(name=outbox.name, command=command, environment=environment), output=self.ground.home.logs / f"{outbox.name}.log"
        )
        await process.start()
        try:
            yield
        finally:
            await process.stop()


@asynccontextmanager
async def neighbour(ground: Ground, python: Path, nats: str) -> AsyncIterator[Neighbour]:
    """In a database that holds nothing else."""
    await ground.empty_database(OWN)
    async with neighbour_in(ground, python, nats, OWN) as beside:
        yield beside


@asynccontextmanager
async def neighbour_in(ground: Ground, python: Path, nats: str, name: str) -> AsyncIterator[Neighbour]:
    """In that database, to which the outboxes' tables are added where they are not there yet."""
    url = ground.suite.database_url(name)
    await run([str(python), "-P", "-m", "benchmarks.peers.tables", sqlalchemy_url(url)], environment=ground.peer_environment, deadline=60)
    async with ground.suite.database(name) as database:
        yield Neighbour(ground, python, database, url, nats)


def sqlalchemy_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://")
