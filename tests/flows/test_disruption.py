"""A vessel is late: opened once for the firm, logged by a run that is killed on its way, told to each customer when his owner says so."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from deploy.local.suite import Suite
from tests.flows.world import ACTION, World, a_merchandiser, unique, until
from tests.support import ledger

PROMISED = date(2027, 6, 1)
PATIENCE = 60.0
DISRUPTIONS = "/api/orders/disruptions"


@pytest.fixture
async def world(suite: Suite) -> World:
    return await a_merchandiser(suite)


def late(voyage: str) -> dict[str, Any]:
    scope = {"kind": "vessel", "name": "Ever Given", "voyage": voyage}
    to = str(PROMISED + timedelta(days=3))
    return {"scope": scope, "milestone": "ARRIVE", "to": to, "causes": [{"code": "LOG-VSL"}], "action": ACTION}


async def test_a_killed_run_delays_each_order_once_and_each_owner_tells_his_customers(world: World, suite: Suite) -> None:
    other = await a_merchandiser(suite)
    mine, theirs = await world.customer(languages=("en",)), await other.customer(languages=("zh-CN",))
    voyage = unique("V")
    first, second = [await world.vessel("EVER GIVEN", voyage) for _ in range(2)]
    own = [await world.order(mine, shipment=shipment, promised=PROMISED) for shipment in (first, second)]
    others = await other.order(theirs, shipment=second, promised=PROMISED)
    await ledger.caught_up(suite)

    asked = (await world.me.post(f"{DISRUPTIONS}/simulations", late(voyage))).expect(200)
    [foreseen] = (await world.me.post("/api/notifications/previews", asked)).expect(200)["customers"]
    known = (await world.me.post(DISRUPTIONS, late(voyage))).expect(201)
    again = await other.me.post(DISRUPTIONS, late(voyage.lower()))
    assert (again.status, again.json["link"]) == (409, f"{DISRUPTIONS}/{known['disruption']}")
    assert known["others"] == [{"owner": other.login, "orders": 1, "customers": 1}]

    path = again.json["link"]
    await _killed_on_its_way(world, path, others)
    shown = await _logged(world, path)
    assert (shown["delayed"], shown["skipped"], shown["to_release"]) == (3, 0, 2)
    delays = {one["delay"] for one in (await world.me.get(f"{path}/orders")).expect(200)["items"]}
    [delay] = delays
    outcome = await world.outcome(delay)
    assert (outcome["settled"], outcome["awaits_release"]) == (False, True)
    assert world.mails(mine) == []

    assert (await world.me.post(f"{path}/release", {})).expect(200)["status"] == "logged"
    outcome = (await until_told(world, delay))["told"]
    [mail] = world.mails(mine)
    assert len(outcome) == 1
    assert all(number in mail.text for number in own)
    assert [(notice["to"], notice["subject"], notice["body"].strip()) for notice in foreseen["notices"]] == [
        (mine.contacts["en"], mail.subject, mail.text.replace("\r\n", "\n").strip())
    ]
    assert others not in mail.text
    assert other.mails(theirs) == []
    assert (await other.me.post(f"{path}/release", {})).expect(200)["status"] == "released"
    [delay] = [one["delay"] for one in (await other.me.get(f"{path}/orders")).expect(200)["items"]]
    await until_told(other, delay)
    [mail] = other.mails(theirs)
    assert others in mail.text

    committed = await ledger.committed(suite)
    assert ledger.doubled(committed) == []
    assert ledger.gaps(committed) == {}


async def until_told(world: World, delay: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while not (outcome := await world.outcome(delay))["settled"]:  # noqa: ASYNC110  the service knows, not this loop
            await asyncio.sleep(0.05)
    return outcome


async def _killed_on_its_way(world: World, path: str, order: str) -> None:
    """The run waits for the lock of one of its orders when its process is killed."""
    # The server keeps the beginning of a statement only.
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%o.delivery_point%'"
    async with world.suite.database("orders") as orders, world.suite.database("orders") as watch, orders.transaction():
        await orders.execute("SELECT FROM customer_order WHERE number = $1 FOR NO KEY UPDATE", order)
        (await world.me.post(f"{path}/confirmation", {})).expect(202)
        async with asyncio.timeout(PATIENCE):
            while not await watch.fetchval(waits):  # noqa: ASYNC110  the database knows, not this loop
                await asyncio.sleep(0.02)
        await world.suite.kill("orders")
    await world.suite.until_running("orders")


async def _logged(world: World, path: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await until(world.me, "GET", path, None, {200})
            if answer.json["status"] == "logged":
                shown: dict[str, Any] = answer.json
                return shown
            await asyncio.sleep(0.05)
