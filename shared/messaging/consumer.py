"""One shard of a service's consumption: from the stream through the inbox into effects."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from shared.clock import Clock
from shared.contracts.envelope import SHARDS, STREAM
from shared.database.pool import Database
from shared.messaging import metrics
from shared.messaging.applying import Applier, OnParked
from shared.messaging.bus import AWAY, Bus
from shared.messaging.deciding import transient
from shared.messaging.decisions import Decisions, Mailbox
from shared.messaging.dispatch import Dispatch
from shared.messaging.leases import Leases
from shared.messaging.provision import BATCH, Refused, durable
from shared.messaging.pull import Pull, Taken
from shared.messaging.reading import Message
from shared.messaging.received import Handlers
from shared.messaging.refill import Refill
from shared.messaging.together import Together
from shared.messaging.waiting import either
from shared.trouble import Trouble

LOOK_SECONDS = 0.25
"""How often held events are looked at when nothing else happens."""
IDLE_SECONDS = 1.0
REFILL_SECONDS = 0.25
LIST_SECONDS = 5.0
REDO_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)

log = structlog.get_logger()


@dataclass(eq=False)
class Progress:
    """Tells the shards of one process that something was applied, which may be what another shard's events wait for."""

    count: int = 0
    _wakes: set[asyncio.Event] = field(default_factory=set)

    def made(self) -> None:
        self.count += 1
        for wake in self._wakes:
            wake.set()

    def watch(self, wake: asyncio.Event) -> None:
        self._wakes.add(wake)

    def unwatch(self, wake: asyncio.Event) -> None:
        self._wakes.discard(wake)


class Consumer:
    """All shards of one service; `work` is what the owner of a shard's lease does."""

    shards = SHARDS

    def __init__(
        self,
        service: str,
        database: Database,
        bus: Bus,
        leases: Leases,
        clock: Clock,
        handlers: Handlers,
        on_parked: OnParked,
        stopping: asyncio.Event,
    ) -> None:
        self.service, self.stopping = service, stopping
        self._database, self._bus, self._leases, self._clock = database, bus, leases, clock
        self._dispatch, self._on_parked = Dispatch(handlers), on_parked
        self.progress = Progress()
        self.mailbox = Mailbox(database)
        self._trying = asyncio.Lock()
        self.together = Together(database, clock, self._dispatch)

    async def work(self, shard: int) -> None:
        """Consumes the shard until `stopping`; a batch that has begun is finished."""
        name = durable(self.service, shard)
        pull = Pull(self._bus, STREAM, name)
        applier = Applier(name, shard, self._database, self._clock, self._dispatch, self._on_parked, self._trying)
        decisions = Decisions(applier, shard, self._database, self._clock, self._dispatch, self._trying)
        refill = Refill(self._bus, self.service, shard)
        owner = _Owner(self, pull, refill, applier, decisions)
        self.progress.watch(owner.wake)
        try:
            await owner.run()
        finally:
            self.progress.unwatch(owner.wake)
        await refill.close()
        await pull.close()

    def owns(self) -> bool:
        return self._leases.valid()


class _Owner:
    """One stay of one shard with this process."""

    def __init__(self, consumer: Consumer, pull: Pull, refill: Refill, applier: Applier, decisions: Decisions) -> None:
        self._consumer, self._pull, self._refill, self._applier, self._decisions = consumer, pull, refill, applier, decisions
        self._asked = consumer.mailbox.of(pull.durable)
        self.wake = asyncio.Event()
        self._suspects: dict[str, int] = {}
        self._seen_progress = 0
        self._look_at = 0.0
        self._look_early_at = 0.0
        self._list_at = 0.0
        self._paused = Trouble("consumer.paused", consumer=pull.durable)

    async def run(self) -> None:
        stopping = self._consumer.stopping
        await self._patiently(self._begin)
        while not stopping.is_set():
            holding = self._applier.to_retry
            wakes = (stopping, self._asked, *((self.wake,) if holding else ()))
            seconds = 0.0 if self._refill.busy else LOOK_SECONDS if holding else IDLE_SECONDS
            await self._effect(self._pull, await self._pull.take(BATCH, seconds, *wakes))
            self.wake.clear()
            await self._again()
            metrics.PENDING.labels(self._pull.durable).set(self._pull.pending)
            if self._asked.is_set():
                self._asked.clear()
                if self._consumer.owns():
                    await self._patiently(self._decide)
            await self._patiently(self._look)

    async def _effect(self, pull: Pull, taken: Taken | None) -> None:
        if taken is not None and self._consumer.owns() and await self._patiently(partial(self._batch, pull.durable, taken.messages)):
            await pull.acknowledge(taken)

    async def _again(self) -> None:
        """What publishers tell this service alone, in turns with what they tell everybody."""
        pull = await self._refill.wanted()
        if pull is not None:
            if self._refill.suspects:
                self._suspects[pull.durable], self._refill.suspects = self._refill.suspects, 0
            taken = await pull.take(BATCH, REFILL_SECONDS, self._consumer.stopping)
            await self._effect(pull, taken)
            await self._refill.took(taken)

    async def _begin(self) -> None:
        # Asked before the first pull resets the consumer, which forgets what was delivered.
        count = await self._pull.unacknowledged()
        await self._applier.load()
        await self._decisions.load()
        self._suspects[self._pull.durable] = count
        if count:
            log.info("consumer.suspects", consumer=self._pull.durable, count=count)

    async def _batch(self, durable: str, messages: Sequence[Message]) -> None:
        """Applies the messages; those that a process did not come back from go a slower way."""
        count = self._suspects.get(durable, 0)
        suspects, rest = messages[:count], messages[count:]
        if suspects:
            await self._applier.suspect(suspects)
            self._suspects[durable] -= len(suspects)
        if rest:
            with metrics.BATCH_SECONDS.labels(self._consumer.service).time():
                self._applied(await self._consumer.together.apply(self._applier, rest))

    async def _decide(self) -> None:
        self._applied(await self._decisions.carry_out())
        self._look_at = 0.0

    async def _look(self) -> None:
        """Tries again what is held: from time to time, and soon after something was applied anywhere in this process."""
        now = asyncio.get_running_loop().time()
        helped = self._consumer.progress.count != self._seen_progress
        if self._applier.to_retry and now >= (self._look_early_at if helped else self._look_at):
            self._seen_progress = self._consumer.progress.count
            applied = await self._applier.retry(anyhow=helped)
            self._applied(applied)
            ended = asyncio.get_running_loop().time()
            self._look_at = ended + LOOK_SECONDS
            # Looking in vain takes at most a fifth of the time.
            self._look_early_at = ended if applied else ended + 4 * (ended - now)
        if now >= self._list_at:
            self._list_at = now + LIST_SECONDS
            await self._applier.list_overdue()

    def _applied(self, count: int) -> None:
        if count:
            metrics.CONSUMED.labels(self._pull.durable).inc(count)
            self._consumer.progress.made()

    async def _patiently(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Does the step, again and again while a server is away; false when it was not done before `stopping`."""
        for failures in itertools.count():
            try:
                await step()
                self._paused.over()
                return True
            except Exception as error:
                if not (transient(error) or isinstance(error, (*AWAY, Refused))):
                    raise
                self._paused.met(error=type(error).__name__)
            await either(self._consumer.stopping, seconds=REDO_SECONDS[min(failures, len(REDO_SECONDS) - 1)])
            if self._consumer.stopping.is_set():
                break
        return False
