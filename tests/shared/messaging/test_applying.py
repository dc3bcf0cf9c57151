"""Each event's effect once and in order, whatever comes in whatever order, and whatever the handlers do."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.clock import SystemClock
from shared.contracts.event import Event
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database, Tx
from shared.ids import new_id
from shared.messaging.applying import Applier, OnParked
from shared.messaging.deciding import transient
from shared.messaging.dispatch import Dispatch
from shared.messaging.reading import Message
from shared.messaging.received import Handler, Poison, Received, ReferentUnknown
from tests.shared.messaging.telling import Effects, effects, keep, message


def applier(database: Database, handler: Handler = keep, on_parked: OnParked = "hold", kind: type[Event] = SupplierCreated) -> Applier:
    return Applier("reporting-0", 0, database, SystemClock(), Dispatch([(kind, handler)]), on_parked)


async def rows(database: Database, query: str) -> list[dict[str, Any]]:
    async with database.connection() as tx:
        return [dict(row) for row in await tx.fetch(query)]


HELD = "SELECT aggregate, sequence, reason, tries FROM held ORDER BY sequence"
LETTERS = "SELECT aggregate, sequence, error, tries, event_id, type, state FROM dead_letter ORDER BY sequence"


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[tuple[UUID, int]], list[list[tuple[UUID, int]]]]:
    """What three aggregates told, and batches in which each of it is delivered at least once, shuffled."""
    told: list[tuple[UUID, int]] = []
    for count in draw(st.lists(st.integers(1, 5), min_size=3, max_size=3)):
        aggregate = new_id()
        told += [(aggregate, sequence) for sequence in range(1, count + 1)]
    times = draw(st.lists(st.integers(1, 3), min_size=len(told), max_size=len(told)))
    every = draw(st.permutations([event for event, count in zip(told, times, strict=True) for _ in range(count)]))
    cuts = sorted(draw(st.lists(st.integers(0, len(every)), max_size=5)))
    return told, [every[start:end] for start, end in zip([0, *cuts], [*cuts, len(every)], strict=True)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(deliveries())
async def test_duplicates_and_shuffles_end_in_the_same_state(
    database: Database, drawn: tuple[list[tuple[UUID, int]], list[list[tuple[UUID, int]]]]
) -> None:
    told, batches = drawn
    messages = {event: message(*event) for event in told}
    mine = applier(database)
    for batch in batches:
        await mine.apply([messages[event] for event in batch])
    found = await effects(database)
    for aggregate in {aggregate for aggregate, _ in told}:
        assert found[aggregate] == [sequence for other, sequence in told if other == aggregate]
    assert await rows(database, HELD) == []


async def test_a_gap_is_held_until_it_is_filled(database: Database) -> None:
    one, other, mine = new_id(), new_id(), applier(database)
    await mine.apply([message(one, 1), message(one, 3), message(one, 4), message(other, 1)])
    assert await effects(database) == {one: [1], other: [1]}
    assert [(row["sequence"], row["reason"]) for row in await rows(database, HELD)] == [(3, "gap"), (4, "gap")]
    # Another process takes over, and knows of what is held.
    heir = applier(database)
    await heir.load()
    await heir.apply([message(one, 2), message(one, 6)])
    assert await effects(database) == {one: [1, 2, 3, 4], other: [1]}
    assert [row["sequence"] for row in await rows(database, HELD)] == [6]


@pytest.mark.usefixtures("impatient")
async def test_poison_is_parked_after_its_tries_and_the_rest_is_unharmed(database: Database) -> None:
    sick, tried = new_id(), 0

    async def handler(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        nonlocal tried
        await keep(tx, batch, now)
        if any(event.aggregate == sick and event.sequence == 2 for event in batch):
            tried += len(batch) == 1
            raise ValueError("cannot")

    good = [new_id() for _ in range(100)]
    mine = applier(database, handler)
    await mine.apply([*(message(aggregate, 1) for aggregate in good), *(message(sick, n) for n in (1, 2, 3))])
    found = await effects(database)
    assert all(found[aggregate] == [1] for aggregate in [*good, sick])
    for _ in range(10):
        await mine.retry(anyhow=False)
    assert tried == 6
    (letter,) = await rows(database, LETTERS)
    assert (letter["aggregate"], letter["sequence"], letter["tries"], letter["error"]) == (sick, 2, 6, "ValueError: cannot")
    assert [(row["sequence"], row["reason"]) for row in await rows(database, HELD)] == [(2, "parked"), (3, "gap")]
    await mine.apply([message(sick, 4), message(sick, 2)])
    assert (await effects(database))[sick] == [1]
    assert tried == 6


@pytest.mark.usefixtures("impatient")
async def test_where_the_service_says_so_later_events_pass_a_parked_one(database: Database) -> None:
    sick = new_id()

    async def handler(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        for event in batch:
            if event.sequence == 1:
                raise Poison(event, "never")
        await keep(tx, batch, now)

    mine = applier(database, handler, "proceed")
    await mine.apply([message(sick, 1), message(sick, 2)])
    assert (await effects(database))[sick] == [2]
    assert [letter["error"] for letter in await rows(database, LETTERS)] == ["never"]
    assert await rows(database, HELD) == []
    assert await mine.apply([message(sick, 1)]) == 0


async def test_an_event_waits_for_its_referent_without_spending_tries(database: Database) -> None:
    order, other, known = new_id(), new_id(), False

    async def handler(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        waiting = [event for event in batch if event.aggregate == order and event.sequence == 1 and not known]
        if waiting:
            raise ReferentUnknown(waiting, "customer C1")
        await keep(tx, batch, now)

    mine = applier(database, handler)
    await mine.apply([message(order, 1), message(order, 2), message(other, 1)])
    for _ in range(8):
        assert await mine.retry(anyhow=True) == 0
    assert await effects(database) == {other: [1]}
    assert [(row["sequence"], row["reason"], row["tries"]) for row in await rows(database, HELD)] == [(1, "waiting", 0), (2, "gap", 0)]
    known = True
    assert await mine.retry(anyhow=True) == 2
    assert (await effects(database))[order] == [1, 2]
    assert await mine.retry(anyhow=True) == 0
    assert not mine.to_retry


async def test_what_waits_for_a_minute_is_listed_once(database: Database) -> None:
    late, mine = new_id(), applier(database)
    await mine.apply([message(late, 2)])
    await mine.list_overdue()
    assert [row["listed"] for row in await rows(database, "SELECT listed FROM held")] == [False]
    async with database.connection() as tx:
        await tx.execute("UPDATE held SET since = now() - interval '61 seconds'")
    await mine.list_overdue()
    await mine.list_overdue()
    assert [row["listed"] for row in await rows(database, "SELECT listed FROM held")] == [True]


async def test_many_unnamed_referents_cost_one_pass(database: Database) -> None:
    calls = 0

    async def handler(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        nonlocal calls
        calls += 1
        raise ReferentUnknown(batch[0], "something")

    mine = applier(database, handler)
    await mine.apply([message(new_id(), 1) for _ in range(50)])
    assert len(await rows(database, HELD)) == 50
    assert calls <= 4 + 50


async def test_what_cannot_be_read_is_parked_at_once(database: Database) -> None:
    good, bad = message(new_id(), 1), message(new_id(), 1)
    wrong_data = replace(bad, body=bad.body.replace(b'"code"', b'"kode"'))
    wrong_type = replace(message(new_id(), 1), type="orders.delay.logged.v1")
    rubbish = Message("orders.supplier.created.v1", b"\x00 rubbish", {}, 7)
    mine = applier(database)
    assert await mine.apply([wrong_data, rubbish, wrong_type, good, rubbish]) == 1
    letters = await rows(database, LETTERS)
    assert len(letters) == 3
    assert {letter["error"].split(":")[0] for letter in letters} == {"data.code", "type", ""}


async def test_unknown_types_move_the_inbox_and_reach_the_handler_of_all(database: Database) -> None:
    one = new_id()
    novel = replace(message(one, 1), type="orders.novelty.appeared.v1")
    novel = replace(novel, body=novel.body.replace(b"orders.supplier.created.v1", b"orders.novelty.appeared.v1"))
    await applier(database).apply([novel, message(one, 2)])
    assert await effects(database) == {one: [2]}
    every = Effects()
    other = new_id()
    novel = replace(novel, body=novel.body.replace(str(one).encode(), str(other).encode()))
    await applier(database, every, kind=Event).apply([novel, message(other, 2)])
    assert every.seen == [(other, 1), (other, 2)]


async def test_a_lost_connection_counts_nothing(database: Database) -> None:
    async def handler(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        await keep(tx, batch, now)
        await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one depends on the moment
        await applier(database, handler).apply([message(new_id(), 1)])
    assert transient(raised.value)
    assert await effects(database) == {}
    assert await rows(database, HELD) == []


async def test_a_lock_that_somebody_else_has_counts_nothing(database: Database) -> None:
    one = new_id()

    async def handler(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        await tx.execute("SET LOCAL lock_timeout = '10ms'")
        await keep(tx, batch, now)

    mine = applier(database, handler)
    async with database.transaction() as other:
        await other.execute("LOCK TABLE effect")
        with pytest.raises(asyncpg.LockNotAvailableError) as raised:
            await mine.apply([message(one, 1)])
        assert transient(raised.value)
    assert await rows(database, HELD) == []
    await mine.apply([message(one, 1)])
    assert await effects(database) == {one: [1]}


async def test_many_events_that_a_process_did_not_come_back_from_are_all_applied(database: Database) -> None:
    aggregates = [new_id() for _ in range(10)]
    messages = [message(aggregate, sequence) for sequence in range(1, 61) for aggregate in aggregates]
    mine = applier(database)
    await mine.suspect(messages)
    async with database.connection() as tx:
        # As another death leaves them: the first ones were tried.
        await tx.execute("UPDATE held SET tries = 1, retry_at = now() WHERE sequence <= 20")
    heir = applier(database)
    await heir.load()
    for _ in range(20):
        await heir.retry(anyhow=False)
    assert await effects(database) == {aggregate: list(range(1, 61)) for aggregate in aggregates}
    assert not heir.to_retry


@pytest.mark.usefixtures("impatient")
async def test_a_try_that_the_database_cut_short_is_not_counted(database: Database) -> None:
    sick, cut = new_id(), False

    async def handler(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        if cut:
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise ValueError("cannot")

    mine = applier(database, handler)
    await mine.apply([message(sick, 1)])
    cut = True
    for _ in range(8):
        with pytest.raises(Exception) as raised:  # noqa: PT011 - which one depends on the moment
            await mine.retry(anyhow=False)
        assert transient(raised.value)
    cut = False
    await mine.retry(anyhow=False)
    assert [row["tries"] for row in await rows(database, HELD)] == [2]
    assert await rows(database, LETTERS) == []


async def test_two_owners_at_once_give_each_effect_once(database: Database) -> None:
    aggregates = [new_id() for _ in range(20)]
    messages = [message(aggregate, sequence) for sequence in (1, 2, 3) for aggregate in aggregates]

    async def own() -> None:
        mine = applier(database)
        for start in range(0, len(messages), 15):
            for _ in range(20):
                try:
                    await mine.apply(messages[start : start + 15])
                    break
                except Exception as error:
                    if not transient(error):
                        raise
        await mine.load()
        while mine.to_retry:
            await mine.retry(anyhow=True)

    await asyncio.gather(own(), own(), own())
    assert await effects(database) == {aggregate: [1, 2, 3] for aggregate in aggregates}
    heir = applier(database)
    await heir.load()
    assert await rows(database, HELD) == []


class Killed(BaseException):
    """What a killed process leaves behind: nothing after it runs."""


@pytest.mark.usefixtures("impatient")
async def test_what_kills_the_process_is_parked_before_it_can_again(database: Database) -> None:
    killer, deaths = new_id(), 0

    async def handler(tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        nonlocal deaths
        if any(event.aggregate == killer for event in batch):
            deaths += 1
            raise Killed
        await keep(tx, batch, now)

    messages = [message(new_id(), 1), message(killer, 1), message(new_id(), 1)]
    with pytest.raises(Killed):
        await applier(database, handler).apply(messages)
    for _ in range(6):
        process = applier(database, handler)
        await process.load()
        await process.suspect(messages)
        try:
            async with database.connection() as tx:
                await tx.execute("UPDATE held SET retry_at = now()")
            while process.to_retry:
                await process.retry(anyhow=False)
        except Killed:
            continue
    assert deaths == 5
    (letter,) = await rows(database, LETTERS)
    assert letter["aggregate"] == killer
    assert len(await effects(database)) == 2
