"""Plans of orders in the database, loaded under their locks; what is written of them is in `inserts.py`.

Locks are taken in one order everywhere: shipments by id, then orders by id. A plan has the dates that were told last; those that a
command makes depend on `today`, which is None where it makes none.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.calendars import store as calendars_store
from services.orders.planning import words
from services.orders.planning.model import Line, Node, OpenDelay, Plan, Stated
from services.orders.planning.obstacles import Detained, Failed
from services.orders.templates import store as templates_store
from services.orders.templates.domain import Network
from shared.calendars import WorkCalendar
from shared.contracts.shipments import Transport
from shared.database.pool import Tx
from shared.problems import NotFound

TRANSPORT = """mode, carrier, vessel, vessel_imo, voyage, booking, transport_document, containers, port_of_loading, port_of_discharge,
    transhipment_ports"""
"""The columns that say how a shipment travels, in the order of the contract."""
# A statement that waited for the lock sees the order's row as it is now, but lines and nodes as they were when it began.
# `seen` is the version those belong to: where it is another one, the statement is run again, now under the lock.
_LOAD = f"""
SELECT o.id, o.number, o.customer_id, o.delivery_point, o.status, o.version, k.owner,
    (SELECT s.version FROM customer_order s WHERE s.id = o.id) AS seen, o.source, o.ordered_on,
    ARRAY(SELECT ROW(l.line, l.shipment, l.promised, l.estimated, l.delivered, l.promise_revision, l.estimate_revision, l.part_of,
                     l.shown_by)
          FROM order_line l WHERE l.order_id = o.id AND coalesce(l.cancelled, 'order') = 'order' ORDER BY l.line) AS lines,
    (SELECT r.id FROM template_revision r WHERE r.code = o.template AND r.revision = o.template_revision) AS planned_with,
    ARRAY(SELECT ROW(m.shipment, m.code, m.position, m.department, m.visible, m.calendar, m.planned, m.estimated, m.actual, m.revision,
                     m.due, m.followed, m.stated, m.stated_allowed, m.stated_source, m.stated_at, m.stated_happened,
                     CASE WHEN m.typed IS NOT NULL THEN ROW(m.typed, m.typed_allowed, m.typed_source, m.typed_at) END,
                     m.typed_at, m.unsaid_at)
          FROM milestone m WHERE m.order_id = o.id ORDER BY m.position, m.shipment NULLS FIRST) AS nodes,
    ARRAY(SELECT ROW(t.delay_id, t.shipment, t.milestone, coalesce(t.new_date, d.new_date), t.ordinal, d.order_id IS NULL,
                     d.disruption_id, coalesce(x.kind IN ('vessel', 'shipment'), false))
          FROM delay_order t JOIN delay d ON d.id = t.delay_id LEFT JOIN disruption x ON x.id = d.disruption_id
          WHERE t.order_id = o.id AND t.open ORDER BY t.ordinal) AS delays,
    (SELECT count(*) FROM delay_order t JOIN delay d ON d.id = t.delay_id WHERE t.order_id = o.id AND d.status <> 'retracted') AS earlier,
    ARRAY(SELECT ROW(s.number, {TRANSPORT})
          FROM shipment s WHERE s.number IN (SELECT m.shipment FROM milestone m WHERE m.order_id = o.id)) AS transports,
    ARRAY(SELECT ROW(i.id, i.type, i.milestone, i.lines) FROM inspection i
          WHERE i.order_id = o.id AND i.state = 'failed' AND NOT i.repeated ORDER BY i.id) AS failed,
    ARRAY(SELECT ROW(e.id, e.number, array_agg(c.line)) FROM customs_line c JOIN customs_entry e ON e.id = c.entry_id
          WHERE c.order_id = o.id AND e.state = 'held' GROUP BY e.id) AS detained
FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
"""
_BY_NUMBER = f"{_LOAD} WHERE o.number = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2))"
_BY_NUMBERS = f"{_LOAD} WHERE o.number = ANY($1::text[]) AND ($2::text[] IS NULL OR k.owner = ANY($2)) ORDER BY o.id"
_BY_SHIPMENTS = f"""{_LOAD} WHERE o.status <> 'cancelled' AND o.id IN (
    SELECT m.order_id FROM milestone m WHERE m.shipment = ANY($1::text[])) ORDER BY o.id"""
# Of those out of sight, one that has left the delay counts no more: its goods travel otherwise, or it is cancelled.
_BY_DELAY = f"""{_LOAD} WHERE o.id IN (SELECT t.order_id FROM delay_order t WHERE t.delay_id = $1)
    AND ($2::text[] IS NULL OR k.owner = ANY($2) OR EXISTS (
        SELECT FROM delay_order t
        WHERE t.delay_id = $1 AND t.order_id = o.id AND (t.open OR (o.status <> 'cancelled' AND EXISTS (
            SELECT FROM milestone m WHERE m.order_id = o.id AND m.shipment IS NOT DISTINCT FROM t.shipment AND m.code = t.milestone)))))
