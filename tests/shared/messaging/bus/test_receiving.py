"""What receiving promises: whatever was not acknowledged comes again, in order, to whoever owns the consumer then."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random

from shared.clock import SystemClock
from shared.contracts.envelope import subject_of
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database
from shared.ids import new_id
from shared.messaging.applying import Applier
from shared.messaging.bus import Bus
from shared.messaging.deciding import transient
from shared.messaging.dispatch import Dispatch
from shared.messaging.provision import BATCH
from shared.messaging.publish import Outgoing, publish
from shared.messaging.pull import Pull, Taken
from shared.messaging.reading import Message
from tests.shared.messaging.bus.ground import SECONDS, Ground, Topic, all_of, bodies, drained, once, received, taken, up_to
from tests.shared.messaging.conftest import Network
from tests.shared.messaging.telling import effects, keep, message
from tests.support.databases import Databases
from tests.support.servers import Postgres


async def told(ground: Ground, bus: Bus, count: int) -> Topic:
    topic = await ground.topic(aggregates=8)
    await publish(bus, topic.events(count))
    return topic


async def test_what_failed_comes_again_from_there(ground: Ground) -> None:
    async with ground.bus() as bus:
        topic = await told(ground, bus, 100)
        async with ground.reader(topic, bus) as pull:
            done = await taken(pull, 10)
            await pull.acknowledge(done)
            failed = await taken(pull, 10)
        async with ground.reader(topic, bus) as pull:
            again = bodies(await received(pull, all_of(topic)))
    assert once([*done.messages, *failed.messages]) == bodies(topic.told)[: len(done.messages) + len(failed.messages)]
    # The end of the stay may have overtaken the acknowledgement: then more comes again, and never less.
    assert again in (bodies(topic.told), bodies(topic.told)[len(done.messages) :])


async def test_an_owner_that_vanishes_leaves_all_he_had_not_acknowledged(ground: Ground) -> None:
    async with ground.bus() as bus:
        topic = await told(ground, bus, 700)
        async with ground.bus() as vanishing, ground.reader(topic, vanishing) as pull:
            await taken(pull, 300)
            await taken(pull, 300)
            await vanishing.client.close()
        async with ground.reader(topic, bus) as pull:
            assert bodies(await received(pull, all_of(topic))) == bodies(topic.told)


async def test_without_an_acknowledgement_no_more_than_two_batches_are_on_their_way(ground: Ground) -> None:
    async with ground.bus() as bus:
        topic = await told(ground, bus, 2 * BATCH)
        await publish(bus, topic.events(BATCH))
        async with ground.reader(topic, bus) as pull:
            had = [await taken(pull)]
            while sum(len(batch.messages) for batch in had) < 2 * BATCH:
                had.append(await taken(pull))
            assert await pull.take(BATCH, 0.2) is None
            await pull.acknowledge(had[-1])
            rest = await received(pull, all_of(topic))
    assert [body for batch in had for body in bodies(batch.messages)] + bodies(rest) == bodies(topic.told)


async def test_one_owner_after_another_goes_on_where_the_last_one_left(ground: Ground) -> None:
    found = []
    async with ground.bus() as bus:
        topic = await told(ground, bus, 500)
        for end in range(100, 501, 100):
            async with ground.reader(topic, bus) as pull:
                found += await received(pull, up_to(topic.told[end - 1]), limit=20)
    assert once(found) == bodies(topic.told)


async def test_it_goes_on_after_any_number_of_failures(ground: Ground) -> None:
    chance = Random(3)
    async with ground.bus() as bus:
        topic = await told(ground, bus, 60)
        for _ in range(3):
            async with ground.reader(topic, bus) as pull:
                for _ in range(chance.randint(1, 5)):
                    await taken(pull, chance.randint(1, 10))
        async with ground.reader(topic, bus) as pull:
            assert bodies(await received(pull, all_of(topic))) == bodies(topic.told)


async def test_who_stops_waiting_loses_nothing(ground: Ground) -> None:
    chance, found = Random(3), []
    async with ground.bus() as bus:
        topic = await told(ground, bus, 1)
        async with ground.reader(topic, bus) as pull:
            for _ in range(20):
                waiting = asyncio.create_task(pull.take(10, SECONDS))
                telling = asyncio.create_task(publish(bus, topic.events(3)))
                await asyncio.wait([telling], timeout=chance.uniform(0, 0.01))
                waiting.cancel()
                await asyncio.wait([waiting, telling])
                found += [] if waiting.cancelled() else bodies(had.messages if (had := waiting.result()) else [])
            async with asyncio.timeout(SECONDS):
                while len(set(found)) < len(topic.told):
                    found += bodies((await taken(pull)).messages)
    assert list(dict.fromkeys(found)) == bodies(topic.told)


async def test_owners_that_come_and_go_at_once_take_nothing_with_them(ground: Ground) -> None:
    async with ground.bus() as bus:
        topic = await told(ground, bus, 50)

        async def pass_by() -> None:
            async with ground.reader(topic, bus) as pull:
                taking = asyncio.create_task(pull.take(10, 0.2))
                await asyncio.sleep(0.02)
                await pull.close()
                await taking

        await asyncio.gather(*(pass_by() for _ in range(10)))
        async with ground.reader(topic, bus) as pull:
            assert bodies(await received(pull, all_of(topic))) == bodies(topic.told)


async def test_what_lost_its_acknowledgement_comes_again(ground: Ground) -> None:
    async with ground.proxied() as (proxy, bus):
        topic = await told(ground, bus, 400)
        async with ground.reader(topic, bus) as pull:
            first = await taken(pull, 100)
            await pull.acknowledge(first)
            async with asyncio.timeout(SECONDS):
                while await pull.behind() > 400 - len(first.messages):
                    pass
            second = await taken(pull, 100)
            proxy.hold("up")
            await pull.acknowledge(second)
            proxy.reset()
            proxy.heal()
            again = await drained(pull)
    assert once([*first.messages, *second.messages, *again]) == bodies(topic.told)
    assert set(bodies(again)) == set(bodies(topic.told[len(first.messages) :]))


async def test_an_owner_who_was_frozen_and_his_successor_have_every_effect_once(
    ground: Ground, postgres: Postgres, databases: Databases
) -> None:
    """Leases keep owners apart; where one does not know that he is none any more, the inbox does."""
    aggregates = [new_id() for _ in range(8)]
    topic = Topic("suppliers", f"reader-of-{aggregates[0]}", aggregates)
    subjects = {aggregate: subject_of(SupplierCreated.TYPE, aggregate) for aggregate in aggregates}
    await ground.consumer(topic.durable, sorted(set(subjects.values())), deliver="new")
    async with AsyncExitStack() as stack:
        database = await Network(ground.servers[0], postgres, databases, stack).database_with_effects("reporting")
        old, new = [await stack.enter_async_context(ground.bus()) for _ in range(2)]
        told = [(aggregate, message(aggregate, sequence)) for sequence in range(1, 51) for aggregate in aggregates]
        await publish(new, [Outgoing(0, new_id(), aggregate, subjects[aggregate], event.body) for aggregate, event in told])

        async def apply(batch: Taken, pull: Pull, applier: Applier) -> None:
            for messages in (batch.messages[first : first + 20] for first in range(0, len(batch.messages), 20)):
                await applied(applier, messages)
            await pull.acknowledge(batch)

        async def succeed() -> None:
            applier = await applier_of(topic, database)
            async with ground.reader(topic, new) as pull:
                while await pull.behind():
                    batch = await pull.take(100, 0.2)
                    if batch is not None:
                        await apply(batch, pull, applier)

        frozen = await applier_of(topic, database)
        async with ground.reader(topic, old) as pull:
            stale = await taken(pull, 300)
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(succeed(), apply(stale, pull, frozen))
        assert await effects(database) == {aggregate: list(range(1, 51)) for aggregate in aggregates}


async def applier_of(topic: Topic, database: Database) -> Applier:
    applier = Applier(topic.durable, 0, database, SystemClock(), Dispatch([(SupplierCreated, keep)]), "hold")
    await applier.load()
    return applier


async def applied(applier: Applier, messages: Sequence[Message]) -> None:
    while True:
        try:
            await applier.apply(messages)
            return
        except Exception as error:
            if not transient(error):
                raise
