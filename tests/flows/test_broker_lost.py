"""The broker loses its store: what was told is told again from the records, and nobody is told of anything twice."""

import asyncio
import shutil
from collections import Counter
from datetime import date, timedelta

from deploy.local.commands import stream
from deploy.local.suite import Suite
from tests.flows.world import a_merchandiser
from tests.support import effects, ledger

PROMISED = date(2027, 6, 1)
LATER = PROMISED + timedelta(days=4)
LISTENERS = ("notifications", "reporting")


async def test_the_broker_loses_its_store(suite: Suite) -> None:
    world = await a_merchandiser(suite)
    customer = await world.customer(languages=("en",))
    orders = [await world.order(customer, promised=PROMISED, lines=1) for _ in range(3)]
    delays = [(await world.delay(f"/api/orders/{orders[0]}", "DELIVERED", LATER))["delay"]]
    await ledger.caught_up(suite)

    for service in LISTENERS:
        await suite.stop(service)
    # Acknowledged by the broker, and taken by nobody when its disk is gone; the last is written without a broker.
    delays.append((await world.delay(f"/api/orders/{orders[1]}", "DELIVERED", LATER))["delay"])
    await _published(suite)
    await suite.stop("nats", kill=True)
    shutil.rmtree(suite.home.nats / "jetstream")
    delays.append((await world.delay(f"/api/orders/{orders[2]}", "DELIVERED", LATER))["delay"])
    await suite.start("nats")
    for service in LISTENERS:
        await suite.start(service)

    assert await asyncio.to_thread(stream.reconcile, suite.home, ["orders"]) == 1
    await ledger.told_again(suite)
    await ledger.caught_up(suite)

    told = await ledger.committed(suite)
    assert ledger.doubled(told) == []
    assert set(await ledger.streamed(suite)) == set(told)
    archived = await ledger.archived(suite)
    assert set(archived) == {one for one in told if one.publisher != "reporting"}
    for delay in delays:
        outcome = await world.outcome(delay)
        assert (outcome["settled"], len(outcome["told"])) == (True, 1)
    mails = Counter(mail.header("Message-ID") for mail in world.mails(customer))
    assert sorted(mails.values()) == [1] * len(delays)
    assert await asyncio.to_thread(stream.reconcile, suite.home) == 0
    assert [compared for compared in await effects.reports(suite) if compared.more or compared.fewer] == []


async def _published(suite: Suite) -> None:
    async with asyncio.timeout(30), suite.database("orders") as database:
        while await database.fetchval("SELECT count(*) FROM outbox"):  # noqa: ASYNC110  the database knows, not this loop
            await asyncio.sleep(0.05)
