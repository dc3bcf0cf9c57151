"""What the broker holds, and what each service's user may do there."""

import json
from pathlib import Path

import nats as nats_client
import pytest
from nats.errors import Error
from pydantic import SecretStr

from shared.contracts.envelope import SHARDS
from shared.contracts.topology import LISTENS, SERVICES
from shared.messaging import bus as bus_module
from shared.messaging.bus import Bus, TooOld
from shared.messaging.provision import Refused, consumers, inbox_prefix, permissions, provision, request
from tests.shared.messaging.conftest import operator
from tests.support.servers import Nats


def test_the_shards_of_a_listener_cover_its_publishers_once() -> None:
    for service in SERVICES:
        filters = [subject for stream, config in consumers(service) if stream == "GENDAN" for subject in config["filter_subjects"]]
        wanted = [f"gendan.{publisher}.{shard}.>" for publisher in LISTENS[service] for shard in range(SHARDS)]
        assert sorted(filters) == sorted(wanted)
        assert len([1 for stream, _ in consumers(service) if stream == "GENDAN"]) == (SHARDS if LISTENS[service] else 0)


async def test_it_may_be_repeated_and_the_stream_keeps_what_it_has(broker: Nats) -> None:
    async with operator(broker) as client:
        await provision(client)
        stream = (await request(client, "$JS.API.STREAM.INFO.GENDAN"))["config"]
        assert {name: stream[name] for name in ("discard", "deny_delete", "deny_purge", "allow_atomic", "storage")} == {
            "discard": "new", "deny_delete": True, "deny_purge": True, "allow_atomic": True, "storage": "file",
        }  # fmt: skip
        with pytest.raises(Refused):
            await request(client, "$JS.API.STREAM.PURGE.GENDAN")


async def test_a_service_publishes_its_own_events_and_reads_its_own_consumers_only(broker: Nats) -> None:
    client = await nats_client.connect(
        broker.url, user="orders", password=broker.passwords["orders"], inbox_prefix=inbox_prefix("orders"), allow_reconnect=False,
        error_cb=_ignore,
    )  # fmt: skip
    try:
        own = await client.request("gendan.orders.0.supplier.created.v1", b"{}", timeout=2)
        assert json.loads(own.data)["seq"] == 1
        assert json.loads((await client.request("$JS.API.CONSUMER.INFO.GENDAN.orders-0", timeout=2)).data)["name"] == "orders-0"
        foreign = [
            "gendan.customers.0.customer.created.v1",
            "gendan-keys.customers.00000000-0000-0000-0000-000000000000",
            "$JS.API.CONSUMER.INFO.GENDAN.reporting-0",
            "$JS.API.CONSUMER.MSG.NEXT.GENDAN.reporting-0",
            "$JS.API.CONSUMER.MSG.NEXT.GENDAN_KEYS.keys-notifications",
            "$JS.API.STREAM.DELETE.GENDAN",
            "$JS.API.STREAM.MSG.GET.GENDAN",
            "$JS.API.CONSUMER.CREATE.GENDAN.mine",
        ]
        for subject in foreign:
            with pytest.raises(Error):
                await client.request(subject, b"{}", timeout=0.2)
    finally:
        await client.close()


def test_permissions_name_no_wildcard_beyond_the_service() -> None:
    for service in SERVICES:
        found = permissions(service)
        assert found.subscribe == (f"_INBOX_{service}.>",)
        for subject in found.publish:
            assert service in subject, subject


async def test_a_server_too_old_is_refused(broker: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setattr(bus_module, "OLDEST", (99, 0))
    bus = Bus(broker.url, "orders", SecretStr(broker.passwords["orders"]), "test")
    with pytest.raises(TooOld, match=r"99\.0"):
        await asyncio.wait_for(bus.run(asyncio.Event()), 10)


async def _ignore(error: Exception) -> None:
    """The refusals are what the test is about."""


def test_the_server_configuration_names_the_permissions() -> None:
    text = (Path(__file__).parents[3] / "deploy" / "nats" / "users.conf").read_text()
    for service in SERVICES:
        for subject in permissions(service).publish:
            assert f'"{subject}"' in text
