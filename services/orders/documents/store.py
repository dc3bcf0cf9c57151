"""Documents in the database: loaded, saved with what is told of them, watched."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.cancelling.model import Gone
from services.orders.delays.store import start_of
from services.orders.documents import domain, words
from services.orders.documents.domain import DocumentTerm, missing, waive
from services.orders.documents.model import Document, Waiting
from services.orders.planning.domain.deadlines import Term
from services.orders.planning.inserts import columns
from services.orders.risks.model import Rule
from services.orders.shipments.domain import Regrouped
from services.orders.watches.store import watch
from shared.contracts.due import DueAfter
from shared.contracts.event import Event
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Facts, Stamp, append
from shared.problems import Conflict, FieldError, NotFound
from shared.timers import cancel_timers, set_timers

MOVED = "watch_documents"
"""Timer on an order that needs documents: a date of it has moved."""
OVER = "watch_documents_day"
"""Timer on a document: the day on which it is due is over."""

READ = """
SELECT d.id, d.order_id, o.number AS order_number, o.customer_id, d.shipment, d.code, d.department, d.due_on, d.due_after_milestone,
    d.due_after_days, d.due, d.overdue, d.state, d.number, d.stepped_on, d.stepped_by, d.note, d.version
FROM document d JOIN customer_order o ON o.id = d.order_id JOIN known_customer k ON k.id = o.customer_id
"""
"""What `document_of` takes, with the customer as k."""
LACKING = "d.state IN ('missing', 'discrepant')"
"""Whether a document `d` is still to be made, or to be made anew."""
_IN_SIGHT = f"{READ} WHERE d.id = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2))"
_LOCK = "SELECT FROM document d WHERE d.id = ANY($1::uuid[]) ORDER BY d.id FOR NO KEY UPDATE"
_BY_IDS = f"{READ} WHERE d.id = ANY($1::uuid[]) ORDER BY d.id"
_LACKING = f"SELECT d.id FROM document d WHERE d.order_id = ANY($1::uuid[]) AND {LACKING}"
_MISSING = "SELECT d.shipment, d.code FROM document d WHERE d.order_id = $1 AND d.state = 'missing'"
_OF_SHIPMENTS = "SELECT d.id FROM document d WHERE d.order_id = ANY($1::uuid[]) AND d.shipment IS NOT NULL"
_WAITING = "SELECT document_id, line, missing FROM document_waiting WHERE order_id = ANY($1::uuid[])"
# A part that is taken out to be of its line again is that line by now.
_WAIT = """
INSERT INTO document_waiting (document_id, order_id, line, missing)
SELECT n.document_id, l.order_id, coalesce(l.joined_into, l.line), n.missing
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[]) AS n (document_id, order_id, line, missing)
    JOIN order_line l ON l.order_id = n.order_id AND l.line = n.line
ON CONFLICT (document_id, line) DO UPDATE SET missing = document_waiting.missing OR excluded.missing
"""
_TRAVELS = """
DELETE FROM document_waiting w USING unnest($1::uuid[], $2::text[]) AS n (order_id, line)
WHERE w.order_id = n.order_id AND w.line = n.line
"""
_OF_ORDERS = f"{READ} WHERE d.order_id = ANY($1::uuid[]) AND {LACKING}"
_SAVE = """
INSERT INTO document (id, order_id, shipment, code, department, due_on, due_after_milestone, due_after_days, due, overdue, state, number,
    stepped_on, stepped_by, note, version)
SELECT n.id, n.order_id, n.shipment, n.code, n.department, n.due_on, n.due_after_milestone, n.due_after_days, n.due, n.overdue, n.state,
    n.number, n.stepped_on, n.stepped_by, n.note, n.version
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::integer[], $9::date[], $10::boolean[],
        $11::text[], $12::text[], $13::date[], $14::text[], $15::text[], $16::bigint[])
    AS n (id, order_id, shipment, code, department, due_on, due_after_milestone, due_after_days, due, overdue, state, number, stepped_on,
          stepped_by, note, version)
ON CONFLICT (id) DO UPDATE SET shipment = excluded.shipment, department = excluded.department, due_on = excluded.due_on,
    due_after_milestone = excluded.due_after_milestone, due_after_days = excluded.due_after_days, due = excluded.due,
    overdue = excluded.overdue, state = excluded.state, number = excluded.number, stepped_on = excluded.stepped_on,
    stepped_by = excluded.stepped_by, note = excluded.note, version = excluded.version
