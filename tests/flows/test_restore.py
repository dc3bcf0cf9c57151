"""Databases are put back from a backup: all, or one alone. What comes after is told, seen and mailed once, and the ledgers agree."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from deploy.local.commands import keep
from shared.contracts.topology import SERVICES
from tests.flows.world import Customer, World, a_merchandiser, profile
from tests.support import ledger
from tests.support.asked import WHOLE
from tests.support.suite import running_suite

PROMISED = date(2027, 6, 1)
PATIENCE = 60.0

# A restored publisher is the hardest case; the others take minutes more, and come with `./gendan test faults --all`.
RESTORED: tuple[tuple[str, ...], ...] = (("orders",), (), ("customers",), ("notifications",), ("reporting",)) if WHOLE else (("orders",),)


@pytest.mark.parametrize("services", RESTORED, ids=lambda services: " ".join(services) or "all")
async def test_what_comes_after_a_restore_is_told_once(services: tuple[str, ...], tmp_path: Path) -> None:
    folder, copy = tmp_path / "suite", tmp_path / "backup"
    async with running_suite(folder, keep=True) as suite:
        world = await a_merchandiser(suite)
        customer = await world.customer(languages=("en",))
        order = await world.order(customer, promised=PROMISED, lines=1)
        before = await _delay(world, await world.order(customer, promised=PROMISED, lines=1), 3)
        logging = asyncio.create_task(_log(world, customer, stop := asyncio.Event()))
        assert await asyncio.to_thread(keep.back_up, suite.home, copy) == 0
        stop.set()
        meanwhile = await logging
        # Lost with a restore of customers.
        late = await world.customer(languages=("en",))
        # Lost with a restore of orders, from an order that is not.
        after = await _delay(world, order, 2, "ARRIVE")
        for delay in (before, *meanwhile, after):
            assert (await world.outcome(delay))["settled"]
        await ledger.caught_up(suite)
        login, mails = world.login, len(suite.mailbox.all())
        refused = await asyncio.to_thread(keep.put_back, suite.home, copy, services)
        assert refused == 3
    assert await asyncio.to_thread(keep.put_back, suite.home, copy, services) == 0
    async with running_suite(folder) as suite:
        await ledger.caught_up(suite)
        world = World(suite, login, suite.client(login, "merchandiser"))
        # The sequences and the numbers of the estimates are those of the lost delay, where there was one.
        again = await _delay(world, order, 9)
        told = await world.outcome(again)
        assert (told["settled"], len(told["told"])) == (True, 1)
        if "customers" in (services or SERVICES):
            # Nobody has its code any more, so that it can be entered again.
            (await world.me.post("/api/customers", profile(late.code))).expect(201)
        await world.order(late, promised=PROMISED, lines=1)
        fresh = await _delay(world, await world.order(customer, promised=PROMISED, lines=1), 4)
        assert len((await world.outcome(fresh))["told"]) == 1
        await ledger.caught_up(suite)

        committed = await ledger.committed(suite)
        assert ledger.gaps(committed) == {}
        assert sorted(await ledger.streamed(suite), key=str) == sorted(committed, key=str)
        archived = await ledger.archived(suite)
        assert sorted(archived, key=str) == sorted((one for one in committed if one.publisher != "reporting"), key=str)
        for service in SERVICES:
            async with suite.database(service) as database:
                assert await database.fetchval("SELECT count(*) FROM dead_letter") == 0
        shown = (await suite.client().get(f"/api/reporting/delays/{again}", wait=5)).expect(200)
        assert shown["orders"][0]["after"] == str(PROMISED + timedelta(days=9))
        # What was mailed by then was not mailed again, but where nobody can say whether it was.
        async with suite.database("notifications") as database:
            doubt = await database.fetchval("SELECT coalesce(sum(possible_duplicates), 0) FROM message")
        assert 0 <= len(suite.mailbox.all()) - mails - 2 <= doubt


async def _delay(world: World, order: str, days: int, milestone: str = "DELIVERED") -> str:
    answer = await world.delay(f"/api/orders/{order}", milestone, PROMISED + timedelta(days=days))
    return str(answer["delay"])


async def _log(world: World, customer: Customer, stop: asyncio.Event) -> list[str]:
    delays: list[str] = []
    while not stop.is_set():
        order = await world.order(customer, promised=PROMISED, lines=1)
        delays.append(await _delay(world, order, 2))
        await asyncio.sleep(0.1)
    return delays