ORDER BY o.id"""
_BY_ID = f"{_LOAD} WHERE o.id = ANY($1::uuid[]) ORDER BY o.id"
_COUNTING = f"""{_LOAD} WHERE o.id IN (
    SELECT DISTINCT m.order_id FROM milestone m JOIN customer_order w ON w.id = m.order_id
    WHERE m.calendar = $1 AND ($2::uuid IS NULL OR m.order_id > $2) AND m.actual IS NULL
        AND (w.status = 'open' OR (w.status = 'completed' AND m.followed AND NOT m.passed))
    ORDER BY m.order_id LIMIT $3)
ORDER BY o.id"""
_LOCK = " FOR NO KEY UPDATE OF o"
_OWNED = f"{_LOAD} WHERE o.number = ANY($1::text[]) ORDER BY o.id{_LOCK}"


async def lock_order(tx: Tx, number: str, owners: list[str] | None, today: date | None) -> Plan:
    """The plan of an order that is not cancelled, under its lock; NotFound also where it is not in sight of `owners`."""
    return (await _found(tx, await _locked(tx, _BY_NUMBER + _LOCK, number, owners), number, today)).standing()


async def read_order(tx: Tx, number: str, owners: list[str] | None, today: date) -> Plan:
    """The order's plan without a lock, as of one moment; NotFound also where it is not in sight of `owners`."""
    return await _found(tx, await tx.fetch(_BY_NUMBER, number, owners), number, today)


async def read_plans(tx: Tx, orders: Collection[UUID], today: date | None) -> list[Plan]:
    """The plans of those orders by id, without locks, as of one moment."""
    return await _plans(tx, await tx.fetch(_BY_ID, list(orders)), today)


async def lock_orders(tx: Tx, numbers: Sequence[str], owners: list[str] | None, today: date) -> dict[str, Plan]:
    """The plans of those orders that there are, by number."""
    return {plan.number: plan for plan in await _plans(tx, await _locked(tx, _BY_NUMBERS + _LOCK, list(numbers), owners), today)}


async def lock_owned_orders(tx: Tx, numbers: Sequence[str], today: date, *, wait: bool) -> dict[str, tuple[Plan, str]]:
    """The plans and the owners of those orders that there are, by number; without `wait` those that somebody else holds are left out."""
    rows = await _locked(tx, _OWNED if wait else f"{_OWNED} SKIP LOCKED", list(numbers))
    return {plan.number: (plan, row["owner"]) for plan, row in zip(await _plans(tx, rows, today), rows, strict=True)}


async def lock_shipment_orders(tx: Tx, shipment: str, owners: list[str] | None, today: date) -> tuple[list[Plan], int]:
    """The plans of all orders in a shipment whose lock is held, and how many of them are not in sight of `owners`."""
    return await _in_sight(tx, await _locked(tx, _BY_SHIPMENTS + _LOCK, [shipment]), owners, today)


async def lock_orders_of(tx: Tx, shipments: Sequence[str], today: date) -> list[Plan]:
    """The plans of all orders in shipments whose locks are held."""
    return await _plans(tx, await _locked(tx, _BY_SHIPMENTS + _LOCK, list(shipments)), today)


async def read_shipment_orders(tx: Tx, shipment: str, owners: list[str] | None, today: date) -> tuple[list[Plan], int]:
    """The same without locks."""
    return await _in_sight(tx, await tx.fetch(_BY_SHIPMENTS, [shipment]), owners, today)


async def read_shipment_orders_seen(tx: Tx, shipment: str, owners: list[str] | None, today: date) -> tuple[list[Plan], set[UUID]]:
    """The same, with those that are in sight."""
    rows = await tx.fetch(_BY_SHIPMENTS, [shipment])
    return await _plans(tx, rows, today), {row["id"] for row in rows if owners is None or row["owner"] in owners}


async def lock_delayed_orders(tx: Tx, delay_id: UUID, owners: list[str] | None, today: date) -> tuple[list[Plan], int]:
    """The plans of all orders that a delay holds, or has made late, and how many of them are not in sight of `owners`; with those in
    sight that have left it.
    """
    return await _in_sight(tx, await _locked(tx, _BY_DELAY + _LOCK, delay_id, owners), owners, today)


