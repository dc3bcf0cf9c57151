"""A promise that waits for the manager, through every service: the delay is told at once, the promise when it is granted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from deploy.local.client import Client
from deploy.local.mailbox import Mail
from deploy.local.suite import Suite
from tests.flows.world import ACTION, Customer, World, a_merchandiser, unique

PROMISED = date(2027, 3, 12)
AGREED = PROMISED + timedelta(days=10)
RULE = "/api/orders/approval-rules/promise-later"
PATIENCE = 60.0


@pytest_asyncio.fixture(loop_scope="session")
async def world(suite: Suite) -> AsyncIterator[World]:
    """A firm whose rule is switched on, until the test is over."""
    admin = suite.client()
    await _switch(admin, on=True)
    yield await a_merchandiser(suite)
    suite.clock.set(None)
    await _switch(admin, on=False)


async def test_the_delay_is_told_at_once_and_its_promise_when_the_manager_has_agreed(world: World) -> None:
    suite, manager = world.suite, await _reporting_to_somebody(world)
    customer = await world.customer(languages=("en",), grade="key")
    order = await world.order(customer, promised=PROMISED, lines=1)
    body = {"milestone": "DELIVERED", "new_date": str(PROMISED + timedelta(days=8)), "causes": [{"code": "LOG-VSL"}], "action": ACTION}

    answer = (await world.me.post(f"/api/orders/{order}/delays", {**body, "promise": {"to": str(AGREED)}})).expect(202)

    [waits] = answer["approvals"]
    assert (waits["subject"], waits["roles"], len(waits["deciders"])) == (order, [], 1)
    assert (await world.me.get(answer["told"])).expect(200)["settled"] is True
    [first] = world.mails(customer)
    assert "20 March 2027" in first.text
    assert "22 March 2027" not in first.text
    shown = (await world.me.get(f"/api/orders/{order}")).expect(200)
    assert [line["promised"] for line in shown["lines"]] == [str(PROMISED)]

    # It outlives the process that took it, and its hours pass.
    path = f"/api/orders/approvals/{waits['approval']}"
    await suite.kill("orders")
    await suite.until_running("orders")
    suite.clock.set(suite.clock.now() + timedelta(hours=25))
    escalated = await _until(world.me, path, "roles", ["manager"])
    assert [entry["deed"] for entry in escalated["entries"]] == ["asked", "escalated"]
    suite.clock.set(None)

    [waiting] = (await manager.get("/api/orders/work")).expect(200)["to_approve"]["items"]
    assert waiting["approval"] == waits["approval"]
    granted = (await manager.post(f"{path}/approval", {"level": 1, "reason": "he agreed on the telephone"})).expect(200)
    assert granted["status"] == "granted"
    second = await _second_mail(world, customer)
    assert "22 March 2027" in second.text
    entries = (await world.me.get(f"/api/orders/{order}/promises", kind="promised")).expect(200)["items"]
    assert [(entry["day"], entry["asked_by"], entry["approval"]) for entry in entries] == [
        (str(PROMISED), None, None),
        (str(AGREED), world.login, waits["approval"]),
    ]


async def _reporting_to_somebody(world: World) -> Client:
    """The merchandiser's new manager, once orders has heard of both."""
    admin, boss = world.suite.client(), unique("b").lower()
    person = {
        "name": f"Fang {boss}", "department": "sales", "language": "en", "time_zone": "Asia/Shanghai", "email": f"{boss}@example.com",
        "roles": ["manager"],
    }  # fmt: skip
    (await admin.put(f"/api/customers/staff/{boss}", person)).expect(201)
    mine = {**person, "name": f"Mei {world.login}", "email": f"{world.login}@example.com", "roles": ["merchandiser"], "manager": boss}
    (await admin.put(f"/api/customers/staff/{world.login}", mine)).expect(200)
    known = "SELECT count(*) FROM known_staff WHERE login = $2 OR login = $1 AND manager = $2"
    async with asyncio.timeout(PATIENCE), world.suite.database("orders") as database:
        while await database.fetchval(known, world.login, boss) < 2:  # noqa: ASYNC110  the database knows, not this loop
            await asyncio.sleep(0.02)
    return world.suite.client(boss, "manager")


async def _switch(admin: Client, *, on: bool) -> None:
    answer = await admin.get(RULE)
    rule = answer.expect(200)["rule"]
    (await admin.put(RULE, {**rule, "active": on}, etag=answer.etag)).expect(200)


async def _until(client: Client, path: str, name: str, value: Any) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            shown: dict[str, Any] = (await client.get(path)).expect(200)
            if shown[name] == value:
                return shown
            await asyncio.sleep(0.05)


async def _second_mail(world: World, customer: Customer) -> Mail:
    async with asyncio.timeout(PATIENCE):
        while len(world.mails(customer)) < 2:  # noqa: ASYNC110  the mail server knows, not this loop
            await asyncio.sleep(0.05)
    _, second = world.mails(customer)
    return second
