"""The keys of personal blocks: services in MAKES_KEYS make them, those in TAKES_KEYS keep them."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pydantic import BaseModel, ValidationError, field_serializer, field_validator

from shared.contracts.envelope import KEY_STREAM
from shared.database.pool import AWAY as DATABASE_AWAY
from shared.database.pool import Database, Tx, leaves
from shared.messaging.bus import AWAY as BROKER_AWAY
from shared.messaging.bus import Bus
from shared.messaging.personal import new_key
from shared.messaging.provision import BATCH, Refused, key_durable
from shared.messaging.publish import checked
from shared.messaging.pull import Pull
from shared.messaging.reading import Message
from shared.messaging.waiting import either
from shared.problems import Unavailable
from shared.trouble import Trouble

KEYS = "keys"
"""The work that a transaction `leaves` to the relay of keys."""
POLL_SECONDS = 1.0
PAUSE_SECONDS = 0.5
AT_ONCE = 100

_MAKE = """
INSERT INTO personal_key (aggregate, key, published) VALUES ($1, $2, false)
ON CONFLICT (aggregate) DO UPDATE SET key = personal_key.key
RETURNING key
"""

_UNPUBLISHED = "SELECT aggregate, key FROM personal_key WHERE NOT published ORDER BY made_at LIMIT $1"
_PUBLISHED = "UPDATE personal_key SET published = true WHERE aggregate = ANY($1::uuid[])"
_AGAIN = "UPDATE personal_key SET published = false WHERE published AND ($1::timestamptz IS NULL OR made_at >= $1)"
# A key is never replaced: what was sealed with it would be lost.
_KEEP = """
INSERT INTO personal_key (aggregate, key, published) SELECT *, true FROM unnest($1::uuid[], $2::bytea[])
ON CONFLICT (aggregate) DO NOTHING
"""

log = structlog.get_logger()


class KeyMessage(BaseModel):
    """What travels on the key stream, on the subject `gendan-keys.<publisher>.<aggregate>`."""

    aggregate: UUID
    key: bytes

    @field_validator("key", mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return b64decode(value, validate=True) if isinstance(value, str) else value

    @field_serializer("key")
    def _as_text(self, value: bytes) -> str:
        return b64encode(value).decode()


async def make_key(tx: Tx, aggregate: UUID) -> bytes:
    """The aggregate's key: the one there is, or a new one that is queued for the key stream."""
    key: bytes = await tx.fetchval(_MAKE, aggregate, new_key())
    leaves(KEYS)
    return key


async def key_of(tx: Tx, aggregate: UUID) -> bytes | None:
    """The key, or None while it has not arrived, and after it was destroyed."""
    key: bytes | None = await tx.fetchval("SELECT key FROM personal_key WHERE aggregate = $1", aggregate)
    return key


async def publish_again(tx: Tx, since: datetime | None) -> None:
    """Queue the keys made since then, or all, for the key stream once more; who has one keeps it."""
    await tx.execute(_AGAIN, since)
    leaves(KEYS)


class KeyRelay:
    """Publishes the keys that the service made. `work` is what the holder of its lease does."""

    def __init__(self, service: str, database: Database, bus: Bus, stopping: asyncio.Event) -> None:
        self._service, self._database, self._bus, self._stopping = service, database, bus, stopping
        self._wake = asyncio.Event()
        self._paused = Trouble("key_relay.paused")

    def nudge(self) -> None:
        self._wake.set()

    async def work(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                published = await self._step()
                self._paused.over()
                if published == AT_ONCE:
                    continue
            except (*BROKER_AWAY, *DATABASE_AWAY, asyncpg.InterfaceError, Unavailable, Refused) as error:
                self._paused.met(error=type(error).__name__)
                await either(self._stopping, seconds=PAUSE_SECONDS)
                continue
            await either(self._wake, self._stopping, seconds=POLL_SECONDS)

    async def _step(self) -> int:
        async with self._database.connection() as tx:
            rows = await tx.fetch(_UNPUBLISHED, AT_ONCE)
        if not rows:
            return 0
        await asyncio.gather(*(self._publish(KeyMessage(aggregate=row["aggregate"], key=row["key"])) for row in rows))
        async with self._database.connection() as tx:
            await tx.execute(_PUBLISHED, [row["aggregate"] for row in rows])
        return len(rows)

    async def _publish(self, message: KeyMessage) -> None:
        subject = f"gendan-keys.{self._service}.{message.aggregate}"
        answer = await self._bus.request(subject, message.model_dump_json().encode(), {"Nats-Msg-Id": f"key-{message.aggregate}"})
        checked(subject, answer)


class KeyConsumer:
    """Keeps the keys that arrive. `arrived` is called when some did: events may have waited for them."""

    def __init__(self, service: str, database: Database, bus: Bus, arrived: Callable[[], None], stopping: asyncio.Event) -> None:
        self._service, self._database, self._bus = service, database, bus
        self._arrived, self._stopping = arrived, stopping
        self._paused = Trouble("key_consumer.paused")

    async def work(self) -> None:
        pull = Pull(self._bus, KEY_STREAM, key_durable(self._service))
        while not self._stopping.is_set():
            taken = await pull.take(BATCH, POLL_SECONDS, self._stopping)
            while taken is not None and not self._stopping.is_set():
                try:
                    await self._keep(taken.messages)
                    await pull.acknowledge(taken)
                    self._paused.over()
                    break
                except (*DATABASE_AWAY, asyncpg.InterfaceError, Unavailable) as error:
                    self._paused.met(error=type(error).__name__)
                    await either(self._stopping, seconds=PAUSE_SECONDS)
        await pull.close()

    async def _keep(self, messages: Sequence[Message]) -> None:
        keys: dict[UUID, bytes] = {}
        for message in messages:
            try:
                found = KeyMessage.model_validate_json(message.body)
            except ValidationError:
                log.error("key_consumer.unreadable", stream_sequence=message.stream_sequence)
                continue
            keys[found.aggregate] = found.key
        async with self._database.transaction() as tx:
            await tx.execute(_KEEP, list(keys), list(keys.values()))
        self._arrived()
