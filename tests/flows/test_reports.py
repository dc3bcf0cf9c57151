"""What the reports say after delays went their way through all services."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from deploy.local.suite import Suite
from tests.flows.world import World, a_merchandiser

PROMISED = date(2027, 3, 12)


@pytest.fixture
async def world(suite: Suite) -> World:
    return await a_merchandiser(suite)


async def rows(world: World, name: str, **parameters: Any) -> list[dict[str, Any]]:
    answer = (await world.me.get(f"/api/reporting/reports/{name}", **parameters)).expect(200)
    found: list[dict[str, Any]] = answer["rows"]
    return found


async def until_told(world: World, delay: str) -> None:
    async with asyncio.timeout(20):
        while not (found := await rows(world, "notices")) or any(row["status"] == "queued" for row in found if row["delay"] == delay):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_reports_after_a_delay_with_two_contacts(world: World) -> None:
    customer = await world.customer()
    order = await world.order(customer, promised=PROMISED)
    answer = await world.delay(f"/api/orders/{order}", "DELIVERED", PROMISED + timedelta(days=4))
    delay = (await world.me.get(f"/api/reporting/delays/{answer['delay']}", wait=5)).expect(200)
    assert (delay["days"], delay["causes"]) == (4, [{"code": "LOG-VSL", "party": "carrier", "days": 4}])
    await until_told(world, answer["delay"])
    (open_delay,) = await rows(world, "open-delays")
    assert [open_delay[k] for k in ("orders", "customers", "told", "notices", "unattributed")] == [[order], [customer.code], True, 2, False]
    assert await rows(world, "silent-delays") == []
    (lead,) = await rows(world, "notice-lead-time")
    assert (lead["notices"], lead["sent"]) == (2, 2)
    assert 0 <= float(lead["queued_ms_p50"]) <= float(lead["sent_ms_p99"])
    assert lead["days_of_notice_min"] is not None
    (counts,) = await rows(world, "counts")
    names = ("orders", "lines", "customers", "delays", "contacts_told", "notices_sent")
    assert [counts[name] for name in names] == [1, 2, 1, 1, 2, 2]
    (row,) = (await world.me.get("/api/reporting/orders", customer=customer.code)).expect(200)["items"]
    assert [row[k] for k in ("order", "expected", "late", "open_delays")] == [order, "2027-03-16", True, 1]


async def test_a_customer_nobody_can_tell_is_a_silent_delay(world: World) -> None:
    customer = await world.customer(languages=())
    order = await world.order(customer, promised=PROMISED)
    answer = await world.delay(f"/api/orders/{order}", "DELIVERED", PROMISED + timedelta(days=4))
    await until_told(world, answer["delay"])
    (silent,) = await rows(world, "silent-delays")
    assert [silent[k] for k in ("delay", "order", "why", "owner")] == [answer["delay"], order, "unreachable", world.login]
