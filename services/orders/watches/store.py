"""Who looks at an order again when its dates have moved. The database sets their timers off, whichever command moved them."""

from collections.abc import Collection, Mapping
from uuid import UUID

from shared.database.pool import Tx

_ORDERS = "SELECT FROM customer_order WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE"
_LEAVE = """
DELETE FROM order_watch w WHERE w.kind = $1 AND w.subject = ANY($2::uuid[]) AND NOT EXISTS (
    SELECT FROM unnest($3::uuid[], $4::uuid[]) AS n (subject, order_id) WHERE n.subject = w.subject AND n.order_id = w.order_id)
"""
_WATCH = """
INSERT INTO order_watch (kind, subject, order_id)
SELECT $1, n.subject, n.order_id FROM unnest($2::uuid[], $3::uuid[]) AS n (subject, order_id) ON CONFLICT DO NOTHING
"""
_WATCHED = """
SELECT DISTINCT w.kind, w.order_id FROM order_watch w WHERE w.kind = ANY($1::text[]) AND w.order_id = ANY($2::uuid[])
ORDER BY w.kind, w.order_id
"""


async def watch(tx: Tx, kind: str, subject: UUID, orders: Collection[UUID]) -> None:
    """From now on the timer `kind` of `subject` runs at once whenever a date of one of these orders has moved, and of no other.

    Takes shared locks of the orders, so it comes before any lock of what watches: a command that moves them now is waited for.
    """
    await tx.execute(_ORDERS, list(orders))
    await watch_locked(tx, kind, {subject: orders})


async def watch_locked(tx: Tx, kind: str, orders: Mapping[UUID, Collection[UUID]]) -> None:
    """The same for several subjects, each with its orders, of orders whose locks are held."""
    subjects = [subject for subject, of in orders.items() for _ in of]
    watched = [order for of in orders.values() for order in of]
    await tx.execute(_LEAVE, kind, list(orders), subjects, watched)
    if watched:
        await tx.execute(_WATCH, kind, subjects, watched)


async def watched(tx: Tx, kinds: Collection[str], orders: Collection[UUID]) -> dict[str, list[UUID]]:
    """By kind those of the orders that anything watches for it."""
    found: dict[str, list[UUID]] = {kind: [] for kind in kinds}
    for kind, order_id in await tx.fetch(_WATCHED, list(kinds), list(orders)):
        found[kind].append(order_id)
    return found
