"""An accepted import survives the death of its service, doubles nothing, reaches the reports and tells nobody."""

import asyncio
from typing import Any

import pytest

from deploy.local.client import Answer
from deploy.local.suite import Suite
from tests.flows.world import Customer, World, a_merchandiser, unique

ORDERS = 4_000
DEADLINE = 90


@pytest.fixture
async def world(suite: Suite) -> World:
    return await a_merchandiser(suite)


async def test_an_import_goes_on_where_its_service_was_killed(world: World) -> None:
    customer = await world.customer()
    mapping = await _mapping(world)
    content = _file(customer)
    await _until_known(world, mapping, content.splitlines(keepends=True))
    location = await _send(world, mapping, content)
    await _follow(world, location, lambda shown: 0 < shown["imported"] < ORDERS)
    await world.suite.kill("orders")
    assert 0 < await _written(world, location) < ORDERS  # it was really cut short
    await world.suite.until_running("orders")
    done = await _follow(world, location, lambda shown: shown["status"] == "done")
    assert {name: done[name] for name in ("rows", "imported", "unchanged", "refused")} == {
        "rows": ORDERS, "imported": ORDERS, "unchanged": 0, "refused": 0,
    }  # fmt: skip
    again = await _follow(world, await _send(world, mapping, content), lambda shown: shown["status"] == "done")
    assert (again["imported"], again["unchanged"]) == (0, ORDERS)
    await _reported(world, customer)
    assert world.mails(customer) == []


def _file(customer: Customer) -> bytes:
    prefix = unique("IM")
    rows = [f"{prefix}-{n},1,{customer.code},Tea,{n + 1},2013-02-{n % 28 + 1:02d}" for n in range(ORDERS)]
    return "\n".join(["PO,Line,Customer,Item,Qty,Promised", *rows, ""]).encode()


async def _mapping(world: World) -> str:
    name = unique("map").lower()
    columns: dict[str, Any] = {
        field: {"source": source}
        for field, source in (
            ("order", "PO"), ("customer_po", "PO"), ("line", "Line"), ("customer", "Customer"), ("item", "Item"), ("quantity", "Qty"),
        )
    }  # fmt: skip
    columns["promised"] = {"source": "Promised", "dates": ["%Y-%m-%d"]}
    constants = {"template": "delivery", "trade_type": "export", "uom": "pack"}
    (await world.me.put(f"/api/orders/mappings/{name}", {"columns": columns, "constants": constants}, etag='"0"')).expect(200)
    return name


async def _until_known(world: World, mapping: str, lines: list[bytes]) -> None:
    """Until a dry run of one row finds its customer known."""
    async with asyncio.timeout(DEADLINE):
        while True:
            location = await _send(world, mapping, b"".join(lines[:2]), dry_run=True)
            if (await _follow(world, location, lambda shown: shown["status"] == "done"))["refused"] == 0:
                return


async def _send(world: World, mapping: str, content: bytes, *, dry_run: bool = False) -> str:
    answer: Answer = await world.me.upload("/api/orders/imports", content, "text/csv", mapping=mapping, dry_run=dry_run)
    answer.expect(202)
    return answer.headers["Location"]


async def _follow(world: World, location: str, wanted: Any) -> dict[str, Any]:
    """The import once it is as wanted; a service that is being started again answers 502 or 503 meanwhile."""
    async with asyncio.timeout(DEADLINE):
        while True:
            answer = await world.me.get(location)
            if answer.status == 200 and wanted(answer.json):
                shown: dict[str, Any] = answer.json
                return shown
            await asyncio.sleep(0.02)


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
