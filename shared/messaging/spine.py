"""All that a service keeps going between its database and the broker, as one thing to start, ask and stop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr

from shared.clock import Clock
from shared.contracts.topology import LISTENS, MAKES_KEYS, TAKES_KEYS
from shared.database.pool import Database
from shared.messaging.applying import OnParked
from shared.messaging.bus import Bus
from shared.messaging.consumer import Consumer
from shared.messaging.housekeeping import Housekeeping, Tidy
from shared.messaging.keys import KEYS, KeyConsumer, KeyRelay
from shared.messaging.leases import Leases
from shared.messaging.received import Handlers
from shared.messaging.reconciling import Watch
from shared.messaging.record import EVENTS
from shared.messaging.relay import Relay
from shared.timers import TimerHandlers, Timers

__all__ = ["OnParked", "Parts", "Spine"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a spine is made of. `database_url` is needed beside the pool for the connection that holds the leases."""

    service: str
    database: Database
    database_url: SecretStr
    nats_url: str
    nats_user: str | None
    nats_password: SecretStr | None
    clock: Clock
    handlers: Handlers = ()
    timers: TimerHandlers = field(default_factory=dict)
    on_parked: OnParked = "hold"
    tidies: Sequence[Tidy] = ()


class Spine:
    """Relay, consumers, keys, timers and housekeeping of one service process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.leases = Leases(parts.database_url, parts.service)
        self._in = Bus(parts.nats_url, parts.nats_user, parts.nats_password, f"{parts.service}-in")
        self._out = Bus(parts.nats_url, parts.nats_user, parts.nats_password, f"{parts.service}-out")
        self._stopping = asyncio.Event()
        self._relay = Relay(parts.service, parts.database, self._out, self.leases, self._stopping)
        self._keys = KeyRelay(parts.service, parts.database, self._out, self._stopping) if parts.service in MAKES_KEYS else None
        parts.database.after_commit.append((EVENTS, self._relay.nudge))
        if self._keys is not None:
            parts.database.after_commit.append((KEYS, self._keys.nudge))

    def unready(self) -> list[str]:
        """What keeps the service from its work, in stable words; empty when nothing does. Without the broker, what it records waits."""
        up = self._in.connected.is_set() and self._out.connected.is_set()
        return [*([] if up else ["nats: disconnected"]), *([] if self.leases.valid() else ["leases: not renewed"])]

    async def run(self, stopping: asyncio.Event) -> None:
        """Connects, works until `stopping`, finishes what it has begun, and returns. Raises when a part died: the process must end then."""
        closing = asyncio.Event()
        async with asyncio.TaskGroup() as connections:
            for bus in (self._in, self._out):
                connections.create_task(bus.run(closing))
            try:
                async with asyncio.TaskGroup() as work:
                    work.create_task(self._pass_on(stopping))
                    work.create_task(self.leases.run(self._stopping))
                    self._start(work)
            finally:
                closing.set()

    async def _pass_on(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self._stopping.set()

    def _start(self, work: asyncio.TaskGroup) -> None:
        parts, leases, stopping = self._parts, self.leases, self._stopping
        work.create_task(leases.lead("relay", self._relay.work, stopping))
        housekeeping = Housekeeping(parts.database, parts.clock, parts.tidies, stopping)
        work.create_task(leases.lead("housekeeping", housekeeping.work, stopping))
        work.create_task(leases.lead("watch", Watch(parts.service, parts.database, self._out, stopping).work, stopping))
        if parts.timers:
            work.create_task(leases.lead("timers", Timers(parts.database, parts.clock, parts.timers, stopping).work, stopping))
        if self._keys is not None:
            work.create_task(leases.lead("keys", self._keys.work, stopping))
        if LISTENS[parts.service]:
            self._start_consumers(work)

    def _start_consumers(self, work: asyncio.TaskGroup) -> None:
        parts, leases, stopping = self._parts, self.leases, self._stopping
        consumer = Consumer(parts.service, parts.database, self._in, leases, parts.clock, parts.handlers, parts.on_parked, stopping)
        work.create_task(consumer.mailbox.run(stopping))
        work.create_task(leases.share("shard", consumer.shards, consumer.work, stopping))
        if parts.service in TAKES_KEYS:
            keys = KeyConsumer(parts.service, parts.database, self._in, consumer.progress.made, stopping)
            work.create_task(leases.lead("keys", keys.work, stopping))
