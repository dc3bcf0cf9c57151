"""Timers: due by business time, once each, and one that fails holds up no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest_asyncio

from shared.clock import Clock
from shared.database.pool import Database, Tx
from shared.ids import new_id
from shared.timers import Due, Timers, cancel_timer, set_timer

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


class Hands(Clock):
    """A clock that stands until it is moved."""

    time = START

    def now(self) -> datetime:
        return self.time


@pytest_asyncio.fixture(loop_scope="session")
async def database(make_database: Callable[[str], Awaitable[Database]]) -> Database:
    return await make_database("orders")


class Ran:
    """A handler that remembers what it ran, and fails for one subject."""

    def __init__(self, sick: UUID | None = None) -> None:
        self.due: list[Due] = []
        self.sick = sick

    async def __call__(self, tx: Tx, batch: Sequence[Due], now: datetime) -> None:
        if any(due.subject == self.sick for due in batch):
            raise ValueError("cannot")
        self.due += batch


async def _set(database: Database, subject: UUID, hours: int, kind: str = "remind") -> None:
    async with database.transaction() as tx:
        await set_timer(tx, kind, subject, START + timedelta(hours=hours), {"hours": hours})


async def test_it_runs_when_its_time_has_come_and_once(database: Database) -> None:
    clock, ran, subject = Hands(), Ran(), new_id()
    timers = Timers(database, clock, {"remind": ran}, asyncio.Event())
    await _set(database, subject, 1)
    assert await timers.run_due() == 0
    clock.time = START + timedelta(hours=1)
    assert await timers.run_due() == 1
    assert ran.due == [Due("remind", subject, clock.time, {"hours": 1})]
    assert await timers.run_due() == 0


async def test_setting_again_moves_it_and_cancelling_removes_it(database: Database) -> None:
    clock, ran, moved, gone = Hands(), Ran(), new_id(), new_id()
    timers = Timers(database, clock, {"remind": ran}, asyncio.Event())
    await _set(database, moved, 1)
    await _set(database, moved, 3)
    await _set(database, gone, 1)
    await _set(database, new_id(), 1, "unheard")
    async with database.transaction() as tx:
        await cancel_timer(tx, "remind", gone)
        await cancel_timer(tx, "remind", gone)
    clock.time = START + timedelta(hours=2)
    assert await timers.run_due() == 0
    clock.time = START + timedelta(hours=3)
    assert await timers.run_due() == 1
    assert [due.subject for due in ran.due] == [moved]


async def test_a_handler_may_set_its_timer_anew(database: Database) -> None:
    clock, subject = Hands(), new_id()

    async def again(tx: Tx, batch: Sequence[Due], now: datetime) -> None:
        for due in batch:
            await set_timer(tx, due.kind, due.subject, now + timedelta(hours=1))

    timers = Timers(database, clock, {"repeat": again}, asyncio.Event())
    await _set(database, subject, 0, "repeat")
    assert await timers.run_due() == 1
    assert await timers.run_due() == 0
    clock.time = START + timedelta(hours=1)
    assert await timers.run_due() == 1


async def test_one_that_fails_holds_up_no_other_and_is_tried_later(database: Database) -> None:
    clock, sick = Hands(), new_id()
    ran = Ran(sick)
    timers = Timers(database, clock, {"remind": ran}, asyncio.Event())
    for subject in [new_id(), sick, new_id()]:
        await _set(database, subject, 0)
    assert await timers.run_due() == 2
    assert sick not in {due.subject for due in ran.due}
    async with database.connection() as tx:
        row = await tx.fetchrow("SELECT subject, tries, retry_at > now() AS later FROM timer")
        assert row is not None
        assert (row["subject"], row["tries"], row["later"]) == (sick, 1, True)
        await tx.execute("UPDATE timer SET retry_at = now()")
    ran.sick = None
    assert await timers.run_due() == 1


async def test_two_leaders_by_mistake_run_each_once(database: Database) -> None:
    clock, ran = Hands(), Ran()
    for _ in range(150):
        await _set(database, new_id(), 0)
    leaders = [Timers(database, clock, {"remind": ran}, asyncio.Event()) for _ in range(3)]
    while sum(await asyncio.gather(*(leader.run_due() for leader in leaders))):
        pass
    assert len(ran.due) == len({due.subject for due in ran.due}) == 150


async def test_a_command_that_cancels_while_the_handler_waits_for_it_is_not_in_its_way(database: Database) -> None:
    """The command holds what the handler wants; were the timer's row held by the handler, the two would wait for each other."""
    subject, seen = new_id(), asyncio.Event()

    async def locks(tx: Tx, batch: Sequence[Due], now: datetime) -> None:
        seen.set()
        await tx.execute("SELECT code FROM template WHERE code = 'delivery' FOR UPDATE")

    timers = Timers(database, Hands(), {"remind": locks}, asyncio.Event())
    await _set(database, subject, 0)
    async with database.transaction() as tx:
        await tx.execute("SELECT code FROM template WHERE code = 'delivery' FOR UPDATE")
        running = asyncio.create_task(timers.run_due())
        await seen.wait()
        await set_timer(tx, "remind", subject, START + timedelta(hours=1))
        await cancel_timer(tx, "remind", subject)
    assert await running == 1
    async with database.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM timer") == 0


async def test_a_timer_that_is_moved_while_its_handler_waits_stays(database: Database) -> None:
    clock, subject, seen = Hands(), new_id(), asyncio.Event()

    async def locks(tx: Tx, batch: Sequence[Due], now: datetime) -> None:
        seen.set()
        await tx.execute("SELECT code FROM template WHERE code = 'delivery' FOR UPDATE")

    timers = Timers(database, clock, {"remind": locks}, asyncio.Event())
    await _set(database, subject, 0)
    async with database.transaction() as tx:
        await tx.execute("SELECT code FROM template WHERE code = 'delivery' FOR UPDATE")
        running = asyncio.create_task(timers.run_due())
        await seen.wait()
        await set_timer(tx, "remind", subject, START + timedelta(hours=1))
    await running
    clock.time = START + timedelta(hours=1)
    assert await timers.run_due() == 1


async def test_kinds_do_not_lock_among_one_another(database: Database) -> None:
    """The command holds what one kind waits for and asks for what another had: in one transaction they would wait in a circle."""
    waiting = asyncio.Event()

    async def holds(tx: Tx, batch: Sequence[Due], now: datetime) -> None:
        await tx.execute("SELECT code FROM template WHERE code = 'delivery' FOR UPDATE")

    async def waits(tx: Tx, batch: Sequence[Due], now: datetime) -> None:
        waiting.set()
        await tx.execute("SELECT code FROM template WHERE code = 'domestic' FOR UPDATE")

    ran = Ran()
    timers = Timers(database, Hands(), {"a": holds, "b": waits, "c": ran}, asyncio.Event())
    for kind in "abc":
        await _set(database, new_id(), 0, kind)
    async with database.transaction() as tx:
        await tx.execute("SELECT code FROM template WHERE code = 'domestic' FOR UPDATE")
        running = asyncio.create_task(timers.run_due())
        await waiting.wait()
        await tx.execute("SET LOCAL lock_timeout = '500ms'")
        await tx.execute("SELECT code FROM template WHERE code = 'delivery' FOR UPDATE")
    assert await running == 3
    assert len(ran.due) == 1
