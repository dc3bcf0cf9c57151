"""Plain orders imported from a file, as a merchandiser does it: the flows see what an import survives, the faults take a stock from it."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from deploy.local.client import Answer
from tests.flows.world import Customer, World, unique

DEADLINE = 90.0


def file_of(numbers: Iterable[str], customer: Customer, promised: Callable[[int], date]) -> bytes:
    """One order with one line of each number, promised for what `promised` says of its place."""
    rows = [f"{number},1,{customer.code},Tea,{n + 1},{promised(n)}" for n, number in enumerate(numbers)]
    return "\n".join(["PO,Line,Customer,Item,Qty,Promised", *rows, ""]).encode()


async def mapping_of(world: World, template: str) -> str:
    """The name of a new mapping for such files."""
    name = unique("map").lower()
    columns: dict[str, Any] = {
        field: {"source": source}
        for field, source in (
            ("order", "PO"), ("customer_po", "PO"), ("line", "Line"), ("customer", "Customer"), ("item", "Item"), ("quantity", "Qty"),
        )
    }  # fmt: skip
    columns["promised"] = {"source": "Promised", "dates": ["%Y-%m-%d"]}
    constants = {"template": template, "trade_type": "export", "uom": "pack"}
    (await world.me.put(f"/api/orders/mappings/{name}", {"columns": columns, "constants": constants}, etag='"0"')).expect(200)
    return name


async def send(world: World, mapping: str, content: bytes, *, dry_run: bool = False) -> str:
    """Where the import that began is followed."""
    answer: Answer = await world.me.upload("/api/orders/imports", content, "text/csv", mapping=mapping, dry_run=dry_run)
    answer.expect(202)
    return answer.headers["Location"]


async def follow(world: World, location: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The import once it is as wanted; a service that is being started again answers 502 or 503 meanwhile."""
    async with asyncio.timeout(DEADLINE):
        while True:
            answer = await world.me.get(location)
            if answer.status == 200 and wanted(answer.json):
                shown: dict[str, Any] = answer.json
                return shown
            await asyncio.sleep(0.02)


def done(shown: dict[str, Any]) -> bool:
    return bool(shown["status"] == "done")
