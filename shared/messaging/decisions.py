"""What operators decided about the dead letters of a shard, done by the shard's owner: nobody else touches its inbox.

A replay gives the event one more counted try. Where its aggregate waits for it, it goes back into `held` and through the applier
like any failing event, and what waits behind it follows. Where the aggregate went on without it, it is applied late and by itself.
"""

import asyncio
from collections import defaultdict
from uuid import UUID

import asyncpg
import structlog

from shared.clock import Clock
from shared.database.pool import AWAY, Database, Tx
from shared.messaging import inbox, letters
from shared.messaging.applying import Applier
from shared.messaging.deciding import TRIES, Overtaken, said, traceback_hash, transient
from shared.messaging.dispatch import Dispatch
from shared.messaging.inbox import ENDED, Held, Key
from shared.messaging.letters import Asked
from shared.messaging.reading import Unreadable, read
from shared.messaging.received import Poison, ReferentUnknown
from shared.messaging.waiting import either
from shared.problems import Unavailable

POLL_SECONDS = 0.5
AT_ONCE = 200
WAITS_SECONDS = 5.0
"""Until a late event whose referent is unknown is tried again."""

log = structlog.get_logger()


class Mailbox:
    """Finds out, once for a process, which consumers have something to do: the API that was asked may be another process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._events: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def of(self, consumer: str) -> asyncio.Event:
        """Set when there is something to do for that consumer's owner."""
        return self._events[consumer]

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                async with self._database.connection() as tx:
                    for consumer in await letters.asked(tx):
                        self._events[consumer].set()
            except (*AWAY, asyncpg.InterfaceError, Unavailable) as error:
                log.info("mailbox.put_off", error=type(error).__name__)
            await either(stopping, seconds=POLL_SECONDS)


class Decisions:
    """Of one shard, beside its applier."""

    def __init__(self, applier: Applier, shard: int, database: Database, clock: Clock, dispatch: Dispatch, trying: asyncio.Lock) -> None:
        self._applier, self._shard = applier, shard
        self._database, self._clock, self._dispatch, self._trying = database, clock, dispatch, trying
        self._not_before: dict[UUID, float] = {}

    async def load(self) -> None:
        """Take over replays that a former owner began: those in `held` go on, the others ended with their process."""
        async with self._database.transaction() as tx:
            begun = await letters.begun(tx, self._applier.consumer)
            rows = await inbox.held_of(tx, {letter.key for letter in begun if letter.key})
            held = {(row.key, row.sequence) for row in rows}
            for letter in begun:
                if letter.place in held:
                    continue
                log.error("dead_letter.parked", consumer=self._applier.consumer, letter=str(letter.id), error=ENDED)
                await letters.fail(tx, letter.id, ENDED, None)
        self._applier.replaying |= {letter.place for letter in begun if letter.place is not None and letter.place in held}

    async def carry_out(self) -> int:
        """Do what was decided; the number of effects had here. Those of the applier come with its next `retry`."""
        async with self._database.connection() as tx:
            found = await letters.to_do(tx, self._applier.consumer, AT_ONCE)
        now = asyncio.get_running_loop().time()
        effects = 0
        for letter in found:
            if letter.what == "discarding":
                await self._discard(letter)
            elif self._not_before.get(letter.id, 0.0) <= now:
                effects += await self._replay(letter)
        return effects

    async def _replay(self, letter: Asked) -> int:
        if letter.key is None:
            await self._read_again(letter)
            return 0
        async with self._database.transaction() as tx:
            last = await _last(tx, letter.key)
            if letter.sequence > last and await letters.begin(tx, letter.id):
                # The last of its tries: it is parked again at once should this one fail.
                row = Held(letter.key, letter.sequence, "failing", "replay", letter.message, TRIES - 1)
                await inbox.hold(tx, self._shard, [(row, 0.0)])
        if letter.sequence <= last:
            return await self._late(letter)
        self._applier.replays(letter.key, letter.sequence)
        return 0

    async def _read_again(self, letter: Asked) -> None:
        """What had no place in any aggregate may have one now."""
        try:
            self._applier.read_one(letter.message)
        except Unreadable as error:
            async with self._database.transaction() as tx:
                await letters.fail(tx, letter.id, str(error), None)
            return
        await self._applier.suspect([letter.message])
        async with self._database.transaction() as tx:
            await letters.finish(tx, letter.id, "replaying", "replayed")

    async def _late(self, letter: Asked) -> int:
        async with self._trying:
            async with self._database.transaction() as tx:
                if not await letters.begin(tx, letter.id):
                    return 0
            try:
                await self._apply_late(letter)
            except ReferentUnknown:
                self._not_before[letter.id] = asyncio.get_running_loop().time() + WAITS_SECONDS
                await self._put_back(letter)
            except Exception as error:
                if transient(error):
                    await self._put_back(letter)
                    raise
                why = str(error) if isinstance(error, (Poison, Unreadable)) else said(error)
                log.warning("dead_letter.parked", consumer=self._applier.consumer, letter=str(letter.id), error=type(error).__name__)
                async with self._database.transaction() as tx:
                    await letters.fail(tx, letter.id, why, traceback_hash(error))
            else:
                return 1
        return 0

    async def _apply_late(self, letter: Asked) -> None:
        async with self._database.transaction() as tx:
            # First: its row lock keeps out whoever else might be at it.
            if not await letters.finish(tx, letter.id, "replaying", "replayed"):
                raise Overtaken
            received = read(letter.message, with_data=self._dispatch.wants(letter.message.type))
            await self._dispatch(tx, [received], self._clock.now())

    async def _put_back(self, letter: Asked) -> None:
        async with self._database.connection() as tx:
            await letters.put_back(tx, letter.id)

    async def _discard(self, letter: Asked) -> None:
        """The aggregate goes on without it."""
        async with self._database.transaction() as tx:
            if letter.key is not None:
                last = await _last(tx, letter.key)
                if last < letter.sequence - 1:
                    # Something before it is held: its turn comes.
                    return
                if last < letter.sequence:
                    if not await inbox.move(tx, [(letter.key, last, letter.sequence)]):
                        raise Overtaken
                    await inbox.release(tx, [(letter.key, letter.sequence)])
            if not await letters.finish(tx, letter.id, "discarding", "discarded"):
                raise Overtaken
        log.info("dead_letter.discarded", consumer=self._applier.consumer, letter=str(letter.id))
        # Finds what may go on now.
        await self._applier.load()


async def _last(tx: Tx, key: Key) -> int:
    return (await inbox.last_sequences(tx, {key})).get(key, 0)
