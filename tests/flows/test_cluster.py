"""The whole suite on a broker of three servers: delays are told, also once the server that leads the stream is gone."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from shared.contracts.topology import SERVICES
from tests.flows.world import World, a_merchandiser
from tests.shared.messaging.bus.conftest import THREE, provisioned
from tests.shared.messaging.bus.ground import SECONDS, Ground
from tests.shared.messaging.conftest import operator
from tests.support import ledger
from tests.support.asked import WHOLE
from tests.support.servers import running_cluster
from tests.support.suite import running_suite

PROMISED = date(2027, 6, 1)


@pytest.mark.skipif(not WHOLE, reason="comes with the whole set of faults")
async def test_delays_are_told_on_three_servers_and_on_the_two_that_are_left(tmp_path: Path) -> None:
    async with running_cluster(tmp_path) as servers:
        ground = await provisioned(Ground(THREE, servers))
        given = {service: {"NATS_URL": ground.url, "NATS_PASSWORD": servers[0].passwords[service]} for service in SERVICES}
        # Its own broker runs beside them, and nobody talks to it.
        async with running_suite(tmp_path / "suite", given=given) as suite:
            world = await a_merchandiser(suite)
            customer = await world.customer(languages=("en",))
            orders = [await world.order(customer, promised=PROMISED, lines=1) for _ in range(2)]

            await _told(world, orders[0])
            (await ground.leader()).process.kill()
            await _told(world, orders[1])

            await ledger.caught_up(suite)
            committed = await ledger.committed(suite)
            leader = await ground.leader()
            assert leader.process.running
            async with operator(leader) as broker:
                assert set(await ledger.in_stream(broker)) == set(committed)
            archived = await ledger.archived(suite)
            assert sorted(archived, key=str) == sorted((one for one in committed if one.publisher != "reporting"), key=str)
            assert len(world.mails(customer)) == len(orders)


async def _told(world: World, order: str) -> None:
    """Logs a delay and waits until the customer has heard of it."""
    delay = (await world.delay(f"/api/orders/{order}", "DELIVERED", PROMISED + timedelta(days=4)))["delay"]
    async with asyncio.timeout(SECONDS):
        while not (outcome := await world.outcome(delay))["settled"]:
            pass
    assert len(outcome["told"]) == 1
