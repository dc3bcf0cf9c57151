"""The connection pool of one process: every wait has a deadline, every transaction ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeAlias

import asyncpg
import orjson
import structlog
from asyncpg.pool import PoolConnectionProxy
from pydantic import SecretStr

from shared.contracts.text import Both
from shared.problems import Unavailable
from shared.process import pause

Tx: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
"""A connection: inside `Database.transaction()` everything done on it commits or rolls back together."""

ACQUIRE_SECONDS = 2.0
COMMAND_SECONDS = 10.0
LONGEST_KEPT = 64 * 1024
"""Characters of a statement up to which it is prepared once for a connection."""
RELEASE_SECONDS = 2.0
PROBE_SECONDS = 1.0
PROBES = 3
"""Failed ones in a row after which the pool is replaced."""
SESSION = {
    "timezone": "UTC",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
    # A list is asked for by filters, most of them not given: a plan that serves them all reads every row.
    "plan_cache_mode": "force_custom_plan",
    # A peer that vanished without a word is noticed after about 15 s.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "15000",
}
KEYED = "SET LOCAL plan_cache_mode = force_generic_plan"
HURRIED = "SET LOCAL lock_timeout = '50ms'"
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    asyncpg.ReadOnlySQLTransactionError,
    # What asyncpg says of a connection that was cut at an unlucky moment.
    asyncpg.InternalClientError,
)
"""The server is away, going or coming back. Use `away`, which knows one more case."""
SLOW = Both("the database does not answer in time", "数据库未及时响应")

_left: ContextVar[set[str] | None] = ContextVar("left", default=None)

log = structlog.get_logger()


def leaves(work: str) -> None:
    """Say that the transaction of this task leaves work of that kind behind: who does it is woken once it is committed."""
    if (left := _left.get()) is not None:
        left.add(work)


def away(error: BaseException) -> bool:
    """Whether the server is away, going or coming back: nothing is wrong with what was asked of it."""
    # A closed connection is a plain InterfaceError; its subclasses are mistakes in a query's arguments.
    return isinstance(error, AWAY) or type(error) is asyncpg.InterfaceError


class Database:
    """One service's database through its runtime role."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", connect: "Callable[[], Awaitable[asyncpg.Pool[asyncpg.Record]]]") -> None:
        self._pool = pool
        self._connect = connect
        self._good_at = 0.0
        self.after_commit: list[tuple[str, Callable[[], None]]] = []
        """What is called when a transaction that `leaves` such work has committed. Must not raise or block."""

    @classmethod
    async def open(cls, url: SecretStr, application: str, size: int = 10) -> "Database":
        """Connect; Unavailable when the server cannot be reached within the deadline."""
        connect = partial(_connect, url, application, size)
        try:
            return cls(await connect(), connect)
        except AWAY as error:
            raise Unavailable(Both("the database does not answer", "数据库无响应")) from error

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Tx]:
        """A connection in autocommit, for reads, each planned for what it is given; Unavailable when none is free within 2 s."""
        pool = self._pool
        try:
            connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
        except (*AWAY, asyncpg.InterfaceError) as error:
            raise Unavailable(SLOW) from error
        try:
            yield connection
            self._good_at = time.monotonic()
        except Exception as error:
            if away(error):
                # asyncpg may not know yet that it is broken, and would hand it out again.
                _cut(connection)
            # A connection that was cut during a cancellation raises an error of its own, which must not hide the cancellation.
            if _being_cancelled():
                raise asyncio.CancelledError from None
            raise
        finally:
            await _give_back(pool, connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """BEGIN .. COMMIT, or ROLLBACK when the body raises; Unavailable when no connection is free within 2 s."""
        async with self.connection() as connection:
            left, outer = set[str](), _left.get()
            _left.set(left)
            try:
                async with connection.transaction():
                    yield connection
            finally:
                _left.set(outer)
            for work, wake in self.after_commit:
                if work in left:
                    wake()

    @asynccontextmanager
    async def command(self, *, waits: bool = True) -> AsyncIterator[Tx]:
        """A transaction of statements that find their rows by keys: one plan serves whatever they are given, so none is planned twice.

        Without `waits` it fails (LockNotAvailableError) where it would have to wait for somebody's lock for more than a moment.
        """
        async with self.transaction() as connection:
            await connection.execute(KEYED if waits else f"{KEYED}; {HURRIED}")
            yield connection

    async def ping(self, deadline: float = 1.0) -> None:
        """One round trip within `deadline` seconds, or Unavailable."""
        try:
            async with asyncio.timeout(deadline), self.connection() as connection:
                await connection.fetchval("SELECT 1")
        except (*AWAY, asyncpg.InterfaceError) as error:
            raise Unavailable(SLOW) from error

    async def watch(self, stopping: asyncio.Event) -> None:
        """Replaces a pool whose connections are all stuck, until `stopping`. One that is only busy gives connections back meanwhile."""
        failed, since = 0, 0.0
        while not stopping.is_set():
            since = since if failed else time.monotonic()
            try:
                await self.ping()
                failed = 0
            except Unavailable:
                failed += 1
            if failed >= PROBES and (self._good_at >= since or await self._replace()):
                failed = 0
            await pause(stopping, PROBE_SECONDS)

    async def _replace(self) -> bool:
        """A new pool, if the server takes new connections; what still waits on the old one fails at once."""
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                fresh = await self._connect()
        except (*AWAY, asyncpg.InterfaceError):
            return False
        old, self._pool = self._pool, fresh
        old.terminate()
        log.warning("database.pool_replaced")
        return True

    async def close(self) -> None:
        """Give connections in use a moment to come back, then cut them."""
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


async def _connect(url: SecretStr, application: str, size: int) -> "asyncpg.Pool[asyncpg.Record]":
    return await asyncpg.create_pool(
        url.get_secret_value(),
        min_size=min(2, size),
        max_size=size,
        timeout=ACQUIRE_SECONDS,
        command_timeout=COMMAND_SECONDS,
        max_cacheable_statement_size=LONGEST_KEPT,
        server_settings={**SESSION, "application_name": application},
        init=prepare_connection,
        reset=_nothing_to_reset,
    )


async def _give_back(pool: "asyncpg.Pool[asyncpg.Record]", connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
    # With a frozen server a cancelled query would hold up the release for minutes; then the connection is cut.
    try:
        await pool.release(connection, timeout=RELEASE_SECONDS)
    except (*AWAY, asyncpg.InterfaceError) as error:
        log.warning("database.release_failed", error=type(error).__name__)


def _cut(connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
    # Of a pool that was replaced meanwhile it is gone already.
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def prepare_connection(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """jsonb as Python values in both directions."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=_to_jsonb, decoder=lambda value: orjson.loads(bytes(value)[1:])
    )


def _to_jsonb(value: Any) -> bytes:
    # Version byte of the binary format; what orjson does not know (Decimal) travels as text.
    return b"\x01" + orjson.dumps(value, default=str)


async def _nothing_to_reset(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """No code here changes a session, which saves the round trip of RESET ALL at every release."""
