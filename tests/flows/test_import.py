"""An accepted import survives the death of its service, doubles nothing, reaches the reports and tells nobody."""

import asyncio
from datetime import date

import pytest

from deploy.local.suite import Suite
from tests.flows.imports import DEADLINE, done, file_of, follow, mapping_of, send
from tests.flows.world import Customer, World, a_merchandiser, unique

ORDERS = 2_000


@pytest.fixture
async def world(suite: Suite) -> World:
    return await a_merchandiser(suite)


async def test_an_import_goes_on_where_its_service_was_killed(world: World) -> None:
    customer = await world.customer()
    mapping = await mapping_of(world, "delivery")
    numbers = [f"{unique('IM')}-{n}" for n in range(ORDERS)]
    content = file_of(numbers, customer, lambda n: date(2013, 2, n % 28 + 1))
    await _until_known(world, mapping, content.splitlines(keepends=True))
    location = await send(world, mapping, content)
    await follow(world, location, lambda shown: 0 < shown["imported"] < ORDERS)
    await world.suite.kill("orders")
    assert 0 < await _written(world, location) < ORDERS  # it was really cut short
    await world.suite.until_running("orders")
    end = await follow(world, location, done)
    assert {name: end[name] for name in ("rows", "imported", "unchanged", "refused")} == {
        "rows": ORDERS, "imported": ORDERS, "unchanged": 0, "refused": 0,
    }  # fmt: skip
    again = await follow(world, await send(world, mapping, content), done)
    assert (again["imported"], again["unchanged"]) == (0, ORDERS)
    await _reported(world, customer)
    assert world.mails(customer) == []


async def _until_known(world: World, mapping: str, lines: list[bytes]) -> None:
    """Until a dry run of one row finds its customer known."""
    async with asyncio.timeout(DEADLINE):
        while True:
            location = await send(world, mapping, b"".join(lines[:2]), dry_run=True)
            if (await follow(world, location, done))["refused"] == 0:
                return


async def _written(world: World, location: str) -> int:
    """How many rows its database says are in, while the service is away."""
    async with world.suite.database("orders") as tx:
        written: int = await tx.fetchval("SELECT imported FROM import_job WHERE id = $1::uuid", location.rpartition("/")[2])
    return written


async def _reported(world: World, customer: Customer) -> None:
    async with asyncio.timeout(DEADLINE):
        while True:
            answer = (await world.me.get("/api/reporting/reports/counts", customer=customer.code)).expect(200)
            if answer["rows"][0]["lines"] == ORDERS:
                return
            await asyncio.sleep(0.1)
