"""From the record to the stream: everything, in order, once, whatever the broker does."""

import asyncio
import json
from typing import Any
from uuid import UUID

from shared.contracts.envelope import STREAM
from shared.database.pool import Database
from shared.ids import new_id
from shared.messaging.publish import MAX_PAYLOAD
from shared.messaging.record import Facts
from tests.shared.messaging.conftest import Network, eventually, operator
from tests.shared.messaging.telling import supplier, tell
from tests.support.servers import Nats


async def stream(broker: Nats) -> list[dict[str, Any]]:
    """All events in the stream, in its order."""
    async with operator(broker) as client:
        jetstream = client.jetstream()
        count = (await jetstream.stream_info(STREAM)).state.messages
        if not count:
            return []
        subscription = await jetstream.subscribe("gendan.>", ordered_consumer=True, pending_msgs_limit=0, pending_bytes_limit=0)
        return [json.loads((await subscription.next_msg(timeout=5)).data) for _ in range(count)]


async def stream_count(broker: Nats) -> int:
    async with operator(broker) as client:
        return int((await client.jetstream().stream_info(STREAM)).state.messages)


class Waiting:
    """Rows of the outbox, as of the last look."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def until(self, rows: int, seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while await self.rows() != rows:  # noqa: ASYNC110 - the rows are in a database
                await asyncio.sleep(0.01)

    async def rows(self) -> int:
        async with self._database.connection() as tx:
            count: int = await tx.fetchval("SELECT count(*) FROM outbox")
            return count


async def _recorded(database: Database) -> list[tuple[str, int]]:
    async with database.connection() as tx:
        return [(str(row[0]), row[1]) for row in await tx.fetch("SELECT aggregate, sequence FROM record ORDER BY position")]


def _told(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["subject"], event["sequence"]) for event in events]


async def test_single_events_and_bulk_go_out_in_the_order_of_the_record(network: Network) -> None:
    orders = await network.start("orders")
    aggregate = new_id()
    for version in range(3):
        await tell(orders.database, Facts(aggregate, version, [supplier()]))
    await tell(orders.database, *(Facts(new_id(), 0, [supplier(), supplier()]) for _ in range(1250)))
    await Waiting(orders.database).until(0)
    events = await stream(network.broker)
    assert len(events) == 2503
    assert _told(events) == await _recorded(orders.database)


async def test_what_is_recorded_is_sent_byte_for_byte(network: Network) -> None:
    orders = await network.start("orders")
    await tell(orders.database, Facts(new_id(), 0, [supplier(name="名 ☃")]))
    await Waiting(orders.database).until(0)
    async with orders.database.connection() as tx:
        body = await tx.fetchval("SELECT body FROM record")
    assert await stream(network.broker) == [json.loads(body)]
    assert json.loads(body)["data"]["name"] == "名 ☃"


async def test_a_batch_that_was_stored_in_part_before_goes_out_once(network: Network) -> None:
    database = await network.database("orders")
    await tell(database, *(Facts(new_id(), 0, [supplier()]) for _ in range(40)))
    async with database.connection() as tx:
        rows = await tx.fetch("SELECT event_id, subject, body FROM record ORDER BY position LIMIT 7")
    async with operator(network.broker) as client:
        for row in rows:
            await client.jetstream().publish(row["subject"], row["body"], headers={"Nats-Msg-Id": str(row["event_id"])})
    await network.start("orders")
    await Waiting(database).until(0)
    assert _told(await stream(network.broker)) == await _recorded(database)


async def test_with_the_broker_away_writing_goes_on_and_nothing_is_lost(network: Network) -> None:
    orders = await network.start("orders")
    await tell(orders.database, Facts(new_id(), 0, [supplier()]))
    await Waiting(orders.database).until(0)
    for _ in range(2):
        network.broker.process.kill()
        await network.broker.process.wait()
        for _ in range(15):
            await tell(orders.database, Facts(new_id(), 0, [supplier(), supplier()]))
        assert await Waiting(orders.database).rows() == 30
        assert orders.spine.unready() in ([], ["nats: disconnected"])
        await network.broker.process.start()
        await Waiting(orders.database).until(0)
    assert _told(await stream(network.broker)) == await _recorded(orders.database)
    async with orders.database.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM outbox_parked") == 0


async def test_killed_in_the_middle_of_a_stream_of_writes(network: Network) -> None:
    orders = await network.start("orders")

    async def write(writer: int) -> None:
        aggregate = UUID(int=writer + 1)
        for version in range(0, 60, 3):
            await tell(orders.database, Facts(aggregate, version, [supplier() for _ in range(3)]))

    async def disturb() -> None:
        for _ in range(4):
            count = await stream_count(network.broker)
            await network.broker.restart(kill=True)
            assert await stream_count(network.broker) >= count

    await asyncio.gather(disturb(), *(write(writer) for writer in range(8)))
    await Waiting(orders.database).until(0)
    events = _told(await stream(network.broker))
    assert sorted(events) == sorted(await _recorded(orders.database))
    for writer in range(8):
        assert [n for aggregate, n in events if aggregate == str(UUID(int=writer + 1))] == list(range(1, 61))


async def test_an_event_too_large_is_parked_with_the_later_ones_of_its_aggregate(network: Network) -> None:
    orders = await network.start("orders")
    large, other = new_id(), new_id()
    await tell(orders.database, Facts(large, 0, [supplier()]))
    await tell(orders.database, Facts(large, 1, [supplier(name="x" * MAX_PAYLOAD)]), Facts(other, 0, [supplier()]))
    await tell(orders.database, Facts(large, 2, [supplier()]), Facts(other, 1, [supplier()]))
    await Waiting(orders.database).until(0)
    assert _told(await stream(network.broker)) == [(str(large), 1), (str(other), 1), (str(other), 2)]
    async with orders.database.connection() as tx:
        parked = await tx.fetch("SELECT aggregate, reason FROM outbox_parked ORDER BY position")
    assert [row["aggregate"] for row in parked] == [large, large]
    assert parked[0]["reason"].startswith("too large")


async def test_of_two_replicas_one_publishes_and_the_other_takes_over(network: Network) -> None:
    first = await network.start("orders")
    await tell(first.database, Facts(new_id(), 0, [supplier()]))
    await Waiting(first.database).until(0)
    second = await network.start("orders")
    await eventually(lambda: second.spine.leases.replicas == 2)
    await tell(second.database, Facts(new_id(), 0, [supplier()]))
    await Waiting(first.database).until(0)
    await first.stop()
    await tell(second.database, Facts(new_id(), 0, [supplier()]))
    await Waiting(second.database).until(0)
    assert _told(await stream(network.broker)) == await _recorded(second.database)
