"""Checks of stock in the database. The newest of a line counts."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import asyncpg

from services.orders.milestones import store as milestones
from services.orders.orders.model import Ordered
from services.orders.orders.store import ordered
from services.orders.planning import store as planning
from services.orders.planning.inserts import columns
from services.orders.planning.model import Plan
from services.orders.risks.model import Rule
from services.orders.stock.domain import follow, joined, parted, short
from services.orders.stock.model import Stock
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Stamp

CHECKED = "stock_checked"
"""Why the ledger has the dates that checks gave."""
REGROUPED = "stock_regrouped"
"""Timer on an order of which stock was checked: its lines have become others, or travel otherwise. The database sets it."""

_READ = """
SELECT c.order_id, c.id, c.line, l.shipment, l.quantity, l.uom, c.day, c.available, c.on_hold, c.ready, c.place, c.note,
    e.id AS exception_id
FROM stock_check c JOIN order_line l ON l.order_id = c.order_id AND l.line = c.line
    LEFT JOIN order_exception e ON e.id = c.exception_id AND e.status = 'open'
"""
STANDS = "NOT EXISTS (SELECT FROM stock_check n WHERE n.order_id = c.order_id AND n.line = c.line AND n.position > c.position)"
"""Whether a check `c` is the newest of its line."""
SHORT = "c.available - c.on_hold < l.quantity"
"""Whether a check `c` has found less than is ordered in its line `l` now."""
_STANDING = f"{_READ} WHERE c.order_id = ANY($1::uuid[]) AND {STANDS}"
_SHORT = f"{_STANDING} AND l.cancelled IS NULL AND {SHORT}"
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


async def split(tx: Tx, stamp: Stamp, order_id: UUID, line: str, part: str, in_stock: Decimal | None) -> None:
    """Let the check of a line that was split count for its part, too, and the order follow; its shipments are locked as well."""
    check = (await standing(tx, order_id)).get(line)
    if check is not None:
        plan, lines = await _locked(tx, stamp, order_id)
        await _restate(tx, stamp, plan, parted(check, part, lines, in_stock, (new_id(), new_id())))


async def join(tx: Tx, stamp: Stamp, order_id: UUID, line: str, part: str) -> None:
    """The same where a part was joined: what nobody has checked of one is not said to be there."""
    checks = await standing(tx, order_id)
    if found := [checks[one] for one in (line, part) if one in checks]:
        plan, lines = await _locked(tx, stamp, order_id)
        await _restate(tx, stamp, plan, [joined(found, line, lines, new_id())])


async def _locked(tx: Tx, stamp: Stamp, order_id: UUID) -> tuple[Plan, Mapping[str, Ordered]]:
    plan = (await planning.lock_by_id(tx, [order_id], stamp.time.date()))[order_id]
    return plan, (await ordered(tx, [plan]))[order_id]


async def _restate(tx: Tx, stamp: Stamp, plan: Plan, checks: Sequence[Stock]) -> None:
    await keep(tx, stamp, plan.order_id, checks)
    followed = follow(plan, await standing(tx, plan.order_id), checks, again=True)
    await milestones.follow(tx, stamp, [followed.settled], CHECKED)


def _stock(row: asyncpg.Record) -> Stock:
    """A row of _READ: a check against what is ordered now, with its shortage while that is open."""
    same = ("line", "shipment", "uom", "day", "available", "on_hold", "ready", "place", "note", "exception_id")
    return Stock(check_id=row["id"], needed=row["quantity"], **{name: row[name] for name in same})
