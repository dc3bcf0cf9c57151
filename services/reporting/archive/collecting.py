"""`rebuild --from-stream`: what the stream holds and this service lacks goes into the archive, from which the projections are made then.

For a database that was lost. Events that need no thought are copied in bulk: each the next of its aggregate, and nobody here wants it but
the archive and the projections. All others go the way of every day, and so does what follows them in their aggregates. Inbox, `held` and
dead letters are afterwards what they would be if everything had gone that way.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from services.reporting.archive import store
from services.reporting.archive.reader import Place, Reader, reading
from shared.clock import Clock
from shared.contracts.event import Event
from shared.contracts.topology import LISTENS
from shared.database.pool import Database
from shared.messaging import epochs, inbox, retained
from shared.messaging.applying import Applier, OnParked
from shared.messaging.bus import Bus
from shared.messaging.deciding import Overtaken
from shared.messaging.dispatch import Dispatch
from shared.messaging.inbox import Key
from shared.messaging.provision import BATCH, archive_reader, durable
from shared.messaging.reading import Message
from shared.messaging.received import Handlers

NUL = rb"\u0000"
"""What a text in JSON may hold and one in PostgreSQL may not: no projection could be made of it."""

Told: TypeAlias = Sequence[tuple[int, Message]]
"""Messages in the order of the stream, each with its shard."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Collected:
    """How many messages the stream held for this service, and how many of them were copied."""

    messages: int
    copied: int


class Collecting:
    """The archive, made from the stream while nobody else consumes. Done again after a stop halfway, it goes on where it stood."""

    def __init__(self, service: str, database: Database, clock: Clock, handlers: Handlers, on_parked: OnParked) -> None:
        self._service, self._database, self._clock = service, database, clock
        self._dispatch, self._on_parked = Dispatch(handlers), on_parked
        self._wanted = {event.TYPE for event, _ in handlers if event is not Event}
        self._appliers: dict[int, Applier] = {}
        self._known: dict[str, int] = {}
        self._unheard: set[str] = set()

    async def run(self, bus: Bus) -> Collected:
        """Everything that the stream holds now. Raises one of bus.AWAY, Refused or epochs.Ahead; what was done until then stays done."""
        async with self._database.connection() as tx:
            self._known = await epochs.known(tx)
            self._unheard = await inbox.unheard(tx, LISTENS[self._service])
        began, messages, copied = time.monotonic(), 0, 0
        async with reading() as reader:
            async for told, places in self._parts(bus, reader):
                messages += len(told)
                copied += await self._take(told, places)
                log.info("collect.progress", messages=messages, copied=copied, per_second=round(messages / (time.monotonic() - began)))
        return Collected(messages, copied)

    async def _parts(self, bus: Bus, reader: Reader) -> AsyncIterator[tuple[Told, Sequence[Place | None]]]:
        """The stream in parts, with the places of the events that can be copied. The next is read while one is looked at."""
        before: tuple[Told, asyncio.Task[list[Place | None]]] | None = None
        async for part in retained.everything(bus, archive_reader(self._service)):
            told = [(shard, message) for shard, message in part if message.publisher in LISTENS[self._service]]
            if self._unheard:
                await self._follow(told)
            places = asyncio.create_task(self._places(told, reader, before and before[1]))
            if before is not None:
                yield before[0], await before[1]
            before = told, places
        if before is not None:
            yield before[0], await before[1]

    async def _places(self, told: Told, reader: Reader, before: "asyncio.Task[list[Place | None]] | None") -> list[Place | None]:
        if before is not None:
            await asyncio.wait((before,))
        plain = [self._plain(message) for _, message in told]
        found = iter(await reader.places([message for (_, message), is_plain in zip(told, plain, strict=True) if is_plain]))
        return [next(found) if is_plain else None for is_plain in plain]

    async def _take(self, told: Told, places: Sequence[Place | None]) -> int:
        """Gives every message its effect, as the inbox would; how many were copied."""
        async with self._database.transaction() as tx:
            # What a crash of the server takes back is in the stream still.
            await tx.execute("SET LOCAL synchronous_commit = off")
            keys = {(message.publisher, place[0]) for (_, message), place in zip(told, places, strict=True) if place is not None}
            seen = await inbox.last_sequences(tx, keys)
            split = _Split(dict(seen), {row.key for row in await inbox.held_of(tx, keys)})
            for (shard, message), place in zip(told, places, strict=True):
                split.add(shard, message, place)
            await store.copy(tx, split.copied)
            if not await inbox.move(tx, [(key, seen.get(key, 0), last) for key, last in split.last.items() if last != seen.get(key, 0)]):
                raise Overtaken
        for shard, messages in split.rest.items():
            applier = await self._applier(shard)
            for start in range(0, len(messages), BATCH):
                await applier.apply(messages[start : start + BATCH])
        return len(split.copied)

    async def _follow(self, told: Told) -> None:
        """A publisher of whom nothing was heard is in the epoch that the stream begins with: nothing of an earlier one is here."""
        for _, message in told:
            if message.publisher in self._unheard:
                self._unheard.discard(message.publisher)
                epoch = epochs.told_in(message.headers)
                if epoch > self._known.get(message.publisher, epochs.FIRST):
                    async with self._database.transaction() as tx:
                        await epochs.follow(tx, message.publisher, epoch)
                    self._known[message.publisher] = epoch
                    self._appliers.clear()

    async def _applier(self, shard: int) -> Applier:
        if shard not in self._appliers:
            made = Applier(durable(self._service, shard), shard, self._database, self._clock, self._dispatch, self._on_parked)
            await made.load()
            self._appliers[shard] = made
        return self._appliers[shard]

    def _plain(self, message: Message) -> bool:
        """Whether it can be copied, if it can be read and its turn has come."""
        if message.type in self._wanted or NUL in message.body:
            return False
        return epochs.told_in(message.headers) == self._known.get(message.publisher, epochs.FIRST)


@dataclass(slots=True)
class _Split:
    """What of a part of the stream is copied, and what goes through the inbox. `last`: how far each aggregate has come."""

    last: dict[Key, int]
    left: set[Key]
    """Aggregates of which something lies in `held`, or has gone through the inbox: what follows goes after it."""
    copied: list[store.Row] = field(default_factory=list)
    rest: dict[int, list[Message]] = field(default_factory=lambda: defaultdict(list))

    def add(self, shard: int, message: Message, place: Place | None) -> None:
        """`place` is None for a message that cannot be copied."""
        if place is None:
            self.rest[shard].append(message)
            return
        aggregate, sequence = place
        key = (message.publisher, aggregate)
        last = self.last.get(key, 0)
        if sequence == last + 1 and key not in self.left:
            self.last[key] = sequence
            self.copied.append((*key, sequence, message.type, message.body))
        elif sequence > last:
            self.left.add(key)
            self.rest[shard].append(message)
