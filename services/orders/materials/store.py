"""Material lines in the database: loaded, saved with what is told of them. Whoever writes one has the lock of its order."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.cancelling.model import Gone
from services.orders.materials.domain import end, late, recorded
from services.orders.materials.model import Material, Receipt
from services.orders.materials.words import NO_LINE
from services.orders.planning.inserts import columns
from services.orders.planning.model import Plan, Settled
from services.orders.risks.model import Rule
from services.orders.watches.store import watch
from shared.contracts.event import Event
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append
from shared.problems import NotFound

FED = "material_fed"
"""Why the ledger has the dates that material moved."""
MOVED = "watch_materials"
"""Timer on an order that waits for material: a date or a promise of it has moved."""
REGROUPED = "material_regrouped"
"""Timer on an order that waits for material: its lines have become others, or travel otherwise. The database sets it."""

READ = """
SELECT m.id, m.order_id, o.number AS order_number, o.customer_id, k.code AS customer, m.line, m.milestone, m.material, m.name, m.supplier,
    m.quantity, m.uom, m.tolerance_percent, m.need_by_stated, m.need_by, m.note, m.state, m.po_number, m.ordered_on, m.eta, m.closed_on,
    m.reason, m.exception_id, m.version,
    ARRAY(SELECT ROW(r.position, r.quantity, r.day, r.taken_by, r.revision, r.reason) FROM material_receipt r
          WHERE r.material_id = m.id ORDER BY r.position, r.revision) AS receipts
FROM material_line m JOIN customer_order o ON o.id = m.order_id JOIN known_customer k ON k.id = o.customer_id
"""
"""What `material_of` takes, with the customer as k."""
OPEN = "m.state IN ('planned', 'ordered')"
"""Whether some of a line `m` is still to come."""
_IN_SIGHT = f"{READ} WHERE m.id = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2))"
_OF_ORDERS = f"{READ} WHERE m.order_id = ANY($1::uuid[]) ORDER BY m.id"
_OPEN = f"{READ} WHERE m.order_id = ANY($1::uuid[]) AND {OPEN}"
_KNOWN = "SELECT EXISTS (SELECT FROM material_line WHERE material = $1)"
_CUSTOMER = "SELECT code FROM known_customer WHERE id = $1"
_SAVE = """
INSERT INTO material_line (id, order_id, line, milestone, material, name, supplier, quantity, uom, tolerance_percent, need_by_stated,
    need_by, note, state, po_number, ordered_on, eta, closed_on, reason, exception_id, version)
SELECT n.id, n.order_id, n.line, n.milestone, n.material, n.name, n.supplier, n.quantity, n.uom, n.tolerance_percent, n.need_by_stated,
    n.need_by, n.note, n.state, n.po_number, n.ordered_on, n.eta, n.closed_on, n.reason, n.exception_id, n.version
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::numeric[], $9::text[], $10::numeric[],
        $11::date[], $12::date[], $13::text[], $14::text[], $15::text[], $16::date[], $17::date[], $18::date[], $19::text[], $20::uuid[],
        $21::bigint[])
    AS n (id, order_id, line, milestone, material, name, supplier, quantity, uom, tolerance_percent, need_by_stated, need_by, note, state,
          po_number, ordered_on, eta, closed_on, reason, exception_id, version)
ON CONFLICT (id) DO UPDATE SET line = excluded.line, milestone = excluded.milestone, material = excluded.material, name = excluded.name,
    supplier = excluded.supplier, quantity = excluded.quantity, uom = excluded.uom, tolerance_percent = excluded.tolerance_percent,
    need_by_stated = excluded.need_by_stated, need_by = excluded.need_by, note = excluded.note, state = excluded.state,
    po_number = excluded.po_number, ordered_on = excluded.ordered_on, eta = excluded.eta, closed_on = excluded.closed_on,
    reason = excluded.reason, exception_id = excluded.exception_id, version = excluded.version
"""
_RECEIVE = """
INSERT INTO material_receipt (material_id, position, quantity, day, taken_by, revision, reason)
SELECT n.material_id, n.position, n.quantity, n.day, n.taken_by, n.revision, n.reason
FROM unnest($1::uuid[], $2::smallint[], $3::numeric[], $4::date[], $5::text[], $6::integer[], $7::text[])
    AS n (material_id, position, quantity, day, taken_by, revision, reason)
