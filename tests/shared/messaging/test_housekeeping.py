"""What is tidied from time to time."""

from collections.abc import Awaitable, Callable

from shared.database.pool import Tx
from shared.messaging.housekeeping import tidy

_KEY = """
INSERT INTO idempotency_key (principal, route, key, body_hash, created_at) VALUES ('ann', '/x', $1, 'h', now() - $2 * interval '1 hour')
"""


async def test_idempotency_keys_are_kept_for_a_day(tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx("customers")
    for hours in (0, 23, 25, 300):
        await connection.execute(_KEY, f"key-{hours}", hours)
    await tidy(connection)
    kept = await connection.fetch("SELECT key FROM idempotency_key WHERE principal = 'ann' AND route = '/x' ORDER BY created_at DESC")
    assert [row["key"] for row in kept] == ["key-0", "key-23"]
