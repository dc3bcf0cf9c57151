"""The plain service with all that belongs to it: nats-outbox's relay, and a broker that does not sync, as it is out of the box."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.ground import Ground
from benchmarks.peers.outboxes import NATS_OUTBOX, STREAM, neighbour_in, sqlalchemy_url
from benchmarks.streams import made
from deploy.local import ports
from deploy.local.tokens import ISSUER, Issuer


@asynccontextmanager
async def serving(ground: Ground, python: Path, database: str) -> AsyncIterator[str]:
    """Its URL; it works on that copy of the database of orders until the block is left."""
    port, key = ports.free_port(), json.dumps(Issuer(ground.home.key).public)
    arguments = [sqlalchemy_url(ground.suite.database_url(database)), str(port), key, ISSUER]
    async with (
        ground.unsynced_nats() as nats,
        made(nats, STREAM, "events.>"),
        neighbour_in(ground, python, nats, database) as beside,
        beside.draining(NATS_OUTBOX),
        ground.peer(python, "plain_delay", arguments, port),
    ):
        yield f"http://127.0.0.1:{port}"
