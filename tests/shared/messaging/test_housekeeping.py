"""What is tidied from time to time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from shared.database.pool import Database, Tx
from shared.messaging.housekeeping import Housekeeping, tidy
from tests.support.calls import StoppedClock

_KEY = """
INSERT INTO idempotency_key (principal, route, key, body_hash, created_at) VALUES ('ann', '/x', $1, 'h', now() - $2 * interval '1 hour')
"""


async def test_what_a_service_needs_no_more_is_removed_by_business_time(make_database: Callable[[str], Awaitable[Database]]) -> None:
    clock, stopping, asked = StoppedClock(), asyncio.Event(), list[datetime]()

    async def remove(tx: Tx, now: datetime) -> None:
        asked.append(now)
        stopping.set()

    await Housekeeping(await make_database("customers"), clock, [remove], stopping).work()
    assert asked == [clock.now()]


async def test_idempotency_keys_are_kept_for_a_day(tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx("customers")
    for hours in (0, 23, 25, 300):
        await connection.execute(_KEY, f"key-{hours}", hours)
    await tidy(connection)
    kept = await connection.fetch("SELECT key FROM idempotency_key WHERE principal = 'ann' AND route = '/x' ORDER BY created_at DESC")
    assert [row["key"] for row in kept] == ["key-0", "key-23"]