ON CONFLICT DO NOTHING
"""
_NEED = "UPDATE material_line m SET need_by = n.need_by FROM unnest($1::uuid[], $2::date[]) AS n (id, need_by) WHERE m.id = n.id"


async def read(tx: Tx, material_id: UUID, owners: list[str] | None) -> Material:
    """NotFound also where its order is not in sight of `owners`."""
    row = await tx.fetchrow(_IN_SIGHT, material_id, owners)
    if row is None:
        raise NotFound(NO_LINE)
    return material_of(row)


async def known(tx: Tx, material: str) -> bool:
    """Whether an order waits, or has waited, for such material."""
    return bool(await tx.fetchval(_KNOWN, material))


async def of_order(tx: Tx, order_id: UUID) -> list[Material]:
    """All lines of an order."""
    return (await of_orders(tx, [order_id])).get(order_id, [])


async def of_orders(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Material]]:
    """All lines of those orders that have any, by order."""
    return _by_order(await tx.fetch(_OF_ORDERS, list(orders)))


async def rules(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Rule]]:
    """What the material endangers that is still to come, by order."""
    return {order_id: [late(one) for one in lines] for order_id, lines in _by_order(await tx.fetch(_OPEN, list(orders))).items()}


async def customer(tx: Tx, customer_id: UUID) -> str:
    """The code of a customer who has an order."""
    code: str = await tx.fetchval(_CUSTOMER, customer_id)
    return code


async def watch_order(tx: Tx, order_id: UUID) -> None:
    """Look at what an order waits for whenever a date or a promise of it moves."""
    await watch(tx, MOVED, order_id, [order_id])


async def waited(tx: Tx, plans: Collection[Plan], now: datetime) -> list[Settled]:
    """What has happened with the material that is there and can be recorded now of those locked orders, which are not written yet."""
    lines = await of_orders(tx, [plan.order_id for plan in plans if plan.status == "open"])
    return [done for plan in plans if (done := recorded(plan, lines.get(plan.order_id, ()))).events]


async def save(tx: Tx, stamp: Stamp, found: Sequence[tuple[Material, Event]]) -> None:
    """Write lines of orders that are locked, and tell what became of them."""
    await tx.execute(_SAVE, *columns([_row(now) for now, _ in found], 21))
    receipts = [
        (now.material_id, one.number, one.quantity, one.date, one.by, one.revision, one.reason) for now, _ in found for one in now.receipts
    ]
    await tx.execute(_RECEIVE, *columns(receipts, 7))
    await append(tx, stamp, [Facts(now.material_id, now.version - 1, [event]) for now, event in found])


async def end_with(tx: Tx, stamp: Stamp, gone: Gone) -> None:
    """Withdraw what an order, or lines of it, that are cancelled still wait for."""
    lines = await of_order(tx, gone.plan.order_id)
    await save(tx, stamp, [end(one, gone.reason) for one in lines if one.open and (gone.whole or one.line in gone.over)])


async def recount(tx: Tx, needed: Sequence[tuple[UUID, date]]) -> None:
    """Write by when lines are needed as it is counted now."""
    await tx.execute(_NEED, *columns(needed, 2))


def material_of(row: asyncpg.Record) -> Material:
    """A row of READ."""
    same: dict[str, Any] = {name: value for name, value in row.items() if name in Material.__dataclass_fields__ and name != "receipts"}
    receipts = tuple(Receipt(*one) for one in row["receipts"])
    return Material(material_id=row["id"], order=row["order_number"], stated=row["need_by_stated"], receipts=receipts, **same)


def _by_order(rows: Sequence[asyncpg.Record]) -> dict[UUID, list[Material]]:
    found: dict[UUID, list[Material]] = {}
    for row in rows:
        found.setdefault(row["order_id"], []).append(material_of(row))
    return found


def _row(now: Material) -> tuple[Any, ...]:
    return (
        *(now.material_id, now.order_id, now.line, now.milestone, now.material, now.name, now.supplier, now.quantity, now.uom),
        *(now.tolerance_percent, now.stated, now.need_by, now.note, now.state, now.po_number, now.ordered_on, now.eta, now.closed_on),
        *(now.reason, now.exception_id, now.version),
    )
