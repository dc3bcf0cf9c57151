"""The keys of personal blocks: customers makes them, services in TAKES_KEYS keep them."""

from uuid import UUID

from shared.database.pool import Tx
from shared.messaging.personal import new_key

_MAKE = """
INSERT INTO personal_key (aggregate, key, published) VALUES ($1, $2, false)
ON CONFLICT (aggregate) DO UPDATE SET key = personal_key.key
RETURNING key
"""


async def make_key(tx: Tx, aggregate: UUID) -> bytes:
    """The aggregate's key: the one there is, or a new one that is queued for the key stream."""
    key: bytes = await tx.fetchval(_MAKE, aggregate, new_key())
    return key


async def key_of(tx: Tx, aggregate: UUID) -> bytes | None:
    """The key, or None while it has not arrived, and after it was destroyed."""
    key: bytes | None = await tx.fetchval("SELECT key FROM personal_key WHERE aggregate = $1", aggregate)
    return key
