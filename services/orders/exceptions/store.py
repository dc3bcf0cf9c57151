"""Exceptions in the database: where they may stand, loaded under their lock, saved as a whole with what is told of them."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.delays.model import causes_read
from services.orders.delays.store import start_of
from services.orders.exceptions.domain import ExceptionOver, StillOpen, close, fall_away
from services.orders.exceptions.model import Action, OrderException, Place
from services.orders.exceptions.words import NO_EXCEPTION
from services.orders.planning.inserts import columns
from services.orders.planning.words import no_order
from shared.contracts.approvals import Money
from shared.contracts.event import Event
from shared.contracts.exceptions import AffectedLine, ConcernedOrder, ExceptionClosed
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append
from shared.problems import NotFound
from shared.timers import cancel_timers, set_timers

ACTION_DUE = "exception_action_due"
"""Timer on an action: the end of its day."""

_ORDER = """
SELECT o.id, o.number, o.customer_id, CASE o.source WHEN 'api' THEN o.ordered_on END AS placed,
    ARRAY(SELECT ROW(l.line, l.quantity) FROM order_line l WHERE l.order_id = o.id) AS lines
FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
WHERE o.number = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2))
"""
_SHIPMENT = """
SELECT o.id, o.number, o.customer_id, CASE o.source WHEN 'api' THEN o.ordered_on END AS placed,
    $2::text[] IS NULL OR k.owner = ANY($2) AS seen,
    ARRAY(SELECT ROW(l.line, l.quantity) FROM order_line l WHERE l.order_id = o.id AND l.shipment = $1) AS lines
FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
WHERE o.status <> 'cancelled' AND o.id IN (SELECT m.order_id FROM milestone m WHERE m.shipment = $1) ORDER BY o.number
"""
# What is affected stays so when it travels otherwise.
_CONCERNED = """
SELECT o.id, o.number, o.customer_id, CASE o.source WHEN 'api' THEN o.ordered_on END AS placed,
    ARRAY(SELECT ROW(l.line, l.quantity) FROM order_line l WHERE l.order_id = o.id AND ($2::text IS NULL OR l.shipment = $2 OR EXISTS (
        SELECT FROM exception_line a WHERE a.exception_id = t.exception_id AND a.order_number = o.number AND a.line = l.line))) AS lines
FROM exception_order t JOIN customer_order o ON o.id = t.order_id WHERE t.exception_id = $1 ORDER BY o.number
"""
_LOCK = """
SELECT e.id, e.order_id, e.shipment_id, e.shipment, e.kind, e.severity, e.description, e.detected_on, e.amount, e.currency, e.delay_id,
    e.status, e.opened_by, e.opened_at, e.closed_by, e.closed_at, e.resolution, e.version
FROM order_exception e WHERE e.id = $1 FOR UPDATE
"""
# Read under the lock: what a command that held it before has written is seen.
_PARTS = """
SELECT ARRAY(SELECT ROW(o.id, o.number, o.customer_id) FROM exception_order t JOIN customer_order o ON o.id = t.order_id
             WHERE t.exception_id = $1 ORDER BY o.number) AS orders,
    ARRAY(SELECT ROW(c.code, c.party, c.days, c.evidence) FROM exception_cause c WHERE c.exception_id = $1 ORDER BY c.position) AS causes,
    ARRAY(SELECT ROW(l.order_number, l.line, l.quantity) FROM exception_line l WHERE l.exception_id = $1 ORDER BY l.position) AS affected,
    ARRAY(SELECT ROW(a.id, a.kind, a.text, a.owner, a.due_on, a.status, a.overdue, a.done_by, a.result, a.judged_by, a.judgement,
            a.on_behalf_of)
          FROM exception_action a WHERE a.exception_id = $1 ORDER BY a.position) AS actions
