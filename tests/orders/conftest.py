"""The orders service on a real database: two merchandisers' customers, two shipments, a supplier."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from shared.database.pool import Database
from shared.directory.store import save_customers
from tests.orders.calls import LI, Desk, application, customer
from tests.support.calls import StoppedClock


@pytest_asyncio.fixture(loop_scope="session")
async def desk(make_database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Desk]:
    database, clock = await make_database("orders"), StoppedClock()
    clock.time = datetime(2026, 3, 1, 8, tzinfo=UTC)
    async with database.transaction() as tx:
        await save_customers(tx, [customer("ACME", "li.wei"), customer("BOLT", "chen.jie")])
    async with TestClient(TestServer(application(database, clock))) as client:
        desk = Desk(client, database, clock)
        for number in ("SH-1", "SH-2"):
            made = await desk.post(LI, "/api/orders/shipments", {"number": number, "mode": "sea", "vessel": "Ever Given", "voyage": "042W"})
            assert made.status == 201, made.body
        made = await desk.post(LI, "/api/orders/suppliers", {"code": "MILL", "name": "Cotton Mill"})
        assert made.status == 201, made.body
        yield desk