"""


class DocumentExists(Conflict):
    slug = "document-exists"
    title = Both("The order needs this document already", "订单已列有此单证")


async def read(tx: Tx, document_id: UUID, owners: list[str] | None) -> Document:
    """NotFound also where its order is not in sight of `owners`."""
    row = await tx.fetchrow(_IN_SIGHT, document_id, owners)
    if row is None:
        raise NotFound(words.NO_DOCUMENT)
    return document_of(row)


async def lock(tx: Tx, documents: Collection[UUID]) -> list[Document]:
    """Those documents under their locks, which are taken after those of orders."""
    await tx.execute(_LOCK, list(documents))
    return [document_of(row) for row in await tx.fetch(_BY_IDS, list(documents))]


async def lacking(tx: Tx, orders: Collection[UUID]) -> list[UUID]:
    """The documents of those orders that are missing or discrepant."""
    return [row["id"] for row in await tx.fetch(_LACKING, list(orders))]


async def rules(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Rule]]:
    """What the documents endanger that those orders lack, by order."""
    return {order_id: [missing(one) for one in known] for order_id, known in (await _of_orders(tx, orders)).items()}


async def terms(tx: Tx, orders: Collection[UUID]) -> Mapping[UUID, Sequence[Term]]:
    """The same as terms, to ask which a plan would miss or make due on another day."""
    return {order_id: [DocumentTerm(one) for one in known] for order_id, known in (await _of_orders(tx, orders)).items()}


async def _of_orders(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Document]]:
    """What those orders lack, by order."""
    found: dict[UUID, list[Document]] = {}
    for row in await tx.fetch(_OF_ORDERS, list(orders)):
        document = document_of(row)
        found.setdefault(document.order_id, []).append(document)
    return found


async def watch_order(tx: Tx, order_id: UUID) -> None:
    """Look at what an order lacks whenever a date of it moves."""
    await watch(tx, MOVED, order_id, [order_id])


async def check_new(tx: Tx, order_id: UUID, made: Sequence[Document]) -> None:
    """DocumentExists where a locked order misses some of these already; names them."""
    there = {(row["shipment"], row["code"]) for row in await tx.fetch(_MISSING, order_id)}
    known = [
        FieldError(f"documents.{index}.code", words.known(one.code, one.shipment))
        for index, one in enumerate(made)
        if (one.shipment, one.code) in there
    ]
    if known:
        raise DocumentExists(known[0].reason, errors=tuple(known))


async def save(tx: Tx, stamp: Stamp, found: Sequence[tuple[Document, Event | None]]) -> None:
    """Write documents, of which those that were there are locked, and tell what there is to tell. One that is lacking has a timer."""
    await tx.execute(_SAVE, *columns([_row(now) for now, _ in found], 16))
    await append(tx, stamp, [Facts(now.document_id, now.version - 1, [event]) for now, event in found if event is not None])
    waits = {now.document_id: start_of(now.due + timedelta(days=1)) for now, _ in found if now.lacking and not now.overdue}
    await set_timers(tx, OVER, waits)
    await cancel_timers(tx, OVER, [now.document_id for now, _ in found if now.document_id not in waits])


async def end_with(tx: Tx, stamp: Stamp, gone: Gone) -> None:
    """Waive what an order lacks, or the documents of its goods that are cancelled."""
    found = await lock(tx, await lacking(tx, [gone.plan.order_id]))
    waiting = await _waiting(tx, [gone.plan.order_id])
    ended = [one for one in found if one.lacking and (gone.whole or domain.ends(one, waiting, gone))]
    await save(tx, stamp, [waive(one, stamp.time.date(), stamp.actor, gone.reason) for one in ended])


async def follow(tx: Tx, stamp: Stamp, regrouped: Sequence[Regrouped]) -> None:
    """Let the documents of lines follow them into another shipment, also where they are in none for a while; the orders are locked."""
    orders = [one.settled.after.order_id for one in regrouped]
    known = await lock(tx, [row["id"] for row in await tx.fetch(_OF_SHIPMENTS, orders)])
    if not known:
        return
    waiting = await _waiting(tx, orders)
    found: list[tuple[Document, Event]] = []
    left: list[tuple[UUID, UUID, str, bool]] = []
    for one in regrouped:
        order_id = one.settled.after.order_id
        of_order = [document for document in known if document.order_id == order_id]
        if one.moves[0].after is None:
            left += [(wait.document_id, order_id, wait.line, wait.missing) for wait in domain.left(of_order, one.moves)]
        else:
            found += domain.follow(of_order, waiting, one, iter(new_id, None), stamp.time.date(), stamp.actor)
    if found:
        await save(tx, stamp, found)
    travel = [(one.settled.after.order_id, move.line) for one in regrouped for move in one.moves if move.after is not None]
    await tx.execute(_TRAVELS, *columns(travel, 2))
    await tx.execute(_WAIT, *columns(left, 4))


async def _waiting(tx: Tx, orders: Collection[UUID]) -> list[Waiting]:
    """The lines of those orders that were taken out of the shipments of their documents, cancelled ones, too."""
    return [Waiting(**dict(row)) for row in await tx.fetch(_WAITING, list(orders))]


def document_of(row: asyncpg.Record) -> Document:
    """A row of READ."""
    same = ("order_id", "customer_id", "shipment", "code", "department", "due_on", "due", "overdue", "state", "number", "note", "version")
    after: dict[str, Any] | None = None
    if row["due_after_milestone"] is not None:
        after = {"milestone": row["due_after_milestone"], "days": row["due_after_days"]}
    return Document(
        document_id=row["id"],
        order=row["order_number"],
        due_after=DueAfter(**after) if after else None,
        on=row["stepped_on"],
        by=row["stepped_by"],
        **{name: row[name] for name in same},
    )


def _row(now: Document) -> tuple[Any, ...]:
    after = (now.due_after.milestone, now.due_after.days) if now.due_after else (None, None)
    return (
        *(now.document_id, now.order_id, now.shipment, now.code, now.department, now.due_on, *after, now.due, now.overdue),
        *(now.state, now.number, now.on, now.by, now.note, now.version),
    )
