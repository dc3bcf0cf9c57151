"""Importing the file as it was known, over HTTP, with what the services say of it."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson

from deploy.local.client import Client
from deploy.local.demo.knowledge import MAPPING, Knowledge
from deploy.local.demo.world import World

PATH = "/api/orders/imports"
NAME = "scms"
POLL = 0.1
DEADLINE = 120.0


async def store_mapping(client: Client) -> None:
    """Give the mapping document to orders, unless it has it already."""
    path = f"/api/orders/mappings/{NAME}"
    known = await client.get(path)
    etag = known.etag if known.status == 200 else '"0"'
    (await client.put(path, orjson.loads(MAPPING.read_bytes()), etag=etag)).expect()


async def until_customers_are_known(world: World, knowledge: Knowledge) -> None:
    """Dry runs of one row for each customer, until orders has heard of all of them."""
    end = time.monotonic() + DEADLINE
    while True:
        done = await import_file(world.manager, knowledge.one_row_of_each_country(), "customers.csv", dry_run=True)
        if done["status"] == "done" and done["refused"] == 0:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"orders does not know all customers: {done}")
        await asyncio.sleep(POLL)


async def import_file(
    client: Client, content: bytes, name: str, *, dry_run: bool = False, advance: Callable[[int], None] = lambda _: None
) -> dict[str, Any]:
    """Send a file and follow its import to the end; `advance` is told how many rows are decided."""
    answer = await client.upload(PATH, content, "text/csv", mapping=NAME, file_name=name, dry_run=dry_run)
    accepted = answer.expect(202)
    location = answer.headers["Location"]
    end = time.monotonic() + DEADLINE
    while accepted["status"] not in ("done", "failed"):
        if time.monotonic() > end:
            raise TimeoutError(f"the import does not end: {accepted}")
        await asyncio.sleep(POLL)
        accepted = (await client.get(location)).expect(200)
        advance(accepted["imported"] + accepted["unchanged"] + accepted["refused"])
    done: dict[str, Any] = accepted
    return done


async def until_reported(client: Client, lines: int) -> None:
    """Until reporting shows that many imported lines."""
    end = time.monotonic() + DEADLINE
    while True:
        answer = (await client.get("/api/reporting/reports/counts", source="import")).expect(200)
        if answer["rows"][0]["lines"] >= lines:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"reporting has {answer['rows'][0]['lines']} of {lines} lines")
        await asyncio.sleep(POLL)
