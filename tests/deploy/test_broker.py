"""Each service's user may use its own subjects and no others."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout

from deploy.nats import users
from deploy.nats.provisioning import provision_at
from shared.contracts.envelope import STREAM
from shared.contracts.topology import SERVICES
from shared.messaging.provision import consumers, inbox_prefix
from tests.support.servers import Nats, running_nats


def test_the_users_file_is_what_the_topology_says() -> None:
    assert users.FILE.read_text() == users.configuration(), "write it anew: python -m deploy.nats users"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nats]:
    async with running_nats(tmp_path_factory.mktemp("broker")) as server:
        for _ in range(2):  # a second run changes nothing and is not refused
            await provision_at(server.url, server.passwords["operator"])
        yield server


@asynccontextmanager
async def signed_in(broker: Nats, user: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A connection, and what the server complains about on it."""
    complaints: list[str] = []

    async def complain(error: Exception) -> None:
        complaints.append(str(error).lower())

    client = Client()
    await client.connect(broker.url, user=user, password=broker.passwords[user], inbox_prefix=inbox_prefix(user), error_cb=complain)
    try:
        yield client, complaints
    finally:
        await client.close()


async def until(true: Callable[[], bool]) -> None:
    """Complaints come on their own way, some time after the answers."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.02)


async def test_a_wrong_password_and_no_password_are_refused(broker: Nats) -> None:
    for credentials in ({"user": "orders", "password": "wrong"}, {}):
        client = Client()
        with pytest.raises(Exception, match=r"(?i)authorization"):
            await client.connect(broker.url, allow_reconnect=False, max_reconnect_attempts=0, **credentials)  # type: ignore[arg-type]
        await client.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_publishes_its_own_events(broker: Nats, service: str) -> None:
    async with signed_in(broker, service) as (client, complaints):
        answer = await client.request(f"gendan.{service}.7.thing.done.v1", b"{}", timeout=5)
        assert json.loads(answer.data)["stream"] == STREAM
        assert not complaints


@pytest.mark.parametrize("service", [name for name in SERVICES if consumers(name)])
async def test_a_service_reads_its_own_consumers(broker: Nats, service: str) -> None:
    async with signed_in(broker, service) as (client, complaints):
        for stream, config in consumers(service):
            name = config["durable_name"]
            answer = await client.request(f"$JS.API.CONSUMER.INFO.{stream}.{name}", b"", timeout=5)
            assert json.loads(answer.data)["name"] == name
        assert not complaints


def forbidden(service: str) -> list[str]:
    other = "orders" if service != "orders" else "customers"
    return [
        f"gendan.{other}.7.thing.done.v1",
        "other",
        "_INBOX.x",
        f"{inbox_prefix(other)}.x",
        "$SYS.REQ.SERVER.PING",
        f"$JS.API.STREAM.DELETE.{STREAM}",
        f"$JS.API.STREAM.PURGE.{STREAM}",
        f"$JS.API.STREAM.UPDATE.{STREAM}",
        f"$JS.API.STREAM.MSG.DELETE.{STREAM}",
        f"$JS.API.STREAM.MSG.GET.{STREAM}",
        "$JS.API.STREAM.CREATE.MINE",
        f"$JS.API.CONSUMER.CREATE.{STREAM}.mine",
        f"$JS.API.CONSUMER.CREATE.{STREAM}.reconcile-{service}",
        f"$JS.API.CONSUMER.CREATE.{STREAM}.reconcile-{service}.gendan.{other}.>",
        f"$JS.API.CONSUMER.CREATE.{STREAM}.reconcile-{other}.gendan.{service}.>",
        f"gendan-replay.customers.{service}.7.thing.done.v1",
        f"gendan-replay.reporting.{other}.7.thing.done.v1",
        f"$JS.API.CONSUMER.DELETE.{STREAM}.reporting-0",
        f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{'reporting' if service != 'reporting' else 'orders'}-0",
        *(["gendan-keys.customers.x"] if service != "customers" else []),
    ]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_publishes_nothing_else(broker: Nats, service: str) -> None:
    async with signed_in(broker, service) as (client, complaints):
        for subject in forbidden(service):
            await client.publish(subject, b"{}")
        await client.flush()
        await until(lambda: len(complaints) >= len(forbidden(service)))
        refused = {subject for subject in forbidden(service) if any(f'"{subject.lower()}"' in said for said in complaints)}
        assert refused == set(forbidden(service))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("subject", [">", "gendan.>", "_INBOX.>", "_INBOX_operator.>", "gendan-keys.*.*", "$JS.API.>"])
async def test_a_service_listens_to_nothing_but_its_answers(broker: Nats, service: str, subject: str) -> None:
    async with signed_in(broker, service) as (client, complaints):
        await client.subscribe(subject)
        await client.flush()
        await until(lambda: bool(complaints))
        assert "permissions violation" in complaints[0]


async def test_what_is_refused_looks_like_a_timeout_to_the_caller(broker: Nats) -> None:
    """Why a service must listen to complaints: nothing else tells it."""
    async with signed_in(broker, "orders") as (client, complaints):
        with pytest.raises(NatsTimeout):
            await client.request(f"$JS.API.STREAM.INFO.{STREAM}", b"", timeout=0.3)
        await until(lambda: bool(complaints))
