"""SQL of orders and of the dates told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.notifications.dates.domain import Line, Move, Node, Order, kept_due
from services.notifications.dates.model import Day, Told
from shared.contracts.cancellations import LinesCancelled, OrderCancelled
from shared.contracts.corrections import MilestoneCorrected
from shared.contracts.orders import DelayFacts, DelayRetracted, MilestoneAchieved, PlanReestimated, PromiseChanged, PromisedLine
from shared.database.pool import Tx

_MOVE = """
WITH lines AS (
    UPDATE told_line AS l SET expected = m.expected, promised = m.promised, due = m.due
    FROM unnest($1::uuid[], $2::text[], $3::date[], $4::date[], $5::date[]) AS m (order_id, line, expected, promised, due)
    WHERE l.order_id = m.order_id AND l.line = m.line
)
UPDATE told_node AS n SET expected = m.expected
FROM unnest($6::uuid[], $7::text[], $8::text[], $9::date[]) AS m (order_id, shipment, milestone, expected)
WHERE n.order_id = m.order_id AND n.shipment IS NOT DISTINCT FROM m.shipment AND n.milestone = m.milestone
"""
_PROMISE = """
UPDATE told_line AS l SET promised = m.promised, promise_revision = m.revision
FROM unnest($1::uuid[], $2::text[], $3::date[], $4::int[]) AS m (order_id, line, promised, revision)
WHERE l.order_id = m.order_id AND l.line = m.line
"""
_ACHIEVE = """
UPDATE told_node AS n SET actual = m.actual
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[]) AS m (order_id, shipment, milestone, actual)
WHERE n.order_id = m.order_id AND n.shipment IS NOT DISTINCT FROM m.shipment AND n.milestone = m.milestone
"""
_DELIVER = """
UPDATE told_line AS l SET delivered = m.delivered
FROM unnest($1::uuid[], $2::text[], $3::date[]) AS m (order_id, line, delivered)
WHERE l.order_id = m.order_id AND l.line = m.line
"""
_CORRECT = """
WITH lines AS (
    UPDATE told_line AS l SET delivered = m.delivered, expected = m.expected, due = NULL
    FROM unnest($1::uuid[], $2::text[], $3::date[], $4::date[]) AS m (order_id, line, delivered, expected)
    WHERE l.order_id = m.order_id AND l.line = m.line
)
UPDATE told_node AS n SET actual = m.actual, expected = m.expected
FROM unnest($5::uuid[], $6::text[], $7::text[], $8::date[], $9::date[]) AS m (order_id, shipment, milestone, actual, expected)
WHERE n.order_id = m.order_id AND n.shipment IS NOT DISTINCT FROM m.shipment AND n.milestone = m.milestone
"""
# What he does not see any more is forgotten, and begins anew if he ever does.
_REPLAN = """
DELETE FROM told_node AS n WHERE n.order_id = $1 AND NOT EXISTS (
    SELECT FROM unnest($2::text[], $3::text[]) AS s (shipment, milestone)
    WHERE s.shipment IS NOT DISTINCT FROM n.shipment AND s.milestone = n.milestone)
"""
_CANCEL = "UPDATE told_line SET cancelled = true WHERE order_id = $1 AND line = ANY($2::text[])"
_ORDERS = "SELECT id, number, customer_id, customer_po, delivery_point FROM told_order WHERE id = ANY($1::uuid[]) ORDER BY id"
_LOCK = f"{_ORDERS} FOR NO KEY UPDATE"
_LINES = """
SELECT order_id, line, item, quantity, uom, shipment, promised, promise_revision, expected, due, delivered, told, told_estimate, told_by,
    told_at, told_before
FROM told_line WHERE order_id = ANY($1::uuid[]) AND NOT cancelled ORDER BY order_id, line
"""
_NODES = """
SELECT order_id, shipment, milestone, line, expected, actual, told, told_estimate, told_by, told_at, told_before
FROM told_node WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, told, milestone, line NULLS FIRST
"""
_DAYS = "jsonb_build_object('told', t.told, 'by', t.told_by, 'source', t.told_source, 'at', t.told_at) || t.told_before"
# `estimate` is null where a promise was weighed, the others where the date was not told.
_WEIGHED = f"""
    told_estimate = greatest(t.told_estimate, m.estimate), told = coalesce(m.told, t.told), told_by = coalesce(m.decision, t.told_by),
    told_at = coalesce(m.at, t.told_at), told_source = CASE WHEN m.told IS NULL THEN t.told_source ELSE 'notice' END,
    told_before = CASE WHEN m.told IS NULL THEN t.told_before ELSE jsonb_path_query_array({_DAYS}, '$[0 to 9]') END
"""
_WEIGHED_LINES = f"""
UPDATE told_line AS t SET {_WEIGHED}
FROM unnest($1::uuid[], $2::text[], $3::int[], $4::date[], $5::uuid[], $6::timestamptz[])
    AS m (order_id, line, estimate, told, decision, at)
