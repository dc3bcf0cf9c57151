"""After a restore: an inbox forgets what its publisher no longer knows, all of it or nothing, and keeps the rest."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from shared.database.pool import Tx, prepare_connection
from shared.ids import new_id
from shared.messaging import epochs, inbox, rewinding
from shared.messaging.inbox import Held, Letter
from shared.messaging.record import Facts, append
from shared.messaging.rewinding import Lost, Reach
from shared.problems import Conflict
from tests.shared.messaging.telling import STAMP, message, supplier
from tests.support.databases import Databases

CONSUMED = "SELECT publisher, aggregate, last_sequence FROM consumed"
HELD = "SELECT aggregate, sequence FROM held ORDER BY sequence"
LETTERS = "SELECT aggregate, sequence, state FROM dead_letter"


@pytest_asyncio.fixture(loop_scope="session")
async def inboxed(databases: Databases) -> AsyncIterator[Tx]:
    """A transaction in reporting's database, of the role that owns it."""
    async with databases.lent("reporting") as copy:
        connection = await asyncpg.connect(databases.migrator_url("reporting", copy.name))
        await prepare_connection(connection)
        try:
            async with connection.transaction():
                yield connection
        finally:
            await connection.close()


async def consumed(tx: Tx, publisher: str, last: dict[UUID, int]) -> None:
    await inbox.move(tx, [((publisher, aggregate), 0, sequence) for aggregate, sequence in last.items()])


async def lasts(tx: Tx) -> dict[tuple[str, UUID], int]:
    return {(row["publisher"], row["aggregate"]): row["last_sequence"] for row in await tx.fetch(CONSUMED)}


async def test_what_the_publisher_still_knows_stays_and_the_rest_is_forgotten(inboxed: Tx) -> None:
    ahead, gone, even, behind = (new_id() for _ in range(4))
    await consumed(inboxed, "orders", {ahead: 5, gone: 2, even: 4, behind: 2})
    await consumed(inboxed, "customers", {gone: 7})
    lost = await rewinding.rewind(inboxed, Reach("orders", 2, {ahead: 3, even: 4, behind: 6}))
    assert (lost.publisher, lost.last, lost.gone) == ("orders", {ahead: 3, gone: 0}, [gone])
    assert await lasts(inboxed) == {("orders", ahead): 3, ("orders", even): 4, ("orders", behind): 2, ("customers", gone): 7}
    assert await epochs.known(inboxed) == {"orders": 2}


async def test_what_was_held_or_given_up_of_lost_events_makes_room(inboxed: Tx) -> None:
    held, letter = new_id(), new_id()
    await consumed(inboxed, "orders", {held: 1, letter: 2})
    rows = [Held(("orders", held), sequence, "gap", None, message(held, sequence), 0) for sequence in (3, 4)]
    await inbox.hold(inboxed, 0, [(row, 0.0) for row in rows])
    for sequence in (1, 2):
        given_up = Letter(("orders", letter), sequence, new_id(), message(letter, sequence), "broken", None, 6)
        await inbox.park(inboxed, "reporting-0", [given_up])
    lost = await rewinding.rewind(inboxed, Reach("orders", 2, {held: 3, letter: 1}))
    assert lost.last == {held: 3, letter: 1}
    assert await lasts(inboxed) == {("orders", held): 1, ("orders", letter): 1}
    assert [tuple(row) for row in await inboxed.fetch(HELD)] == [(held, 3)]
    # The place of a letter is free for the event that will have its sequence.
    assert {tuple(row) for row in await inboxed.fetch(LETTERS)} == {(letter, 1, "parked"), (letter, None, "discarded")}


async def test_a_service_undoes_what_is_its_own_in_the_same_transaction(inboxed: Tx) -> None:
    gone = new_id()
    await consumed(inboxed, "orders", {gone: 2})
    seen: list[Lost] = []

    async def forget(tx: Tx, lost: Lost) -> None:
        seen.append(lost)
        lost.events.append(b"kept")

    async def fail(tx: Tx, lost: Lost) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with inboxed.transaction():
            await rewinding.rewind(inboxed, Reach("orders", 2, {}), [forget, fail])
    assert (await lasts(inboxed), await epochs.known(inboxed)) == ({("orders", gone): 2}, {})
    lost = await rewinding.rewind(inboxed, Reach("orders", 2, {}), [forget])
    assert (seen[-1], lost.events) == (lost, [b"kept"])


async def test_nothing_is_undone_where_nothing_was_lost(inboxed: Tx) -> None:
    known = new_id()
    await consumed(inboxed, "orders", {known: 2})

    async def forget(tx: Tx, lost: Lost) -> None:
        raise AssertionError("nothing to forget")

    assert (await rewinding.rewind(inboxed, Reach("orders", 3, {known: 2}), [forget])).last == {}
    assert await epochs.known(inboxed) == {"orders": 3}


@pytest.mark.parametrize("epoch", [1, 4, 5])
async def test_an_epoch_that_is_known_already_is_refused(inboxed: Tx, epoch: int) -> None:
    heard = new_id()
    await consumed(inboxed, "orders", {heard: 2})
    await epochs.follow(inboxed, "orders", 5)
    with pytest.raises(Conflict, match="epoch 5"):
        await rewinding.rewind(inboxed, Reach("orders", epoch, {}))
    assert (await lasts(inboxed), await epochs.known(inboxed)) == ({("orders", heard): 2}, {"orders": 5})


async def test_a_restored_service_says_how_far_its_record_reaches(inboxed: Tx) -> None:
    one, other = new_id(), new_id()
    await append(inboxed, STAMP, [Facts(one, 0, [supplier(), supplier()]), Facts(other, 0, [supplier()])])
    await append(inboxed, STAMP, [Facts(one, 2, [supplier()])])
    assert await rewinding.restored(inboxed, "reporting", 6) == Reach("reporting", 7, {one: 3, other: 1})
