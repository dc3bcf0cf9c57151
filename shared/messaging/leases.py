"""Who does what only one process may do at a time: rows with an expiry, held through one connection per process.

A lease is free when it has expired, or when the connection of its holder is gone: a killed process is replaced within a
second, a frozen one after the expiry. The holder in turn stops its work when it could not renew in time or lost its
connection. No lease protects data by itself: effects are fenced by the inbox, publishing by the events' ids.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import asyncpg
import structlog
from pydantic import SecretStr

from shared.database.pool import AWAY as DATABASE_AWAY
from shared.database.pool import SESSION
from shared.messaging.waiting import either
from shared.trouble import Trouble

TTL_SECONDS = 4.0
RENEW_SECONDS = 1.0
ANSWER_SECONDS = 1.5
"""A renewal that takes longer counts as lost: before another process may take over."""
REPLICA = "replica-"
"""Every live process holds a lease `replica-<its id>`, so that the others can count it."""

# Renews, takes and frees in one statement. Locks rows in the order of their names, as every other process does.
_ROUND = """
WITH freed AS (
    DELETE FROM lease WHERE (holder = $1 AND name <> ALL ($2::text[]))
       OR (starts_with(name, 'replica-') AND expires_at < clock_timestamp() - interval '1 hour')
)
INSERT INTO lease AS l (name, holder, backend_pid, backend_start, expires_at)
SELECT name, $1::uuid, me.pid, me.backend_start, clock_timestamp() + $3 * interval '1 second'
FROM unnest($2::text[]) AS name, pg_stat_activity me WHERE me.pid = pg_backend_pid()
ORDER BY name
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, backend_pid = excluded.backend_pid, backend_start = excluded.backend_start, expires_at = excluded.expires_at
WHERE l.holder = excluded.holder OR l.expires_at < clock_timestamp()
   OR NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = l.backend_pid AND a.backend_start = l.backend_start)
