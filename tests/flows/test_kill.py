"""Each service is killed while delays are logged: nothing is lost, nothing happens twice."""

import asyncio
from collections import Counter
from datetime import date, timedelta

import aiohttp

from deploy.local.suite import Suite
from shared.contracts.topology import SERVICES
from tests.flows.world import ACTION, Customer, World, a_merchandiser, new_order, unique
from tests.support import ledger

PROMISED = date(2027, 6, 1)
PATIENCE = 60.0
PAUSE = 0.2
"""Between two orders: who enters them without a rest takes the processor from the services that are on their way back."""


async def test_killing_each_service_loses_and_doubles_nothing(suite: Suite) -> None:
    world = await a_merchandiser(suite)
    customer = await world.customer(languages=("en",))
    await world.order(customer, promised=PROMISED)
    killed = asyncio.Event()
    logging = asyncio.create_task(_log_delays(world, customer, killed))
    for service in SERVICES:
        await suite.kill(service)
        await suite.until_running(service)
    killed.set()
    delays = await asyncio.wait_for(logging, PATIENCE)

    await ledger.caught_up(suite)

    committed = await ledger.committed(suite)
    assert ledger.doubled(committed) == []
    assert ledger.gaps(committed) == {}
    assert set(await ledger.streamed(suite)) == set(committed)
    archived = await ledger.archived(suite)
    assert set(archived) == {told for told in committed if told.publisher != "reporting"}
    await _each_delay_was_mailed_once(world, customer, delays)


async def _log_delays(world: World, customer: Customer, killed: asyncio.Event) -> list[str]:
    """Enters an order and logs its delay, again and again until every service was killed."""
    delays: list[str] = []
    while not killed.is_set():
        number = unique("SO")
        await _insist(world, "/api/orders", new_order(number, customer, promised=PROMISED, lines=1))
        body = {"milestone": "DELIVERED", "new_date": str(PROMISED + timedelta(days=3)), "causes": [{"code": "UNKNOWN"}], "action": ACTION}
        delays.append((await _insist(world, f"/api/orders/{number}/delays", body))["delay"])
        await asyncio.sleep(PAUSE)
    return delays


async def _insist(world: World, path: str, body: object) -> dict[str, str]:
    """As a careful client does: the same key until there is an answer."""
    key = unique("key")
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                answer = await world.me.post(path, body, key=key)
            except aiohttp.ClientError:
                pass
            else:
                if answer.status < 500:
                    said: dict[str, str] = answer.expect(201)
                    return said
            await asyncio.sleep(0.05)


async def _each_delay_was_mailed_once(world: World, customer: Customer, delays: list[str]) -> None:
    """Once, or once more where the sender was killed between the mail server's word and its own note of it."""
    for delay in delays:
        outcome = await world.outcome(delay)
        assert outcome["settled"] is True
        assert len(outcome["told"]) == 1
    async with world.suite.database("notifications") as database:
        ambiguous = await database.fetchval("SELECT coalesce(sum(possible_duplicates), 0) FROM message")
    ids = Counter(mail.header("Message-ID") for mail in world.mails(customer))
    assert len(ids) == len(delays)
    assert sum(ids.values()) - len(ids) <= ambiguous
