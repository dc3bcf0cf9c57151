"""Events for tests: suppliers, because they are small."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts.envelope import envelope
from shared.contracts.event import Event
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database, Tx
from shared.ids import new_id
from shared.messaging.reading import Message
from shared.messaging.received import Received
from shared.messaging.record import Facts, Stamp, append

STAMP = Stamp(datetime(2026, 1, 1, tzinfo=UTC), "correlation", "tester")


def supplier(code: str = "S", name: str = "name") -> SupplierCreated:
    return SupplierCreated(supplier_id=new_id(), code=code, name=name)


def message(aggregate: UUID, sequence: int, event: Event | None = None) -> Message:
    """As it comes from the stream."""
    event = event or supplier(code=f"{aggregate}/{sequence}")
    body = envelope(event, id=new_id(), aggregate=aggregate, sequence=sequence, time=STAMP.time, correlation_id="c", actor="tester")
    return Message(event.TYPE, body.model_dump_json().encode(), {"Nats-Msg-Id": str(body.id)}, sequence)


async def tell(database: Database, *facts: Facts, stamp: Stamp = STAMP) -> None:
    async with database.transaction() as tx:
        await append(tx, stamp, facts)


async def keep(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
    """A handler whose effect can be had once only."""
    await tx.executemany("INSERT INTO effect (aggregate, sequence) VALUES ($1, $2)", [(event.aggregate, event.sequence) for event in batch])


async def make_effect_table(migrator_url: str) -> None:
    owner = await asyncpg.connect(migrator_url)
    try:
        await owner.execute("CREATE TABLE effect (number bigserial, aggregate uuid, sequence bigint, PRIMARY KEY (aggregate, sequence))")
    finally:
        await owner.close()


async def effects(database: Database) -> dict[UUID, list[int]]:
    """Sequences by aggregate, in the order in which they took effect."""
    found: dict[UUID, list[int]] = defaultdict(list)
    async with database.connection() as tx:
        for row in await tx.fetch("SELECT aggregate, sequence FROM effect ORDER BY number"):
            found[row["aggregate"]].append(row["sequence"])
    return found


class Effects:
    """A handler that remembers in memory what it was given."""

    def __init__(self) -> None:
        self.seen: list[tuple[UUID, int]] = []
        self.calls = 0

    async def __call__(self, tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        self.calls += 1
        self.seen += [(event.aggregate, event.sequence) for event in batch]
