"""Customs entries in the database: loaded with the orders concerned, saved with what is told of them, found."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.customs import words
from services.orders.customs.model import Entry
from services.orders.planning.inserts import columns
from shared.contracts.event import Event
from shared.contracts.exceptions import ConcernedOrder
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append
from shared.problems import Conflict, NotFound

READ = """
SELECT e.id, e.order_id, e.shipment_id, e.shipment, e.number, e.regime_code, e.state, e.declared_on, e.inspected_on, e.held_on,
    e.released_on, e.note, e.exception_id, e.declared_by, e.version,
    ARRAY(SELECT d.document_id FROM customs_document d WHERE d.entry_id = e.id ORDER BY d.document_id) AS documents,
    ARRAY(SELECT ROW(o.id, o.number, o.customer_id, array_agg(c.line ORDER BY c.line))
          FROM customs_line c JOIN customer_order o ON o.id = c.order_id WHERE c.entry_id = e.id GROUP BY o.id ORDER BY o.number) AS orders
FROM customs_entry e
"""
"""What `entry_of` takes."""
IN_SIGHT = """
EXISTS (SELECT FROM customs_line c JOIN customer_order o ON o.id = c.order_id JOIN known_customer k ON k.id = o.customer_id
        WHERE c.entry_id = e.id AND ($1::text[] IS NULL OR k.owner = ANY($1)))
"""
"""An order declared is of an owner in $1."""
_SEEN = f"{READ} WHERE {IN_SIGHT} AND e.id = $2"
_LOCK = "SELECT FROM customs_entry e WHERE e.id = $1 FOR NO KEY UPDATE"
_BY_ID = f"{READ} WHERE e.id = $1"
_DOCUMENTS = "SELECT d.id FROM document d WHERE d.id = ANY($1::uuid[]) AND d.order_id = ANY($2::uuid[])"
_SAVE = """
WITH saved AS (
    INSERT INTO customs_entry (id, order_id, shipment_id, shipment, number, regime_code, state, declared_on, inspected_on, held_on,
        released_on, note, exception_id, declared_by, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    ON CONFLICT (id) DO UPDATE SET number = excluded.number, regime_code = excluded.regime_code, state = excluded.state,
        inspected_on = excluded.inspected_on, held_on = excluded.held_on, released_on = excluded.released_on, note = excluded.note,
        exception_id = excluded.exception_id, version = excluded.version
), declared AS (
    INSERT INTO customs_line (entry_id, order_id, line)
    SELECT $1, n.order_id, n.line FROM unnest($17::uuid[], $18::text[]) AS n (order_id, line)
    ON CONFLICT DO NOTHING
), left_out AS (
    DELETE FROM customs_document WHERE entry_id = $1 AND document_id <> ALL($16::uuid[])
)
INSERT INTO customs_document (entry_id, document_id) SELECT $1, n FROM unnest($16::uuid[]) AS n ON CONFLICT DO NOTHING
"""


class EntryExists(Conflict):
    slug = "entry-exists"
    title = Both("A customs entry of this number exists", "报关单号已存在")


async def read(tx: Tx, entry_id: UUID, owners: list[str] | None) -> Entry:
    """NotFound also where none of its orders is in sight of `owners`."""
    row = await tx.fetchrow(_SEEN, owners, entry_id)
    if row is None:
        raise NotFound(words.NO_ENTRY)
    return entry_of(row)


async def lock(tx: Tx, entry_id: UUID) -> Entry:
    """An entry that is there, under its lock, which is taken after those of its orders."""
    await tx.execute(_LOCK, entry_id)
    row = await tx.fetchrow(_BY_ID, entry_id)
    assert row is not None  # entries stay
    return entry_of(row)


async def documents_of(tx: Tx, documents: Collection[UUID], orders: Collection[UUID]) -> set[UUID]:
    """Which of those are documents of these orders."""
    return {row["id"] for row in await tx.fetch(_DOCUMENTS, list(documents), list(orders))}


async def save(tx: Tx, stamp: Stamp, now: Entry, event: Event) -> None:
    """Write an entry, of which one that was there is locked, and tell it."""
    days = (now.declared_on, now.inspected_on, now.held_on, now.released_on)
    try:
        await tx.execute(
            _SAVE,
            *(now.entry_id, now.order_id, now.shipment_id, now.shipment, now.number, now.regime_code, now.state, *days, now.note),
            *(now.exception_id, now.declared_by, now.version, list(now.documents)),
            *columns([(order, line) for order, lines in now.lines.items() for line in lines], 2),
        )
    except asyncpg.UniqueViolationError as error:
        raise EntryExists(words.entered(now.number), field="number") from error
    await append(tx, stamp, [Facts(now.entry_id, now.version - 1, [event])])


def entry_of(row: asyncpg.Record) -> Entry:
    """A row of READ."""
    same: dict[str, Any] = {name: value for name, value in row.items() if name not in ("id", "orders", "documents")}
    orders = tuple(ConcernedOrder(order_id=order_id, number=number, customer_id=of) for order_id, number, of, _ in row["orders"])
    lines = {order_id: tuple(declared) for order_id, _, _, declared in row["orders"]}
    return Entry(entry_id=row["id"], orders=orders, lines=lines, documents=tuple(row["documents"]), **same)
