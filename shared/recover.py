"""The commands `restored`, `rewind` and `recover` that every service has: what follows when a database was put back, step by step.

They run as the role that owns the database, while no service runs, and pass on what they found through pipes.
"""

import argparse
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from shared.config import MigratorSettings, load
from shared.database.pool import Tx
from shared.messaging import epochs, rewinding
from shared.messaging.rewinding import Forget, Reach, Recover


async def restored(service: str, arguments: Sequence[str]) -> None:
    """Begin a new epoch of this service, whose database was put back; prints how far its record reaches, for `rewind` of its listeners."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service} restored", description=restored.__doc__)
    parser.add_argument("--above", type=int, default=epochs.FIRST, metavar="EPOCH", help="the highest epoch that a listener knows")
    async with _owned() as tx:
        reach = await rewinding.restored(tx, service, parser.parse_args(arguments).above)
    print(json.dumps({"publisher": service, "epoch": reach.epoch}))
    for aggregate, last in reach.last.items():
        print(aggregate, last)


async def rewind(service: str, forgets: Sequence[Forget], arguments: Sequence[str]) -> None:
    """Set the inbox to what a restored publisher knows, which `restored` printed; prints the lost events that this service had kept."""
    argparse.ArgumentParser(prog=f"python -m services.{service} rewind", description=rewind.__doc__).parse_args(arguments)
    head, *rest = sys.stdin.read().splitlines()
    pairs = (line.split() for line in rest)
    reach = Reach(**json.loads(head), last={UUID(aggregate): int(last) for aggregate, last in pairs})
    async with _owned() as tx:
        lost = await rewinding.rewind(tx, reach, forgets)
    for event in lost.events:
        print(event.decode())


async def recover(service: str, recovers: Sequence[Recover], arguments: Sequence[str]) -> None:
    """Take note of lost events of this service's own that listeners had kept, as their `rewind` printed them."""
    argparse.ArgumentParser(prog=f"python -m services.{service} recover", description=recover.__doc__).parse_args(arguments)
    events = [line.encode() for line in sys.stdin.read().splitlines()]
    async with _owned() as tx:
        for note in recovers:
            await note(tx, events)


@asynccontextmanager
async def _owned() -> AsyncIterator[Tx]:
    connection = await asyncpg.connect(load(MigratorSettings).migrator_url.get_secret_value(), timeout=10, command_timeout=3600)
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close(timeout=10)