WHERE t.order_id = m.order_id AND t.line = m.line
"""
_WEIGHED_NODES = f"""
UPDATE told_node AS t SET {_WEIGHED}
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::date[], $7::uuid[], $8::timestamptz[])
    AS m (order_id, shipment, milestone, line, estimate, told, decision, at)
WHERE t.order_id = m.order_id AND t.shipment IS NOT DISTINCT FROM m.shipment AND t.milestone = m.milestone
  AND t.line IS NOT DISTINCT FROM m.line
"""
# Where goods of those orders are by now, and whatever was told since: the newest day stands that somebody has read or may, else the oldest.
_UNTELL_LINES = f"""
UPDATE told_line AS t SET (told, told_by, told_source, told_at, told_before) = (
    SELECT (s.days -> 0 ->> 'told')::date, (s.days -> 0 ->> 'by')::uuid, s.days -> 0 ->> 'source',
        (s.days -> 0 ->> 'at')::timestamptz, s.days - 0
    FROM (
        SELECT jsonb_agg(d.day ORDER BY d.n) AS days FROM jsonb_array_elements({_DAYS}) WITH ORDINALITY AS d (day, n)
        WHERE (d.day ->> 'by')::uuid = ANY($1::uuid[]) IS NOT TRUE OR d.n > jsonb_array_length(t.told_before)
    ) AS s)
WHERE t.order_id IN (SELECT unnest(m.orders) FROM message AS m WHERE m.decision = ANY($1::uuid[]))
  AND EXISTS (SELECT FROM jsonb_array_elements({_DAYS}) AS d (day) WHERE (d.day ->> 'by')::uuid = ANY($1::uuid[]))
