"""Delays whose milestone is behind orders, or before them again: ended and brought back, of many orders in one statement."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import asyncpg

from services.orders.delays.store import COUNT, NEWS_DUE, of_what, start_of
from services.orders.planning.inserts import columns
from services.orders.planning.model import OpenDelay, Plan
from services.orders.promises import store as promises
from shared.contracts.corrections import DelayReopened
from shared.contracts.event import Event
from shared.contracts.holding import DelayFreed, DelayJoined
from shared.contracts.orders import DelayClosed, TouchedOrder
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp
from shared.timers import cancel_timers, set_timers

# An order that has left the milestone behind is held no more; a delay is over when none of its orders is.
_CLOSE = """
WITH behind AS (
    UPDATE delay_order t SET open = false, freed_on = $3 FROM unnest($1::uuid[], $2::uuid[]) AS n (delay_id, order_id)
    WHERE t.delay_id = n.delay_id AND t.order_id = n.order_id AND t.open RETURNING t.delay_id, t.order_id
), over AS (
    UPDATE delay d SET status = 'closed', version = d.version + 1
    WHERE d.id IN (SELECT b.delay_id FROM behind b) AND d.status = 'open' AND NOT EXISTS (
        SELECT FROM delay_order t WHERE t.delay_id = d.id AND t.open
            AND NOT EXISTS (SELECT FROM behind b WHERE b.delay_id = t.delay_id AND b.order_id = t.order_id))
    RETURNING d.id
)
SELECT d.id, d.order_id, d.shipment_id, d.disruption_id, d.id IN (SELECT id FROM over) AS over,
    ARRAY(SELECT b.order_id FROM behind b WHERE b.delay_id = d.id ORDER BY b.order_id) AS orders
FROM delay d WHERE d.id IN (SELECT b.delay_id FROM behind b) ORDER BY d.shipment_id, d.disruption_id, d.id
"""
_REOPEN = """
WITH held AS (
    UPDATE delay_order t SET open = true, freed_on = NULL FROM unnest($1::uuid[], $2::uuid[]) AS n (delay_id, order_id)
    WHERE t.delay_id = n.delay_id AND t.order_id = n.order_id AND NOT t.open
    RETURNING t.delay_id, t.order_id, t.before, t.after
), opened AS (
    UPDATE delay d SET status = 'open', version = d.version + 1 WHERE d.id IN (SELECT h.delay_id FROM held h) AND d.status = 'closed'
    RETURNING d.id
)
SELECT d.id, d.order_id, d.shipment_id, d.disruption_id, d.next_news_on, d.id IN (SELECT id FROM opened) AS opened,
    ARRAY(SELECT ROW(o.id, o.number, o.customer_id, h.before, h.after) FROM held h JOIN customer_order o ON o.id = h.order_id
          WHERE h.delay_id = d.id ORDER BY o.id) AS orders
