"""Events in any number: what one order's life was really told as, told again of other orders."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from benchmarks.ground import Ground
from benchmarks.load import closed_loop
from benchmarks.world import settle
from shared.contracts.envelope import subject_of
from shared.ids import new_id

_LIFE = """
SELECT event_id, aggregate, type, body FROM record
WHERE aggregate = (SELECT id FROM customer_order WHERE number = $1) ORDER BY sequence
"""
_IDS = "SELECT id FROM delay WHERE order_id = (SELECT id FROM customer_order WHERE number = $1)"
_QUEUE = """
INSERT INTO outbox (position, recorded_at) SELECT position, recorded_at FROM record WHERE position > $1
"""
_COLUMNS = ("event_id", "aggregate", "sequence", "type", "subject", "body")


@dataclass(frozen=True)
class Stencil:
    """The events of one order with one delay, as orders wrote them, and what differs from order to order."""

    types: Sequence[str]
    bodies: Sequence[bytes]
    order: UUID
    others: Sequence[UUID]
    number: str

    @property
    def size(self) -> int:
        """Bytes of an event, on average."""
        return sum(map(len, self.bodies)) // len(self.bodies)

    @classmethod
    async def cut(cls, ground: Ground) -> "Stencil":
        """Has an order entered and delayed. What customers and orders told of it by then is in the stream."""
        async with ground.services("customers", "orders"):
            desk = await settle(ground)
            (number,) = await desk.orders(1)
            (await closed_loop(desk.url, [desk.delay(number)], 1)).require(201)
        return await cls.of(ground, number)

    @classmethod
    async def of(cls, ground: Ground, number: str) -> "Stencil":
        """After an order that was delayed once."""
        async with ground.suite.database("orders") as database:
            rows = await database.fetch(_LIFE, number)
            delays = [row["id"] for row in await database.fetch(_IDS, number)]
        others = [*(row["event_id"] for row in rows), *delays]
        return cls([row["type"] for row in rows], [row["body"] for row in rows], rows[0]["aggregate"], others, number)

    def lives(self, events: int) -> Iterator[tuple[UUID, UUID, int, str, str, bytes]]:
        """Rows of the record, `events` of them or a few more: whole lives of new orders, one after the other."""
        told = 0
        while told < events:
            yield from self._life()
            told += len(self.types)

    def _life(self) -> Iterator[tuple[UUID, UUID, int, str, str, bytes]]:
        order = new_id()
        fresh = {str(known).encode(): str(new_id()).encode() for known in self.others}
        fresh[str(self.order).encode()] = str(order).encode()
        fresh[self.number.encode()] = f"SO-{order.hex[-12:]}".encode()
        known = re.compile(b"|".join(map(re.escape, fresh)))
        for sequence, (type, body) in enumerate(zip(self.types, self.bodies, strict=True), start=1):
            event_id = UUID(fresh[str(self.others[sequence - 1]).encode()].decode())
            yield event_id, order, sequence, type, subject_of(type, order), known.sub(lambda found: fresh[found[0]], body)


async def record(ground: Ground, stencil: Stencil, events: int) -> int:
    """Puts that many events, or a few more, into orders' record and outbox in one transaction; how many they were."""
    rows = list(stencil.lives(events))
    async with ground.suite.database("orders") as database, database.transaction():
        last = await database.fetchval("SELECT coalesce(max(position), 0) FROM record")
        await database.copy_records_to_table("record", records=rows, columns=_COLUMNS)
        await database.execute(_QUEUE, last)
    return len(rows)
