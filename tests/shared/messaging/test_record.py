"""The record: with the change or not at all, in order, as sealed bytes."""

from collections.abc import Awaitable, Callable

import pytest
from pydantic import TypeAdapter

from shared.contracts.envelope import Envelope
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database, Tx
from shared.ids import new_id
from shared.messaging.record import EVENTS, Facts, append
from tests.shared.messaging.telling import STAMP, supplier, tell

ROWS = "SELECT position, aggregate, sequence, type, subject, body, event_id, recorded_at FROM record ORDER BY position"


async def test_the_events_of_several_aggregates_in_the_order_given(tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx("orders")
    one, other = new_id(), new_id()
    await append(connection, STAMP, [Facts(one, 4, [supplier("a"), supplier("b")]), Facts(other, 0, [supplier("c")])])
    rows = [row for row in await connection.fetch(ROWS) if row["aggregate"] in (one, other)]
    assert [(row["aggregate"], row["sequence"]) for row in rows] == [(one, 5), (one, 6), (other, 1)]
    envelope = TypeAdapter(Envelope).validate_json(rows[0]["body"])
    assert (envelope.id, envelope.subject, envelope.sequence, envelope.type) == (rows[0]["event_id"], one, 5, f"gendan.{rows[0]['type']}")
    assert SupplierCreated.model_validate(envelope.data if isinstance(envelope.data, dict) else envelope.data.model_dump()).code == "a"
    outbox = await connection.fetch("SELECT position, recorded_at FROM outbox ORDER BY position")
    assert [(row["position"], row["recorded_at"]) for row in outbox][-3:] == [(row["position"], row["recorded_at"]) for row in rows]


async def test_nothing_to_tell_writes_nothing(tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx("orders")
    before = await connection.fetchval("SELECT count(*) FROM record")
    await append(connection, STAMP, [])
    await append(connection, STAMP, [Facts(new_id(), 3, [])])
    assert await connection.fetchval("SELECT count(*) FROM record") == before


async def test_it_is_rolled_back_with_the_change(make_database: Callable[[str], Awaitable[Database]]) -> None:
    database = await make_database("orders")
    woken = 0

    def wake() -> None:
        nonlocal woken
        woken += 1

    database.after_commit.append((EVENTS, wake))

    async def fail() -> None:
        async with database.transaction() as tx:
            await append(tx, STAMP, [Facts(new_id(), 0, [supplier()])])
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await fail()
    assert woken == 0
    await tell(database, Facts(new_id(), 0, [supplier()]))
    assert woken == 1
    async with database.transaction() as tx:
        await tx.execute("SELECT 1")
    assert woken == 1
    async with database.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM record") == 1
        assert await tx.fetchval("SELECT count(*) FROM outbox") == 1
