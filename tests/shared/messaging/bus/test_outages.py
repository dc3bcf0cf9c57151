"""What holds while servers of the broker go and come: nothing that was acknowledged is lost, nothing doubled, the order kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.contracts.envelope import STREAM
from shared.messaging.bus import Bus
from shared.messaging.provision import durable, streams
from shared.messaging.publish import publish
from shared.messaging.pull import Pull
from shared.messaging.reading import Message
from tests.shared.messaging.bus.ground import SECONDS, Ground, Topic, all_of, bodies, once, persistently, received
from tests.shared.messaging.conftest import eventually

SIZES = (1, 3, 40, 12)
"""Singly and as batches."""


class Traffic:
    """Somebody who publishes and somebody who receives, each over a connection of his own, until the end of the block."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.acknowledged = 0
        self.found: list[Message] = []
        self._ended = False

    @asynccontextmanager
    async def flowing(self, ground: Ground) -> AsyncIterator[None]:
        async with (
            ground.bus() as telling,
            ground.bus() as listening,
            ground.reader(self.topic, listening) as pull,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._tell(telling))
            tasks.create_task(self._listen(pull))
            try:
                yield
            finally:
                self._ended = True

    async def more(self) -> None:
        """Until something was published and received that was not there before."""
        told, found = self.acknowledged, len(self.found)
        await eventually(lambda: self.acknowledged > told + 50 and len(self.found) > found + 50, SECONDS)

    async def _tell(self, bus: Bus) -> None:
        while not self._ended:
            for size in SIZES:
                await persistently(bus, self.topic.events(size))
                self.acknowledged = len(self.topic.told)

    async def _listen(self, pull: Pull) -> None:
        while not (self._ended and self.acknowledged == len(self.topic.told) and all_of(self.topic)(self.found)):
            batch = await pull.take(100, 0.2)
            if batch is not None:
                self.found += batch.messages
                await pull.acknowledge(batch)


async def test_every_server_holds_everything(ground: Ground) -> None:
    topic = await ground.topic()
    held = [await ground.asked(f"STREAM.INFO.{config['name']}", {}) for config in streams()]
    held += [await ground.asked(f"CONSUMER.INFO.{STREAM}.{name}", {}) for name in (topic.durable, durable("reporting", 0))]
    assert [1 + len(one.get("cluster", {}).get("replicas", [])) for one in held] == [ground.features.replicas] * 5


async def test_servers_are_restarted_one_after_the_other(ground: Ground) -> None:
    traffic = Traffic(await ground.topic(aggregates=4))
    async with traffic.flowing(ground):
        for server in ground.servers:
            await traffic.more()
            await server.restart()
            await ground.settled()
        await traffic.more()
    await check(ground, traffic)


async def test_the_leader_is_killed(ground: Ground) -> None:
    traffic = Traffic(await ground.topic(aggregates=4))
    async with traffic.flowing(ground):
        await traffic.more()
        leader = await ground.leader()
        leader.process.kill()
        await leader.process.wait()
        if ground.features.outlives_a_server:
            await traffic.more()
        await leader.process.start()
        await ground.settled()
        await traffic.more()
    await check(ground, traffic)


async def test_all_servers_are_killed_at_once(ground: Ground) -> None:
    """What was acknowledged is on their disks, and they know it by its ids."""
    topic = await ground.topic(aggregates=4)
    async with ground.bus() as bus:
        await publish(bus, topic.events(5))
        await publish(bus, topic.events(45))
        for server in ground.servers:
            server.process.kill()
        for server in ground.servers:
            await server.process.wait()
            await server.process.start()
        await ground.settled()
        # One by one, as the batch it was, and in a batch with something new.
        for events in (topic.told[:5], topic.told[5:50], topic.told + topic.events(10)):
            await persistently(bus, events)
        assert await ground.stored(topic) == 60
        async with ground.reader(topic, bus) as pull:
            assert bodies(await received(pull, all_of(topic))) == bodies(topic.told)


async def check(ground: Ground, traffic: Traffic) -> None:
    assert once(traffic.found) == bodies(traffic.topic.told)
    assert await ground.stored(traffic.topic) == len(traffic.topic.told)