"""
_UNTELL_NODES = _UNTELL_LINES.replace("told_line", "told_node")
_KEEP_DELAYS = """
INSERT INTO delay (id, revision, customers, logged_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, customers = excluded.customers WHERE delay.revision < excluded.revision
"""
_RETRACT = """
WITH retracted AS (UPDATE delay SET retracted = true WHERE id = $1 RETURNING id, revision, customers)
INSERT INTO gathering (delay_id, delay_revision, because, customer_id, expected, decided_at)
SELECT d.id, d.revision, 'delay_retracted', c.id, 1, $3::timestamptz FROM retracted AS d CROSS JOIN unnest(d.customers) AS c (id)
WHERE c.id <> ALL($2::uuid[]) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A date that was weighed; `told_by` is the decision that told it, None when the customer was not told."""

    move: Move
    told_by: UUID | None


async def delivery_points(tx: Tx, orders: Iterable[UUID]) -> dict[UUID, str]:
    """By order; orders that are not known are missing."""
    found = await tx.fetch("SELECT id, delivery_point FROM told_order WHERE id = ANY($1::uuid[])", list(set(orders)))
    return {row["id"]: row["delivery_point"] for row in found}


async def move(tx: Tx, events: Sequence[PlanReestimated]) -> None:
    """Save new estimates and the promises given with them, oldest first."""
    lines: dict[tuple[UUID, str], tuple[date, date, date | None]] = {}
    nodes: dict[tuple[UUID, str | None, str], tuple[date]] = {}
    for event in events:
        lines.update({(event.order_id, one.line): (one.after, one.promised, kept_due(event, one)) for one in event.lines})
        nodes.update({(event.order_id, one.shipment, one.milestone): (one.after,) for one in event.nodes if one.visible})
    await tx.execute(_MOVE, *columns(5, lines), *columns(4, nodes))
    await _promise(tx, [(event.order_id, event.promises) for event in events])


async def promise(tx: Tx, events: Iterable[PromiseChanged]) -> None:
    """Save new promises, oldest first."""
    await _promise(tx, [(event.order_id, event.lines) for event in events])


async def _promise(tx: Tx, promises: Iterable[tuple[UUID, Sequence[PromisedLine]]]) -> None:
    lines = {(order, one.line): (one.after, one.revision) for order, promised in promises for one in promised}
    await many(tx, _PROMISE, [(*key, *values) for key, values in lines.items()])


async def replan(tx: Tx, order: UUID, seen: Sequence[Node]) -> None:
    """The milestones that the customer sees are these from now on; those that are new are the caller's to open."""
    await tx.execute(_REPLAN, order, [node.shipment for node in seen], [node.milestone for node in seen])


async def achieve(tx: Tx, events: Iterable[MilestoneAchieved]) -> None:
    """Save actual dates, oldest first. A milestone that other lines of its leg still have before them has none yet."""
    nodes: dict[Any, date] = {}
    lines: dict[Any, date] = {}
    for event in events:
        if event.complete:
            nodes[event.order_id, event.shipment, event.milestone] = event.actual
        lines.update({(event.order_id, one.line): one.delivered for one in event.lines})
    await many(tx, _ACHIEVE, [(*key, day) for key, day in nodes.items()])
    await many(tx, _DELIVER, [(*key, day) for key, day in lines.items()])


async def correct(tx: Tx, events: Sequence[MilestoneCorrected]) -> None:
    """Save actual dates as they were corrected, oldest first: a date that has not happened may be told again."""
    lines = {(event.order_id, one.line): (one.delivered, one.estimated) for event in events for one in event.lines}
    nodes = {(event.order_id, event.shipment, event.milestone): (event.actual, event.estimated) for event in events}
    await tx.execute(_CORRECT, *columns(4, lines), *columns(5, nodes))


async def cancel(tx: Tx, events: Iterable[LinesCancelled | OrderCancelled]) -> None:
    """Save what is not delivered any more: nobody is told of it again."""
    await tx.executemany(_CANCEL, [(event.order_id, list(event.lines)) for event in events])


async def lock(tx: Tx, orders: Collection[UUID]) -> dict[UUID, Order]:
    """The orders with their dates, locked in the order of their ids until the transaction ends."""
    return await _with_dates(tx, await tx.fetch(_LOCK, list(orders)))


async def read(tx: Tx, orders: Collection[UUID]) -> dict[UUID, Order]:
    """The same without locks; orders that are not known are missing."""
    return await _with_dates(tx, await tx.fetch(_ORDERS, list(orders)))


async def _with_dates(tx: Tx, heads: Sequence[Any]) -> dict[UUID, Order]:
    ids = [row["id"] for row in heads]
    lines: dict[UUID, list[Line]] = defaultdict(list)
    nodes: dict[UUID, list[Node]] = defaultdict(list)
    for row in await tx.fetch(_LINES, ids):
        lines[row["order_id"]].append(_line(row))
    for row in await tx.fetch(_NODES, ids):
        nodes[row["order_id"]].append(Node(row["shipment"], row["milestone"], row["expected"], row["actual"], _told(row), row["line"]))
    return {
        row["id"]: Order(
            id=row["id"],
            number=row["number"],
            customer_id=row["customer_id"],
            customer_po=row["customer_po"],
            delivery_point=row["delivery_point"],
            lines=tuple(lines[row["id"]]),
            nodes=tuple(nodes[row["id"]]),
        )
        for row in heads
    }


async def tell(tx: Tx, weighed: Sequence[Weighed], now: datetime) -> None:
    """Save the estimates that were weighed, and the dates that were told. Under the orders' locks; each date once."""
    lines = [(w.move.order_id, w.move.line, *_said(w, now)) for w in weighed if w.move.line is not None]
    nodes = [(w.move.order_id, w.move.shipment, w.move.milestone, w.move.apart, *_said(w, now)) for w in weighed if w.move.line is None]
    await many(tx, _WEIGHED_LINES, lines)
    await many(tx, _WEIGHED_NODES, nodes)


def _said(weighed: Weighed, now: datetime) -> tuple[int | None, date | None, UUID | None, datetime | None]:
    move, told_by = weighed.move, weighed.told_by
    told = (move.to, told_by, now) if told_by else (None, None, None)
    return move.revision if move.counter != "promise" else None, *told


async def untell(tx: Tx, decisions: Sequence[UUID]) -> None:
    """What was told by decisions whose messages reached nobody was not told: of each date what was told before, and by whom, is."""
    if decisions:
        await tx.execute(_UNTELL_LINES, decisions)
        await tx.execute(_UNTELL_NODES, decisions)


async def keep_delays(tx: Tx, delays: Sequence[tuple[DelayFacts, datetime]]) -> None:
    """Remember whom each delay touches, as its newest revision says, and when it was logged."""
    rows = [(one.delay_id, one.revision, sorted({order.customer_id for order in one.orders}), at) for one, at in delays]
    await tx.executemany(_KEEP_DELAYS, rows)


async def retract_delays(tx: Tx, delays: Iterable[DelayRetracted], now: datetime) -> None:
    """Remember that they are, and that nothing is decided of customers whose orders had left them before."""
    await tx.executemany(_RETRACT, [(one.delay_id, one.customers, now) for one in delays])


def _line(row: Any) -> Line:
    return Line(
        line=row["line"],
        item=row["item"],
        quantity=row["quantity"],
        uom=row["uom"],
        shipment=row["shipment"],
        promised=row["promised"],
        expected=row["expected"],
        delivered=row["delivered"],
        told=_told(row),
        promise_revision=row["promise_revision"],
        due=row["due"],
    )


def _told(row: Any) -> Told:
    before = (
        Day(date.fromisoformat(day["told"]), UUID(day["by"]) if day["by"] else None, datetime.fromisoformat(day["at"]))
        for day in row["told_before"]
    )
    return Told(row["told"], row["told_estimate"], row["told_by"], row["told_at"], tuple(before))


def columns(width: int, rows: Mapping[tuple[Any, ...], tuple[Any, ...]]) -> list[list[Any]]:
    """Keys and values as columns, empty ones where there are no rows."""
    return [list(column) for column in zip(*((*key, *values) for key, values in rows.items()), strict=True)] or [[] for _ in range(width)]


async def many(tx: Tx, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        await tx.execute(statement, *map(list, zip(*rows, strict=True)))
