"""The fence: after a restore, tellings of the history that was left are passed over, and those of the new one wait for the rewind."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database, Tx
from shared.ids import new_id
from shared.messaging import epochs, rewinding
from shared.messaging.epochs import FIRST, Ahead, Fence
from shared.messaging.publish import Outgoing
from shared.messaging.reading import Message
from shared.messaging.record import Facts
from tests.shared.messaging.conftest import Network, eventually
from tests.shared.messaging.telling import effects, keep, message, supplier, tell
from tests.shared.messaging.test_consumer import until_applied

Begin = Callable[[str], Awaitable[Tx]]
Make = Callable[[str], Awaitable[Database]]


def told_in(epoch: int, publisher: str = "orders") -> Message:
    return replace(message(new_id(), 1), type=f"{publisher}.supplier.created.v1", headers=epochs.marked(epoch))


@pytest.mark.parametrize("number", [FIRST, 2, 17])
def test_a_telling_carries_its_epoch(number: int) -> None:
    headers = Outgoing(1, new_id(), new_id(), "subject", b"", epoch=number).headers
    assert epochs.told_in(headers) == number
    assert (epochs.HEADER in headers) == (number > FIRST)


async def test_an_epoch_rises_above_every_one_that_anybody_knows(tx: Begin) -> None:
    own = await tx("orders")
    assert await epochs.known(own) == {}
    assert [await epochs.raised(own, "orders", above) for above in (FIRST, FIRST, 9, 4)] == [2, 3, 10, 11]
    await epochs.follow(own, "customers", 5)
    assert await epochs.known(own) == {"orders": 11, "customers": 5}


async def test_only_the_epoch_that_is_known_passes(make_database: Make) -> None:
    database = await make_database("reporting")
    async with database.transaction() as tx:
        await epochs.follow(tx, "orders", 2)
    fence = Fence(database)
    left, current, of_another = told_in(FIRST), told_in(2), told_in(FIRST, "customers")
    with capture_logs() as logs:
        assert await fence.current([left, current, of_another, left]) == [current, of_another]
    assert [(line["event"], line["events"]) for line in logs] == [("epoch.left", 2)]


async def test_a_later_epoch_waits_until_the_inbox_follows(make_database: Make) -> None:
    database = await make_database("reporting")
    fence, later = Fence(database), told_in(2)
    for _ in range(2):
        with pytest.raises(Ahead):
            await fence.current([told_in(FIRST), later])
    async with database.transaction() as tx:
        await epochs.follow(tx, "orders", 2)
    assert await fence.current([told_in(FIRST), later]) == [later]


async def test_a_listener_that_was_not_rewound_skips_nothing_and_goes_on_when_it_was(network: Network) -> None:
    reporting, orders = await network.database_with_effects("reporting"), await network.database("orders")
    kept, lost = new_id(), new_id()
    # What orders knows after its restore, and one aggregate of which reporting alone still knows.
    await tell(orders, Facts(kept, 0, [supplier()]))
    async with reporting.transaction() as tx:
        await tx.execute("INSERT INTO consumed (publisher, aggregate, last_sequence) VALUES ('orders', $1, 3)", lost)
    async with network.owned("orders") as tx:
        reach = await rewinding.restored(tx, "orders")
    await tell(orders, Facts(lost, 0, [supplier()]))
    await network.start("orders")
    with capture_logs() as logs:
        listener = await network.start("reporting", [(SupplierCreated, keep)])
        await eventually(lambda: [line for line in logs if line["event"] == "consumer.paused" and line["error"] == "Ahead"])
    assert await effects(reporting) == {}
    await listener.stop()
    async with network.owned("reporting") as tx:
        assert (await rewinding.rewind(tx, reach)).last == {lost: 0}
    await network.start("reporting", [(SupplierCreated, keep)])
    await until_applied(reporting, [kept, lost], 1)