async def read_delayed_orders(tx: Tx, delay_id: UUID, owners: list[str] | None, today: date) -> tuple[list[Plan], int]:
    """The same without locks."""
    return await _in_sight(tx, await tx.fetch(_BY_DELAY, delay_id, owners), owners, today)


async def lock_by_id(tx: Tx, orders: Collection[UUID], today: date) -> dict[UUID, Plan]:
    """The plans of orders under their locks, by their ids."""
    return {plan.order_id: plan for plan in await _plans(tx, await _locked(tx, _BY_ID + _LOCK, list(orders)), today)}


async def read_by_id(tx: Tx, orders: Collection[UUID], today: date | None) -> dict[UUID, Plan]:
    """The same without locks."""
    return {plan.order_id: plan for plan in await read_plans(tx, orders, today)}


async def lock_counting(tx: Tx, calendar: str, after: UUID | None, limit: int, today: date) -> list[Plan]:
    """The plans of orders behind `after` with something to come that counts in a calendar, by id, under their locks."""
    return await _plans(tx, await _locked(tx, _COUNTING + _LOCK, calendar, after, limit), today)


async def read_counting(tx: Tx, calendar: str, after: UUID | None, limit: int, today: date) -> list[Plan]:
    """The same without locks."""
    return await _plans(tx, await tx.fetch(_COUNTING, calendar, after, limit), today)


async def _in_sight(tx: Tx, rows: Sequence[asyncpg.Record], owners: list[str] | None, today: date) -> tuple[list[Plan], int]:
    """The plans, and how many of them are not in sight."""
    return await _plans(tx, rows, today), 0 if owners is None else sum(row["owner"] not in owners for row in rows)


async def _locked(tx: Tx, statement: str, *arguments: Any) -> list[asyncpg.Record]:
    rows = await tx.fetch(statement, *arguments)
    return rows if all(row["version"] == row["seen"] for row in rows) else await tx.fetch(statement, *arguments)


async def _found(tx: Tx, rows: Sequence[asyncpg.Record], number: str, today: date | None) -> Plan:
    if not rows:
        raise NotFound(words.no_order(number))
    return (await _plans(tx, rows, today))[0]


async def _plans(tx: Tx, rows: Sequence[asyncpg.Record], today: date | None) -> list[Plan]:
    """The calendars are read last, when the orders are locked: one that changes now finds these orders when it looks for them."""
    networks = await templates_store.compiled(tx, {row["planned_with"] for row in rows})
    nodes = {row["id"]: tuple(_node(*node) for node in row["nodes"]) for row in rows}
    days = await calendars_store.days(tx, {node.calendar for own in nodes.values() for node in own})
    return [_plan(row, nodes[row["id"]], networks[row["planned_with"]], days, today) for row in rows]


def _node(*columns: Any) -> Node:
    *known, day, allowed, source, at, happened, typed, typed_at, unsaid_at = columns
    words = (Stated(day, allowed, source, at, happened) if day else None, Stated(*typed) if typed else None, typed_at)
    return Node(*(*known, *words, None, unsaid_at))


def _plan(row: asyncpg.Record, nodes: tuple[Node, ...], network: Network, days: Mapping[str, WorkCalendar], today: date | None) -> Plan:
    return Plan(
        order_id=row["id"],
        number=row["number"],
        customer_id=row["customer_id"],
        delivery_point=row["delivery_point"],
        status=row["status"],
        version=row["version"],
        lines=tuple(Line(*line) for line in row["lines"]),
        nodes=nodes,
        network=network,
        calendars=days,
        delays=tuple(OpenDelay(*delay) for delay in row["delays"]),
        earlier_delays=row["earlier"],
        transports={number: transport(*how) for number, *how in row["transports"]},
        failed=tuple(Failed(inspection_id, of, milestone, tuple(lines)) for inspection_id, of, milestone, lines in row["failed"]),
        detained=tuple(Detained(entry_id, number, tuple(lines)) for entry_id, number, lines in row["detained"]),
        ordered_on=row["ordered_on"] if row["source"] == "api" else None,
        taken_over=row["source"] == "import",
        today=None if row["status"] == "cancelled" else today,
    )


def transport(*columns: Any) -> Transport:
    """A shipment's columns, in the order of the contract, as the events tell them."""
    return Transport(**dict(zip(Transport.model_fields, columns, strict=True)))