"""
_SAVE = """
WITH saved AS (
    INSERT INTO order_exception (id, order_id, shipment_id, shipment, kind, severity, description, detected_on, amount, currency, delay_id,
        status, opened_by, opened_at, closed_by, closed_at, resolution, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
    ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, description = excluded.description, amount = excluded.amount,
        currency = excluded.currency, delay_id = excluded.delay_id, status = excluded.status, closed_by = excluded.closed_by,
        closed_at = excluded.closed_at, resolution = excluded.resolution, version = excluded.version
), concerned AS (
    INSERT INTO exception_order (exception_id, order_id) SELECT $1, n.order_id FROM unnest($19::uuid[]) AS n (order_id)
    ON CONFLICT DO NOTHING
), causes AS (
    INSERT INTO exception_cause (exception_id, position, code, party, days, evidence)
    SELECT $1, n.nth, n.code, n.party, n.days, n.evidence
    FROM unnest($20::text[], $21::text[], $22::integer[], $23::text[]) WITH ORDINALITY AS n (code, party, days, evidence, nth)
), affected AS (
    INSERT INTO exception_line (exception_id, position, order_number, line, quantity)
    SELECT $1, n.nth, n.order_number, n.line, n.quantity
    FROM unnest($24::text[], $25::text[], $26::numeric[]) WITH ORDINALITY AS n (order_number, line, quantity, nth)
)
INSERT INTO exception_action (id, exception_id, position, kind, text, owner, due_on, status, overdue, done_by, result, judged_by, judgement,
    on_behalf_of)
SELECT n.id, $1, n.nth, n.kind, n.text, n.owner, n.due_on, n.status, n.overdue, n.done_by, n.result, n.judged_by, n.judgement,
    n.on_behalf_of
FROM unnest($27::uuid[], $28::text[], $29::text[], $30::text[], $31::date[], $32::text[], $33::boolean[], $34::text[], $35::text[],
        $36::text[], $37::text[], $38::text[])
    WITH ORDINALITY AS n (id, kind, text, owner, due_on, status, overdue, done_by, result, judged_by, judgement, on_behalf_of, nth)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, text = excluded.text, owner = excluded.owner, due_on = excluded.due_on,
    status = excluded.status, overdue = excluded.overdue, done_by = excluded.done_by, result = excluded.result,
    judged_by = excluded.judged_by, judgement = excluded.judgement, on_behalf_of = excluded.on_behalf_of
"""
OVER = """
e.status = 'open' AND EXISTS (SELECT FROM stock_check c WHERE c.order_id = e.order_id AND c.exception_id = e.id) AND NOT EXISTS (
    SELECT FROM stock_check c JOIN order_line l ON l.order_id = c.order_id AND l.line = c.line
    WHERE c.order_id = e.order_id AND c.exception_id = e.id AND l.cancelled IS NULL
        AND NOT EXISTS (SELECT FROM stock_check n WHERE n.order_id = c.order_id AND n.line = c.line AND n.position > c.position))
"""
"""Whether `e` is a shortage that is open and of which nothing is short any more. A line carries it on until a newer check of it has found
enough, or it is cancelled or part of another line again.
"""
_OVER = f"SELECT e.id FROM order_exception e WHERE e.id = ANY($1::uuid[]) AND {OVER} ORDER BY e.id"
_AT_WORK = "SELECT EXISTS (SELECT FROM known_staff WHERE login = $1 AND active)"
_OF_ACTIONS = "SELECT exception_id, id FROM exception_action WHERE id = ANY($1::uuid[]) ORDER BY exception_id, id"


async def order_place(tx: Tx, number: str, owners: list[str] | None) -> Place:
    """An order in sight of `owners`; NotFound otherwise."""
    row = await tx.fetchrow(_ORDER, number, owners)
    if row is None:
        raise NotFound(no_order(number))
    return _place([row], order_id=row["id"])


async def shipment_place(tx: Tx, shipment_id: UUID, number: str, owners: list[str] | None) -> tuple[Place, int]:
    """A shipment with all its orders, and how many of them are not in sight of `owners`."""
    rows = await tx.fetch(_SHIPMENT, number, owners)
    return _place(rows, shipment_id=shipment_id, shipment=number), sum(not row["seen"] for row in rows)


async def place_of(tx: Tx, known: OrderException) -> Place:
    """Where a known exception stands, with the quantities as they are now."""
    rows = await tx.fetch(_CONCERNED, known.exception_id, known.shipment)
    return _place(rows, order_id=known.order_id, shipment_id=known.shipment_id, shipment=known.shipment)


async def at_work(tx: Tx, login: str) -> bool:
    """Whether `login` is active staff."""
    return bool(await tx.fetchval(_AT_WORK, login))


async def of_actions(tx: Tx, actions: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Those actions, each behind the exception it belongs to, by exception; it never moves to another."""
    return [(row["exception_id"], row["id"]) for row in await tx.fetch(_OF_ACTIONS, list(actions))]


async def lock(tx: Tx, exception_id: UUID) -> OrderException:
    """The exception under its lock; NotFound when there is none."""
    row = await tx.fetchrow(_LOCK, exception_id)
    parts = await tx.fetchrow(_PARTS, exception_id) if row is not None else None
    if row is None or parts is None:
        raise NotFound(NO_EXCEPTION)
    same = ("order_id", "shipment_id", "shipment", "kind", "severity", "description", "detected_on", "delay_id", "status")
    entered = ("opened_by", "opened_at", "closed_by", "closed_at", "resolution", "version")
    return OrderException(
        exception_id=row["id"],
        **{name: row[name] for name in (*same, *entered)},
        amount=money(row["amount"], row["currency"]),
        orders=tuple(ConcernedOrder(order_id=id, number=number, customer_id=customer) for id, number, customer in parts["orders"]),
        causes=causes_read(parts["causes"]),
        affected=tuple(AffectedLine(order=order, line=line, quantity=quantity) for order, line, quantity in parts["affected"]),
        actions=tuple(Action(*action) for action in parts["actions"]),
    )


async def save(tx: Tx, stamp: Stamp, now: OrderException, event: Event) -> None:
    """Write the whole exception, of which one that was there is locked, and tell it. Its open actions have a timer while it is open."""
    await _write(tx, now)
    await append(tx, stamp, [Facts(now.exception_id, now.version - 1, [event])])
    waits = [action for action in now.actions if now.status == "open" and action.status == "open" and not action.overdue]
    due = {action.action_id: start_of(action.due_on + timedelta(days=1)) for action in waits}
    await set_timers(tx, ACTION_DUE, due)
    await cancel_timers(tx, ACTION_DUE, [action.action_id for action in now.actions if action.action_id not in due])


async def over(tx: Tx, shortages: Collection[UUID]) -> list[UUID]:
    """Those of which nothing is short any more."""
    return [row["id"] for row in await tx.fetch(_OVER, list(shortages))]


async def end_shortage(tx: Tx, stamp: Stamp, exception_id: UUID, why: str, day: date | None = None) -> None:
    """Nothing of it is short any more: it proved to be none, or is over by what was found on a later `day`. What was none falls away; what
    is over is closed where nothing is left to do about it.
    """
    known = await lock(tx, exception_id)
    end = close if day is not None and day > known.detected_on else fall_away
    try:
        closed = end(known, why, stamp.actor, stamp.time)
    except (ExceptionOver, StillOpen):
        return
    await save(tx, stamp, closed, ExceptionClosed(exception=closed.told()))


async def _write(tx: Tx, now: OrderException) -> None:
    if now.version > 1:
        await tx.execute("DELETE FROM exception_cause WHERE exception_id = $1", now.exception_id)
        await tx.execute("DELETE FROM exception_line WHERE exception_id = $1", now.exception_id)
    amount = (now.amount.amount, now.amount.currency) if now.amount else (None, None)
    about = [now.exception_id, now.order_id, now.shipment_id, now.shipment, now.kind, now.severity, now.description, now.detected_on]
    standing = [now.delay_id, now.status, now.opened_by, now.opened_at, now.closed_by, now.closed_at, now.resolution, now.version]
    await tx.execute(
        _SAVE,
        *about,
        *amount,
        *standing,
        [order.order_id for order in now.orders],
        *columns([(cause.code, cause.party, cause.days, cause.evidence) for cause in now.causes], 4),
        *columns([(line.order, line.line, line.quantity) for line in now.affected], 3),
        *columns([_action_row(action) for action in now.actions], 12),
    )


def money(amount: Any, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount=amount, currency=currency)


def _action_row(action: Action) -> tuple[Any, ...]:
    return tuple(getattr(action, name) for name in Action.__dataclass_fields__)


def _place(
    rows: list[asyncpg.Record], *, order_id: UUID | None = None, shipment_id: UUID | None = None, shipment: str | None = None
) -> Place:
    return Place(
        order_id,
        shipment_id,
        shipment,
        tuple(ConcernedOrder(order_id=row["id"], number=row["number"], customer_id=row["customer_id"]) for row in rows),
        {(row["number"], line): quantity for row in rows for line, quantity in row["lines"]},
        {row["number"]: row["placed"] for row in rows},
    )