FROM delay d WHERE d.id IN (SELECT h.delay_id FROM held h) ORDER BY d.shipment_id, d.disruption_id, d.id
"""
_OF = "SELECT id, order_id, shipment_id, disruption_id FROM delay WHERE id = ANY($1::uuid[]) ORDER BY shipment_id, disruption_id, id"
# One of a shipment or a vessel that the leg has left holds it no more, and of those of a disruption the last that held it does.
_OVER = """
SELECT order_id, delay_id, shipment, milestone, new_date, ordinal, shared, disruption_id FROM (
    SELECT DISTINCT ON (t.order_id, t.shipment, t.milestone, coalesce(d.disruption_id, d.id)) t.order_id, t.delay_id, t.shipment,
        t.milestone, coalesce(t.new_date, d.new_date) AS new_date, t.ordinal, d.order_id IS NULL AS shared, d.disruption_id
    FROM delay_order t JOIN delay d ON d.id = t.delay_id
    WHERE t.order_id = ANY($1::uuid[]) AND NOT t.open AND d.status <> 'retracted' AND (d.shipment_id IS NULL OR d.shipment = t.shipment)
        AND NOT EXISTS (SELECT FROM disruption x JOIN shipment s ON s.number = t.shipment
            WHERE x.id = d.disruption_id AND x.kind = 'vessel'
                AND (upper(x.name), upper(x.voyage)) IS DISTINCT FROM (upper(s.vessel), upper(s.voyage)))
    ORDER BY t.order_id, t.shipment, t.milestone, coalesce(d.disruption_id, d.id), t.ordinal DESC
) AS held ORDER BY ordinal
"""


async def close_finished(tx: Tx, behind: Sequence[tuple[UUID, UUID]], day: date) -> list[Facts]:
    """Free those orders of those delays, given as (delay, order), and close the delays that hold no other.

    The facts of the shipments and disruptions whose delays these are are the caller's to append; the orders' own are told with the orders.
    """
    if not behind:
        return []
    freed = await tx.fetch(_CLOSE, *columns(behind, 2), day)
    await cancel_timers(tx, NEWS_DUE, [row["id"] for row in freed if row["over"]])
    return await _shared(tx, freed, lambda row: _freed(row, day))


async def end(tx: Tx, stamp: Stamp, over: Iterable[tuple[UUID, Plan]], day: date) -> list[Facts]:
    """As `close_finished`, of orders as they are now, with what was promised with those delays and is needed no more."""
    behind = {(delay_id, plan.order_id): plan for delay_id, plan in over}
    if behind:
        await promises.end_with_delays(tx, stamp, [(delay_id, plan) for (delay_id, _), plan in sorted(behind.items(), key=itemgetter(0))])
    return await close_finished(tx, sorted(behind), day)


async def over(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[OpenDelay]]:
    """The delays of those orders whose milestones are behind them, as they held them; those without one are missing."""
    found: dict[UUID, list[OpenDelay]] = {}
    for row in await tx.fetch(_OVER, list(orders)):
        order_id, *held = row.values()
        found.setdefault(order_id, []).append(OpenDelay(*held))
    return found


async def reopen(tx: Tx, back: Sequence[tuple[UUID, UUID]]) -> list[Facts]:
    """Let those delays hold those orders again, given as (delay, order), and open again those of them that were closed.

    The facts of the shipments and disruptions are the caller's to append; the orders' own are told with the orders.
    """
    if not back:
        return []
    held = await tx.fetch(_REOPEN, *columns(back, 2))
    again = [row for row in held if row["opened"] and row["next_news_on"] is not None]
    await set_timers(tx, NEWS_DUE, {row["id"]: start_of(row["next_news_on"]) for row in again})
    return await _shared(tx, held, _held_again)


async def joined(tx: Tx, held: Collection[tuple[UUID, TouchedOrder]]) -> list[Facts]:
    """What is told of delays of locked shipments that hold those orders from now on; it is the caller's to append."""
    if not held:
        return []
    orders = {delay_id: [order for of, order in held if of == delay_id] for delay_id, _ in held}
    rows = await tx.fetch(_OF, list(orders))
    return await _shared(tx, rows, lambda row: [DelayJoined(delay_id=row["id"], orders=tuple(orders[row["id"]]))])


def _freed(row: asyncpg.Record, day: date) -> list[Event]:
    freed = DelayFreed(delay_id=row["id"], orders=tuple(row["orders"]), freed_on=day)
    return [freed, DelayClosed(delay_id=row["id"], closed_on=day)] if row["over"] else [freed]


def _held_again(row: asyncpg.Record) -> list[Event]:
    orders = tuple(TouchedOrder(**dict(zip(TouchedOrder.model_fields, order, strict=True))) for order in row["orders"])
    again = DelayJoined(delay_id=row["id"], orders=orders)
    return [DelayReopened(delay_id=row["id"]), again] if row["opened"] else [again]


async def _shared(tx: Tx, delays: Sequence[asyncpg.Record], told: Callable[[asyncpg.Record], Sequence[Event]]) -> list[Facts]:
    """What is told of the shipments and disruptions of those delays, which come sorted by them."""
    facts = []
    shared = [(of_what(None, row["shipment_id"], row["disruption_id"]), row) for row in delays if row["order_id"] is None]
    for (kind, aggregate), own in groupby(shared, itemgetter(0)):
        events = [event for _, row in own for event in told(row)]
        version = await tx.fetchval(COUNT[kind], aggregate, len(events))
        facts.append(Facts(aggregate, version - len(events), events))
    return facts