RETURNING name
"""
_TAKEN = """
SELECT l.name FROM lease l JOIN pg_stat_activity a ON a.pid = l.backend_pid AND a.backend_start = l.backend_start
WHERE l.expires_at >= clock_timestamp() AND l.holder <> $1
"""

log = structlog.get_logger()

Work = Callable[[], Awaitable[None]]


@dataclass(eq=False)
class _Piece:
    """Something to do while its lease is held. `group` is set for pieces of shared work."""

    name: str
    work: Work
    group: str | None = None
    held: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    running: bool = False

    def mine(self) -> bool:
        return self.running or self.held.is_set()


class Leases:
    """The leases of one process. `run` must be running for any to be held."""

    def __init__(self, url: SecretStr, application: str) -> None:
        self._url = url
        self._application = application
        self.holder = uuid4()
        self._pieces: dict[str, _Piece] = {}
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._good_until = 0.0
        self._lost = Trouble("leases.lost")
        self._wake = asyncio.Event()
        self.replicas = 1
        """Live processes of this service, as of the last round."""

    def valid(self) -> bool:
        """Whether what is held is held still: false in a process that was frozen and does not know yet."""
        return asyncio.get_running_loop().time() < self._good_until

    async def run(self, stopping: asyncio.Event) -> None:
        """Renew, take and release each second, until `stopping` and until all work has ended; then release everything."""
        guard = asyncio.create_task(self._guard())
        try:
            while not (stopping.is_set() and not self._pieces):
                self._wake.clear()
                try:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await self._round(stopping.is_set())
                    self._lost.over()
                except (*DATABASE_AWAY, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
                    self._lost.met(error=type(error).__name__)
                    self._drop_connection()
                await either(self._wake, *(() if stopping.is_set() else (stopping,)), seconds=RENEW_SECONDS)
            await self._leave()
        finally:
            guard.cancel()
            self._drop_connection()

    async def lead(self, name: str, work: Work, stopping: asyncio.Event) -> None:
        """Run `work` while this process holds the lease; cancelled when the lease is lost. An exception of the work ends `lead`.

        The work returns by itself soon after `stopping` is set.
        """
        await self._tend(_Piece(name, work), stopping)

    async def share(self, name: str, parts: int, work: Callable[[int], Awaitable[None]], stopping: asyncio.Event) -> None:
        """As `lead`, for this process's fair share of `parts` pieces of work, leases `name-0` .. `name-<parts - 1>`."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(parts):
                piece = _Piece(f"{name}-{number}", partial(work, number), group=name)
                tasks.create_task(self._tend(piece, stopping), name=piece.name)

    async def _tend(self, piece: _Piece, stopping: asyncio.Event) -> None:
        self._pieces[piece.name] = piece
        self._wake.set()
        try:
            while not stopping.is_set():
                await either(piece.held, stopping)
                if piece.held.is_set() and not stopping.is_set():
                    await self._work(piece)
        finally:
            del self._pieces[piece.name]
            self._wake.set()

    async def _work(self, piece: _Piece) -> None:
        """The work until it ends or the lease is lost; then the lease is free for others."""
        log.info("lease.taken", lease=piece.name)
        piece.lost.clear()
        piece.running = True
        task = asyncio.ensure_future(piece.work())
        try:
            await either(task, piece.lost)
        finally:
            ended = task.done()
            while not task.done():
                # Again, should something in it have swallowed the first.
                task.cancel()
                await asyncio.wait((task,), timeout=RENEW_SECONDS)
            piece.running = False
            piece.held.clear()
            self._wake.set()
        if ended:
            task.result()
        log.info("lease.left", lease=piece.name, ended=ended)

    async def _round(self, stopping: bool) -> None:
        connection = await self._connected()
        asked = asyncio.get_running_loop().time()
        taken = {row["name"] for row in await connection.fetch(_TAKEN, self.holder)}
        self.replicas = 1 + sum(name.startswith(REPLICA) for name in taken)
        mine = [piece.name for piece in self._pieces.values() if piece.mine()]
        names = [f"{REPLICA}{self.holder}", *mine, *([] if stopping else self._wanted(taken))]
        kept = {row["name"] for row in await connection.fetch(_ROUND, self.holder, names, TTL_SECONDS)}
        self._good_until = asked + TTL_SECONDS - RENEW_SECONDS
        for piece in self._pieces.values():
            if piece.name in kept:
                piece.held.set()
            elif piece.running:
                piece.lost.set()
        self._give_up_surplus()

    def _wanted(self, taken: set[str]) -> list[str]:
        """Of what nobody holds: everything that has one holder, and of shared work what the fair share has room for."""
        free = [piece for piece in self._pieces.values() if not piece.mine() and piece.name not in taken]
        wanted = [piece.name for piece in free if piece.group is None]
        for group in self._groups():
            room = self._fair(group) - sum(piece.mine() for piece in group)
            # Each process begins elsewhere, so that two rarely ask for the same piece.
            start = self.holder.int % len(group)
            idle = [piece.name for piece in group[start:] + group[:start] if piece in free]
            wanted += idle[: max(0, room)]
        return wanted

    def _groups(self) -> list[list[_Piece]]:
        names = {piece.group for piece in self._pieces.values() if piece.group}
        return [[piece for piece in self._pieces.values() if piece.group == name] for name in sorted(names)]

    def _fair(self, group: list[_Piece]) -> int:
        return math.ceil(len(group) / self.replicas)

    def _give_up_surplus(self) -> None:
        """Stop what is above the fair share; its leases are freed when the work has ended."""
        for group in self._groups():
            running = [piece for piece in group if piece.running and not piece.lost.is_set()]
            for piece in running[self._fair(group) :]:
                piece.lost.set()

    async def _connected(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None or self._connection.is_closed():
            settings = {**SESSION, "application_name": f"{self._application}-leases", "synchronous_commit": "off"}
            self._connection = await asyncpg.connect(self._url.get_secret_value(), timeout=ANSWER_SECONDS, server_settings=settings)
            self._connection.add_termination_listener(lambda _: self._stop_all())
        return self._connection

    def _stop_all(self) -> None:
        """The connection is gone: others may take over at once."""
        self._good_until = 0.0
        for piece in self._pieces.values():
            piece.held.clear()
            if piece.running:
                piece.lost.set()

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None
        self._stop_all()

    async def _guard(self) -> None:
        """Stops all work that outlived its lease, whatever the rounds are waiting for."""
        while True:
            await asyncio.sleep(RENEW_SECONDS / 4)
            if not self.valid():
                self._stop_all()

    async def _leave(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._connection.execute("DELETE FROM lease WHERE holder = $1", self.holder)
            except (*DATABASE_AWAY, asyncpg.InterfaceError, asyncpg.PostgresError):
                log.warning("leases.not_released")
