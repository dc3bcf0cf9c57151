"""Shards of one process that apply what they have in one transaction: what they share, and what they do not."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from shared.clock import SystemClock
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database, Tx
from shared.ids import new_id
from shared.messaging import together
from shared.messaging.applying import Applier
from shared.messaging.deciding import transient
from shared.messaging.dispatch import Dispatch
from shared.messaging.reading import Message
from shared.messaging.received import Handler, Received
from shared.messaging.together import Together
from tests.shared.messaging.conftest import eventually
from tests.shared.messaging.telling import effects, keep, message


class Process:
    """Shards of one process. The first batch that `door` is given waits there, so that the others have to wait for it."""

    def __init__(self, database: Database, handler: Handler = keep) -> None:
        self._database, self._handler = database, handler
        self._dispatch = Dispatch([(SupplierCreated, self._handle)])
        self._together = Together(database, SystemClock(), self._dispatch)
        self.door: asyncio.Event | None = None
        self.inside = asyncio.Event()
        self.batches: list[set[UUID]] = []

    def shard(self, number: int) -> "Callable[[Sequence[Message]], Awaitable[int]]":
        applier = Applier(f"reporting-{number}", number, self._database, SystemClock(), self._dispatch, "hold")
        return lambda messages: self._together.apply(applier, messages)

    async def _handle(self, tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        self.batches.append({event.aggregate for event in batch})
        self.inside.set()
        if self.door is not None:
            await self.door.wait()
        await self._handler(tx, batch, now)

    async def meeting(self, *given: Sequence[Message]) -> "list[asyncio.Task[int]]":
        """Each by a shard of its own: the first is being applied, the others wait for it. `open` lets them go on."""
        self.door = asyncio.Event()
        self.inside.clear()
        tasks = []
        for number, messages in enumerate(given):
            tasks.append(asyncio.ensure_future(self.shard(number)(messages)))
            await self.inside.wait()
        await eventually(lambda: len(self._together.waiting) == len(given) - 1)
        return tasks

    def open(self) -> None:
        assert self.door is not None
        self.door.set()


async def test_those_who_wait_share_a_transaction(database: Database) -> None:
    process = Process(database)
    first, *others = [new_id() for _ in range(4)]
    tasks = await process.meeting([message(first, 1)], *([message(one, 1), message(one, 2)] for one in others))
    process.open()
    assert await asyncio.gather(*tasks) == [1, 2, 2, 2]
    assert process.batches == [{first}, set(others)]
    assert await effects(database) == {first: [1], **{one: [1, 2] for one in others}}


async def test_what_was_had_before_is_passed_over(database: Database) -> None:
    process = Process(database)
    known, new = new_id(), new_id()
    assert await process.shard(0)([message(known, 1)]) == 1
    tasks = await process.meeting([message(new_id(), 1)], [message(known, 1)], [message(new, 1)])
    process.open()
    assert await asyncio.gather(*tasks) == [1, 0, 1]
    assert await effects(database) | {known: [1], new: [1]} == await effects(database)


async def test_a_poison_costs_other_shards_one_repeat(database: Database) -> None:
    sick, good = new_id(), [new_id(), new_id()]

    async def handler(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        await keep(tx, batch, now)
        if any(event.aggregate == sick for event in batch):
            raise ValueError("cannot")

    process = Process(database, handler)
    tasks = await process.meeting([message(new_id(), 1)], [message(good[0], 1)], [message(sick, 1)], [message(good[1], 1)])
    process.open()
    assert await asyncio.gather(*tasks) == [1, 1, 0, 1]
    assert [sum(one in batch for batch in process.batches) for one in good] == [2, 2]
    found = await effects(database)
    assert sick not in found
    assert [found[one] for one in good] == [[1], [1]]
    async with database.connection() as tx:
        held = await tx.fetch("SELECT aggregate, shard, reason FROM held")
    assert [tuple(row) for row in held] == [(sick, 2, "failing")]


async def test_a_gap_is_held_by_its_own_shard(database: Database) -> None:
    process = Process(database)
    early, good = new_id(), new_id()
    tasks = await process.meeting([message(new_id(), 1)], [message(early, 2)], [message(good, 1)])
    process.open()
    assert await asyncio.gather(*tasks) == [1, 0, 1]
    async with database.connection() as tx:
        held = await tx.fetch("SELECT aggregate, shard, reason FROM held")
    assert [tuple(row) for row in held] == [(early, 1, "gap")]
    # Its owner knows of it, and lets it follow what was missing.
    assert early not in await effects(database)


async def test_who_leaves_the_line_leaves_nothing_behind(database: Database) -> None:
    process = Process(database)
    gone, good = new_id(), new_id()
    tasks = await process.meeting([message(new_id(), 1)], [message(gone, 1)], [message(good, 1)])
    tasks[1].cancel()
    await asyncio.wait([tasks[1]])
    process.open()
    assert [await tasks[0], await tasks[2]] == [1, 1]
    found = await effects(database)
    assert gone not in found
    assert found[good] == [1]


async def test_when_the_one_who_applies_is_cancelled_the_others_go_alone(database: Database) -> None:
    process = Process(database)
    gone, good = new_id(), new_id()
    tasks = await process.meeting([message(new_id(), 1)], [message(gone, 1)], [message(good, 1)])
    process.inside.clear()
    first, process.door = process.door, asyncio.Event()
    assert first is not None
    first.set()
    await tasks[0]
    await process.inside.wait()
    # Now the second applies what the third has too.
    assert process.batches[-1] == {gone, good}
    tasks[1].cancel()
    await asyncio.wait([tasks[1]])
    process.open()
    assert await tasks[2] == 1
    found = await effects(database)
    assert gone not in found
    assert found[good] == [1]


async def test_a_large_batch_goes_by_itself(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LARGE", 2)
    process = Process(database)
    (waits,) = await process.meeting([message(new_id(), 1)])
    door, process.door = process.door, None
    large = new_id()
    assert await process.shard(1)([message(large, sequence) for sequence in (1, 2, 3)]) == 3
    assert not waits.done()
    assert door is not None
    door.set()
    assert await waits == 1


async def test_two_processes_at_once_give_each_effect_once(database: Database) -> None:
    """One of them does not know yet that its leases are lost."""
    shards = [[message(new_id(), 1) for _ in range(5)] for _ in range(4)]

    async def own(process: Process, number: int) -> None:
        apply = process.shard(number)
        for _ in range(20):
            try:
                await apply(shards[number])
                return
            except Exception as error:
                if not transient(error):
                    raise

    processes = [Process(database), Process(database)]
    await asyncio.gather(*(own(process, number) for process in processes for number in range(len(shards))))
    found = await effects(database)
    assert sorted(found.values()) == [[1]] * 20
