"""Checks of stock in the database. The newest of a line counts."""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from services.orders.planning.inserts import columns
from services.orders.risks.model import Rule
from services.orders.stock.domain import short
from services.orders.stock.model import Stock
from shared.database.pool import Tx
from shared.messaging.record import Stamp

_READ = """
SELECT c.order_id, c.id, c.line, l.shipment, l.quantity, l.uom, c.day, c.available, c.on_hold, c.ready, c.place, c.note,
    e.id AS exception_id
FROM stock_check c JOIN order_line l ON l.order_id = c.order_id AND l.line = c.line
    LEFT JOIN order_exception e ON e.id = c.exception_id AND e.status = 'open'
"""
STANDS = "NOT EXISTS (SELECT FROM stock_check n WHERE n.order_id = c.order_id AND n.line = c.line AND n.position > c.position)"
"""Whether a check `c` is the newest of its line."""
_STANDING = f"{_READ} WHERE c.order_id = ANY($1::uuid[]) AND {STANDS}"
_SHORT = f"{_STANDING} AND l.cancelled IS NULL AND c.available - c.on_hold < l.quantity"
_KEEP = """
INSERT INTO stock_check (id, order_id, line, day, place, available, on_hold, needed, ready, note, exception_id, checked_by, checked_at)
SELECT n.id, $1, n.line, n.day, n.place, n.available, n.on_hold, n.needed, n.ready, n.note, n.exception_id, $11, $12
FROM unnest($2::uuid[], $3::text[], $4::date[], $5::text[], $6::numeric[], $7::numeric[], $8::numeric[], $9::boolean[], $10::text[],
        $13::uuid[])
    AS n (id, line, day, place, available, on_hold, needed, ready, note, exception_id)
"""


async def standing(tx: Tx, order_id: UUID) -> dict[str, Stock]:
    """The checks of an order that count, by line."""
    return {row["line"]: _stock(row) for row in await tx.fetch(_STANDING, [order_id])}


async def rules(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Rule]]:
    """What short stock endangers in those orders, by order."""
    found: dict[UUID, list[Stock]] = {}
    for row in await tx.fetch(_SHORT, list(orders)):
        found.setdefault(row["order_id"], []).append(_stock(row))
    return {order_id: [short(checks)] for order_id, checks in found.items()}


async def keep(tx: Tx, stamp: Stamp, order_id: UUID, checks: Sequence[Stock]) -> None:
    """Write checks of an order that is locked."""
    rows = [
        (one.check_id, one.line, one.day, one.place, one.available, one.on_hold, one.needed, one.ready, one.note, one.exception_id)
        for one in checks
    ]
    *most, exceptions = columns(rows, 10)
    await tx.execute(_KEEP, order_id, *most, stamp.actor, stamp.time, exceptions)


def _stock(row: asyncpg.Record) -> Stock:
    """A row of _READ: a check against what is ordered now, with its shortage while that is open."""
    same = ("line", "shipment", "uom", "day", "available", "on_hold", "ready", "place", "note", "exception_id")
    return Stock(check_id=row["id"], needed=row["quantity"], **{name: row[name] for name in same})
