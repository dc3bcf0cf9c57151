"""What publishing promises: stored once, in order, all of a batch or nothing of it, and a plain no to what will never be taken."""

import asyncio

import pytest
from nats.errors import ConnectionClosedError

from shared.messaging.bus import AWAY, Bus
from shared.messaging.publish import BATCH_FROM, BATCH_MAX, MAX_PAYLOAD, TooLarge, publish
from shared.messaging.reading import Message
from tests.shared.messaging.bus.ground import Ground, Topic, all_of, bodies, persistently, received
from tests.shared.messaging.conftest import eventually

LARGEST = MAX_PAYLOAD - 1024
"""The head of a message counts too."""


async def read(ground: Ground, topic: Topic, bus: Bus) -> list[Message]:
    async with ground.reader(topic, bus) as pull:
        return await received(pull, all_of(topic))


async def test_what_is_published_arrives_as_it_was_in_order(ground: Ground) -> None:
    topic = await ground.topic(aggregates=16)
    async with ground.bus() as bus:
        for count in (1, BATCH_FROM - 1, BATCH_FROM, BATCH_MAX):
            await publish(bus, topic.events(count))
        found = await read(ground, topic, bus)
    assert bodies(found) == bodies(topic.told)
    assert [message.headers["Nats-Msg-Id"] for message in found] == [event.message_id for event in topic.told]


async def test_many_publish_at_once(ground: Ground) -> None:
    """Each one's events keep their order, and a batch stands in the stream as one piece."""
    topics = [await ground.topic() for _ in range(6)]

    async def tell(topic: Topic, bus: Bus) -> None:
        for count in (25, 3, 25, 25):
            await publish(bus, topic.events(count))

    async with ground.bus() as one, ground.bus() as other:
        await asyncio.gather(*(tell(topic, bus) for topic, bus in zip(topics, (one, other) * 3, strict=True)))
        for topic in topics:
            found = await read(ground, topic, one)
            assert bodies(found) == bodies(topic.told)
            places = [message.stream_sequence for message in found]
            for first, end in ((0, 25), (28, 53), (53, 78)):
                assert places[first:end] == list(range(places[first], places[first] + 25))


async def test_everybody_gets_his_topic_and_every_service_gets_all_of_it(ground: Ground) -> None:
    one, other = await ground.topic(), await ground.topic()
    twin = Topic(one.name, f"{one.durable}-twin", one.aggregates, one.told)
    async with ground.bus() as bus:
        await publish(bus, one.events(30) + other.events(30))
        # Made later, it is given what was told before.
        await ground.consumer(twin.durable, [f"gendan.orders.*.{one.name}.>"])
        for topic in (one, other, twin):
            assert bodies(await read(ground, topic, bus)) == bodies(topic.told)


async def test_a_known_event_is_not_stored_again(ground: Ground) -> None:
    topic = await ground.topic()
    async with ground.bus() as bus:
        before, rest = topic.events(5), topic.events(25)
        await publish(bus, before)
        # One by one; as a batch that is known in part; as a batch that is known altogether.
        for events in (before, before + rest, before + rest):
            await publish(bus, events)
        assert await ground.stored(topic) == 30
        assert bodies(await read(ground, topic, bus)) == bodies(topic.told)


async def test_what_follows_the_known_ones_goes_together_again(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = await ground.topic()
    known, rest = 5, 200
    async with ground.bus() as bus:
        before, after = topic.events(known), topic.events(rest)
        await publish(bus, before)
        asked, request = 0, bus.request

        async def counted(subject: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
            nonlocal asked
            asked += 1
            return await request(subject, body, headers)

        monkeypatch.setattr(bus, "request", counted)
        await publish(bus, before + after)
        # The batch that was refused, the known ones and the first new one, and the batch of the others.
        assert asked == 1 + known + 1 + 1
        assert bodies(await read(ground, topic, bus)) == bodies(topic.told)


async def test_a_batch_without_its_end_leaves_nothing_behind(ground: Ground) -> None:
    topic = await ground.topic()
    async with ground.bus() as bus:
        events = topic.events(BATCH_FROM)
        for number, event in enumerate(events[:-1], start=1):
            headers = {"Nats-Msg-Id": event.message_id, "Nats-Batch-Id": topic.name, "Nats-Batch-Sequence": str(number)}
            await bus.client.publish(event.subject, event.body, headers=headers)
        await bus.client.flush()
        assert await ground.stored(topic) == 0
        await publish(bus, events)
        assert bodies(await read(ground, topic, bus)) == bodies(events)


@pytest.mark.parametrize("count", [1, BATCH_FROM])
async def test_an_event_too_large_is_refused_for_good(ground: Ground, count: int) -> None:
    topic = await ground.topic()
    async with ground.bus() as bus:
        client = bus.client
        too_large = topic.events(1, b"x" * (LARGEST + 1))
        for _ in range(2):
            with pytest.raises(TooLarge) as refused:
                await publish(bus, topic.events(count - 1) + too_large)
            assert refused.value.outgoing is too_large[0]
        assert await ground.stored(topic) == 0
        largest = topic.events(count, b"x" * LARGEST)
        await publish(bus, largest)
        assert await ground.stored(topic) == count
        # Nobody else suffers from it.
        assert bus.client is client


@pytest.mark.parametrize("count", [1, 3, 40])
async def test_an_answer_that_is_lost_doubles_nothing(ground: Ground, count: int) -> None:
    topic = await ground.topic()
    async with ground.proxied() as (proxy, bus):
        proxy.swallow(topic.name.encode())
        with pytest.raises(AWAY):
            await publish(bus, topic.events(count))
        assert proxy.swallowed == 1
        await persistently(bus, topic.told)
        assert await ground.stored(topic) == count
        assert bodies(await read(ground, topic, bus)) == bodies(topic.told)


async def test_nothing_is_kept_for_later_while_the_broker_is_away(ground: Ground) -> None:
    """Who was told that it failed is not surprised afterwards."""
    topic = await ground.topic()
    async with ground.proxied() as (proxy, bus):
        proxy.refuse()
        await eventually(lambda: not bus.connected.is_set())
        for count in (1, BATCH_FROM):
            with pytest.raises(ConnectionClosedError):
                await publish(bus, topic.events(count))
        proxy.heal()
        await eventually(bus.connected.is_set)
        await bus.client.flush()
        assert await ground.stored(topic) == 0
