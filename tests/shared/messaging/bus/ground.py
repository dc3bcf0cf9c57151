"""What the bus is tried on: a broker of one shape or another, and topics of its own for each test."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp
from pydantic import SecretStr

from shared.contracts.envelope import STREAM, shard_of
from shared.ids import new_id
from shared.messaging.bus import AWAY, Bus
from shared.messaging.provision import BATCH, Refused, consumers, request
from shared.messaging.publish import Outgoing, publish
from shared.messaging.pull import Pull, Taken
from shared.messaging.reading import Message
from tests.faults.proxy import Proxy
from tests.shared.messaging.conftest import operator
from tests.support.servers import Nats

SECONDS = 45.0
"""The longest that anything may take; a cluster that lost its leader takes four to nine to have another."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Features:
    """What differs between the shapes of a broker; everything else holds for each."""

    name: str
    replicas: int

    @property
    def outlives_a_server(self) -> bool:
        """Whether it goes on while one of its servers is away."""
        return self.replicas > 1


@dataclass
class Topic:
    """Events of some aggregates, and a consumer that is given these alone."""

    name: str
    durable: str
    aggregates: Sequence[UUID]
    told: list[Outgoing] = field(default_factory=list)

    def events(self, count: int, body: bytes = b"") -> list[Outgoing]:
        """The next `count` of them, of each aggregate in turn."""
        first = len(self.told)
        made = []
        for number in range(first, first + count):
            aggregate = self.aggregates[number % len(self.aggregates)]
            subject = f"gendan.orders.{shard_of(aggregate)}.{self.name}.told.v1"
            made.append(Outgoing(number, new_id(), aggregate, subject, body or b"%d" % number))
        self.told += made
        return made


@dataclass(frozen=True)
class Ground:
    """A provisioned broker. Whoever disturbs it puts it back."""

    features: Features
    servers: tuple[Nats, ...]

    @property
    def url(self) -> str:
        return ",".join(server.url for server in self.servers)

    async def topic(self, aggregates: int = 1) -> Topic:
        name = f"topic{next(_numbers)}"
        made = Topic(name, f"reader-of-{name}", [new_id() for _ in range(aggregates)])
        await self.consumer(made.durable, [f"gendan.orders.*.{name}.>"])
        return made

    async def consumer(self, durable: str, subjects: Sequence[str], deliver: str = "all") -> None:
        """Makes one like those the services read, with a name and subjects of its own; `new` is of what is published from now on."""
        usual = next(config for stream, config in consumers("reporting") if stream == STREAM)
        config = {**usual, "durable_name": durable, "filter_subjects": subjects, "deliver_policy": deliver}
        await self.asked(f"CONSUMER.DURABLE.CREATE.{STREAM}.{durable}", {"stream_name": STREAM, "config": config})

    async def stored(self, topic: Topic) -> int:
        """How many messages of the topic the stream holds."""
        found = await self.asked(f"STREAM.INFO.{STREAM}", {"subjects_filter": f"gendan.orders.*.{topic.name}.>"})
        return sum((found["state"].get("subjects") or {}).values())

    async def asked(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        server = next(server for server in self.servers if server.process.running)
        async with operator(server) as client:
            return await request(client, f"$JS.API.{what}", body)

    async def leader(self) -> Nats:
        """The server whose word on the stream counts."""
        if len(self.servers) == 1:
            return self.servers[0]
        leader = (await self.asked(f"STREAM.INFO.{STREAM}", {}))["cluster"]["leader"]
        return next(server for server in self.servers if server.process.part.name == leader)

    async def settled(self) -> None:
        """Until every server has caught up with the others."""
        async with asyncio.timeout(SECONDS), aiohttp.ClientSession() as session:
            for server in self.servers:
                while not await _healthy(session, server):  # noqa: ASYNC110 - what is waited for is in another process
                    await asyncio.sleep(0.05)

    def bus(self, url: str = "") -> AbstractAsyncContextManager[Bus]:
        return Bus(url or self.url, "operator", SecretStr(self.servers[0].passwords["operator"]), "test").up(SECONDS)

    @asynccontextmanager
    async def proxied(self) -> AsyncIterator[tuple[Proxy, Bus]]:
        """A bus whose only way to the broker is a proxy that can misbehave."""
        proxy = Proxy(lambda: self.servers[0].address.port)
        await proxy.start()
        try:
            async with self.bus(f"nats://127.0.0.1:{proxy.port}") as bus:
                yield proxy, bus
        finally:
            await proxy.close()

    @asynccontextmanager
    async def reader(self, topic: Topic, bus: Bus) -> AsyncIterator[Pull]:
        pull = Pull(bus, STREAM, topic.durable)
        try:
            yield pull
        finally:
            await pull.close()


async def _healthy(session: aiohttp.ClientSession, server: Nats) -> bool:
    try:
        async with session.get(f"http://{server.address.host}:{server.address.monitor_port}/healthz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def persistently(bus: Bus, events: Sequence[Outgoing]) -> None:
    """Publishes as the relay does: the same events again until the broker has said that it has them."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                return await publish(bus, events)
            except (*AWAY, Refused):
                await asyncio.sleep(0.05)


async def taken(pull: Pull, limit: int = BATCH) -> Taken:
    """The next that comes."""
    async with asyncio.timeout(SECONDS):
        while True:
            found = await pull.take(limit, 1.0)
            if found is not None:
                return found


async def received(pull: Pull, until: Callable[[list[Message]], bool], limit: int = BATCH) -> list[Message]:
    """Takes and acknowledges until there is enough."""
    found: list[Message] = []
    while not until(found):
        batch = await taken(pull, limit)
        await pull.acknowledge(batch)
        found += batch.messages
    return found


async def drained(pull: Pull) -> list[Message]:
    """Takes and acknowledges until the broker has been told of everything."""
    found: list[Message] = []
    async with asyncio.timeout(SECONDS):
        while True:
            batch = await pull.take(BATCH, 0.2)
            if batch is not None:
                found += batch.messages
                await pull.acknowledge(batch)
                continue
            with suppress(*AWAY):
                if not await pull.behind():
                    return found


def all_of(topic: Topic) -> Callable[[list[Message]], bool]:
    """Whether the last that was told has come."""
    return up_to(topic.told[-1])


def up_to(event: Outgoing) -> Callable[[list[Message]], bool]:
    return lambda found: event.body in bodies(found)


def once(messages: Iterable[Message]) -> list[bytes]:
    """Bodies in the order of their first coming: what comes again is known to the inbox."""
    return list(dict.fromkeys(message.body for message in messages))


def bodies(events: Iterable[Outgoing | Message]) -> list[bytes]:
    return [event.body for event in events]
