"""Orders on their way into the database, with the dates that count as told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifications.dates.domain import Line, Node, Order
from services.notifications.dates.store import many
from shared.database.pool import Tx

_ADD_ORDERS = """
INSERT INTO told_order (id, number, customer_id, customer_po, delivery_point)
SELECT id, number, customer_id, customer_po, delivery_point
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[]) AS o (id, number, customer_id, customer_po, delivery_point)
"""
_ADD_LINES = """
INSERT INTO told_line (order_id, line, item, quantity, uom, shipment, promised, expected, due, delivered, told, told_source, told_at)
SELECT order_id, line, item, quantity, uom, shipment, promised, expected, due, delivered, promised, source, at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::numeric[], $5::text[], $6::text[], $7::date[], $8::date[], $9::date[], $10::date[],
            $11::text[], $12::timestamptz[])
    AS l (order_id, line, item, quantity, uom, shipment, promised, expected, due, delivered, source, at)
"""
_ADD_NODES = """
INSERT INTO told_node (order_id, shipment, milestone, expected, actual, told, told_estimate, told_source, told_at)
SELECT order_id, shipment, milestone, expected, actual, told, estimate, source, at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::date[], $6::date[], $7::int[], $8::text[], $9::timestamptz[])
    AS n (order_id, shipment, milestone, expected, actual, told, estimate, source, at)
ON CONFLICT ON CONSTRAINT told_node_one DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """An order, or lines it gained, as they came. `order` is None for lines of an order that is known."""

    order_id: UUID
    order: Order | None
    lines: Sequence[Line]
    nodes: Sequence[Node]
    source: str
    at: datetime


async def open_orders(tx: Tx, openings: Sequence[Opening]) -> None:
    """Save new orders, lines and nodes: their dates count as told."""
    await many(
        tx,
        _ADD_ORDERS,
        [(o.order.id, o.order.number, o.order.customer_id, o.order.customer_po, o.order.delivery_point) for o in openings if o.order],
    )
    await many(
        tx,
        _ADD_LINES,
        [
            (o.order_id, n.line, n.item, n.quantity, n.uom, n.shipment, n.promised, n.expected, n.due, n.delivered, o.source, o.at)
            for o in openings
            for n in o.lines
        ],
    )
    await many(
        tx,
        _ADD_NODES,
        [
            (o.order_id, n.shipment, n.milestone, n.expected, n.actual, n.told.date, n.told.estimate, o.source, o.at)
            for o in openings
            for n in o.nodes
        ],
    )
