"""disruption: one factory stands still, and every order that it works on is delayed; until the last event is in the synced stream.

It is measured from the confirmation on, for 1,000, 3,000 and 10,000 orders that have nothing delayed yet, each with eight milestones. An
order tells its new plan and, as here no slack is left, that its promise is at risk; each 200 of them share a delay. The last row says whose
processor time an order of the most took.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from benchmarks import orderbook, processor
from benchmarks.ground import Ground
from benchmarks.method import Effort, Reach, Row, Side, alone, compare, side_by_side
from benchmarks.processor import Meter, Spent
from benchmarks.streams import Stream
from benchmarks.world import LOGIN, new_order, settle
from deploy.local.client import Client
from shared.contracts.envelope import STREAM

ORDERS = (1_000, 3_000, 10_000)
MODEL = "SO-MODEL"
REACH = Reach(10, at_most=True)
DEADLINE = 120.0
LATE = {
    "scope": {"kind": "factory", "name": "every-day"},
    "days": 5,
    "causes": [{"code": "UNKNOWN"}],
    "action": {"en": "we are finding out how long it stands still"},
}
_ASIDE = "UPDATE customer_order SET status = 'cancelled' WHERE status = 'open'"
_TOLD = "SELECT count(*) FROM record WHERE position > $1"
_LAST = "SELECT coalesce(max(position), 0) FROM record"
_DONE = "SELECT status = 'logged' AND NOT EXISTS (SELECT FROM outbox) FROM disruption ORDER BY id DESC LIMIT 1"


async def run(ground: Ground, effort: Effort) -> list[Row]:
    async with ground.services("customers", "orders") as processes, ground.suite.broker() as broker:
        await settle(ground)
        mei = ground.suite.client(LOGIN, "merchandiser")
        (await mei.post("/api/orders", new_order(MODEL))).expect(201)
        standstill = Standstill(ground, mei, Stream(broker, STREAM), Meter(ground, processes))
        sides: dict[int, Callable[[], Awaitable[float]]] = {orders: partial(standstill.seconds, effort.count(orders)) for orders in ORDERS}
        seconds = await side_by_side([Side(str(orders), measure) for orders, measure in sides.items()], effort.rounds)
    rows, most = [], effort.count(ORDERS[-1])
    for orders in ORDERS:
        few, own = str(ORDERS[0]), str(orders)
        name, note = f"{effort.count(orders):,} orders delayed", f"{standstill.told[effort.count(orders)]:,} events in the stream"
        if own == few:
            rows.append(alone(name, "s", seconds[own], note=note))
        else:
            reach = REACH if orders == ORDERS[-1] else None
            rows.append(compare(name, "s", seconds[own], f"{effort.count(ORDERS[0]):,} orders", seconds[few], reach, note))
    return [*rows, processor.row(f"an order of {most:,}", [(spent, most) for spent in standstill.spent[most]])]


@dataclass
class Standstill:
    """`told` counts the events of the last one, by its orders; `spent` has the processor time of each; `copies` the orders made so far."""

    ground: Ground
    mei: Client
    stream: Stream
    meter: Meter
    told: dict[int, int] = field(default_factory=dict)
    spent: dict[int, list[Spent]] = field(default_factory=lambda: defaultdict(list))
    copies: int = 0

    async def seconds(self, orders: int) -> float:
        """From the confirmation until the last event is stored."""
        async with self.ground.suite.database("orders") as database:
            await database.execute(_ASIDE)
            await orderbook.copy(database, MODEL, orders, after=self.copies)
            self.copies += orders
            known = (await self.mei.post("/api/orders/disruptions", LATE)).expect(201)
            last = await database.fetchval(_LAST)
            path = f"/api/orders/disruptions/{known['disruption']}"
            await self.meter.read()
            began = time.time()
            (await self.mei.post(f"{path}/confirmation", {})).expect(202)
            async with asyncio.timeout(DEADLINE):
                while not await database.fetchval(_DONE):  # noqa: ASYNC110  the database knows, not this loop
                    await asyncio.sleep(0.05)
            self.spent[orders].append(await self.meter.read())
            ended = await self.stream.time(await self.stream.last())
            self.told[orders] = await database.fetchval(_TOLD, last)
        shown = (await self.mei.post(f"{path}/release", {})).expect(200)
        if (shown["found"], shown["delayed"]) != (orders, orders):
            raise RuntimeError(f"not every order was delayed: {shown}")
        return ended - began
