"""Who looks at an order again when its dates have moved. The database sets their timers off, whichever command moved them."""

from collections.abc import Collection
from uuid import UUID

from shared.database.pool import Tx

_ORDERS = "SELECT FROM customer_order WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE"
_LEAVE = "DELETE FROM order_watch WHERE kind = $1 AND subject = $2 AND order_id <> ALL($3::uuid[])"
_WATCH = "INSERT INTO order_watch (kind, subject, order_id) SELECT $1, $2, n FROM unnest($3::uuid[]) AS n ON CONFLICT DO NOTHING"


async def watch(tx: Tx, kind: str, subject: UUID, orders: Collection[UUID]) -> None:
    """From now on the timer `kind` of `subject` runs at once whenever a date of one of these orders has moved, and of no other.

    Takes shared locks of the orders, so it comes before any lock of what watches: a command that moves them now is waited for.
    """
    await tx.execute(_ORDERS, list(orders))
    await tx.execute(_LEAVE, kind, subject, list(orders))
    await tx.execute(_WATCH, kind, subject, list(orders))
