"""Shipments in the database: made, changed, locked, and found by the names people use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import Field

from services.orders.fields import Answer, Number, Short
from services.orders.planning.store import columns, transport
from services.orders.shipments.domain import NewShipment, TransportBody
from shared.contracts.codes import Mode
from shared.contracts.orders import ShipmentChanged, ShipmentCreated, Transport
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Facts
from shared.problems import NotFound
from shared.web.paging import Page, PageQuery, decode_cursor, encode_cursor

_COLUMNS = "mode, carrier, vessel, voyage, booking, transport_document, containers, port_of_loading, port_of_discharge"
# Containers travel as one text each, joined: unnest() would flatten arrays of arrays.
_CREATE = f"""
INSERT INTO shipment (id, number, version, {_COLUMNS})
SELECT n.id, n.number, 1, n.mode, n.carrier, n.vessel, n.voyage, n.booking, n.transport_document,
    string_to_array(n.containers, chr(9)), n.port_of_loading, n.port_of_discharge
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::text[]) AS n (id, number, {_COLUMNS})
ON CONFLICT (number) DO NOTHING RETURNING id, number
"""
_READ = f"SELECT id, number, version, {_COLUMNS} FROM shipment WHERE number = $1"
_CHANGE = """
UPDATE shipment SET mode = $2, carrier = $3, vessel = $4, voyage = $5, booking = $6, transport_document = $7, containers = $8,
    port_of_loading = $9, port_of_discharge = $10, version = $11
WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Shipment:
    id: UUID
    number: str
    version: int
    transport: Transport


async def create_missing(tx: Tx, shipments: Sequence[NewShipment]) -> list[Facts]:
    """Create those whose number is new, in their order: two batches at once do not wait for each other in a circle.

    The facts are the caller's to append.
    """
    if not shipments:
        return []
    by_number = {shipment.number: shipment for shipment in shipments}
    rows = [(new_id(), number, *_row(shipment, joined=True)) for number, shipment in sorted(by_number.items(), key=lambda made: made[0])]
    made = await tx.fetch(_CREATE, *columns(rows, 11))
    return [
        Facts(
            row["id"],
            0,
            [ShipmentCreated(shipment_id=row["id"], number=row["number"], transport=by_number[row["number"]].told())],
        )
        for row in made
    ]


async def read(tx: Tx, number: str) -> Shipment:
    """NotFound when there is no such shipment."""
    return _shipment(await tx.fetchrow(_READ, number), number)


async def lock(tx: Tx, number: str) -> Shipment:
    """The shipment under its lock, which is taken before those of its orders."""
    return _shipment(await tx.fetchrow(f"{_READ} FOR NO KEY UPDATE", number), number)


async def change(tx: Tx, shipment: Shipment, body: TransportBody) -> Facts:
    """Replace how a locked shipment travels; the facts are the caller's to append."""
    await tx.execute(_CHANGE, shipment.id, *_row(body), shipment.version + 1)
    event = ShipmentChanged(shipment_id=shipment.id, number=shipment.number, transport=body.told())
    return Facts(shipment.id, shipment.version, [event])


async def save_version(tx: Tx, shipment_id: UUID, version: int) -> None:
    """The number of events a locked shipment has told."""
    await tx.execute("UPDATE shipment SET version = $2 WHERE id = $1", shipment_id, version)


def _row(body: TransportBody, joined: bool = False) -> tuple[Any, ...]:
    containers = "\t".join(body.containers) if joined else list(body.containers)
    return (
        body.mode,
        body.carrier,
        body.vessel,
        body.voyage,
        body.booking,
        body.transport_document,
        containers,
        body.port_of_loading,
        body.port_of_discharge,
    )


def _shipment(row: asyncpg.Record | None, number: str) -> Shipment:
    if row is None:
        raise NotFound(f"there is no shipment {number}")
    return Shipment(row["id"], row["number"], row["version"], transport(*list(row.values())[3:]))


class ShipmentsQuery(PageQuery):
    """What shipments are found by, in upper or lower case; names add up."""

    vessel: Short | None = None
    voyage: Short | None = None
    booking: Short | None = None
    container: Number | None = None
    bl: Annotated[Short | None, Field(description="B/L or air waybill number")] = None
    po: Annotated[Short | None, Field(description="PO number of a customer with an order in it")] = None
    order: Number | None = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    mode: Mode | None = None


class OrderInShipment(Answer):
    number: str
    customer: str
    customer_po: str
    status: str


class ShipmentShown(Transport):
    """A shipment; `orders` are those in the caller's sight, `others` counts the rest."""

    number: str
    version: int
    orders: tuple[OrderInShipment, ...]
    others: int
    open_delays: Annotated[tuple[str, ...], Field(description="links")]


# What nobody's orders travel in yet is everybody's; else one of the orders must be in sight.
_SHOWN = f"""
SELECT s.number, s.version, {_COLUMNS},
    ARRAY(SELECT ROW(o.number, k.code, o.customer_po, o.status)
          FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
          WHERE o.id IN (SELECT l.order_id FROM order_line l WHERE l.shipment = s.number) AND ($1::text[] IS NULL OR k.owner = ANY($1))
          ORDER BY o.number LIMIT 200) AS orders,
    (SELECT count(DISTINCT l.order_id)
     FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
     WHERE l.shipment = s.number AND NOT ($1::text[] IS NULL OR k.owner = ANY($1))) AS others,
    ARRAY(SELECT d.id FROM delay d WHERE d.shipment_id = s.id AND d.status = 'open' ORDER BY d.id) AS open_delays
FROM shipment s
WHERE ($1::text[] IS NULL OR NOT EXISTS (SELECT FROM order_line l WHERE l.shipment = s.number)
       OR EXISTS (SELECT FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
                  WHERE l.shipment = s.number AND k.owner = ANY($1)))
"""
_READ_SHOWN = f"{_SHOWN} AND s.number = $2"
_FIND = f"""{_SHOWN}
    AND ($2::text IS NULL OR s.number > $2) AND ($4::text IS NULL OR upper(s.vessel) = upper($4))
    AND ($5::text IS NULL OR upper(s.voyage) = upper($5)) AND ($6::text IS NULL OR upper(s.booking) = upper($6))
    AND ($7::text IS NULL OR s.containers @> ARRAY[upper($7)]) AND ($8::text IS NULL OR upper(s.transport_document) = upper($8))
    AND ($9::text IS NULL OR s.mode = $9)
    AND (num_nonnulls($10::text, $11::text, $12::text) = 0 OR EXISTS (
        SELECT FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
        WHERE l.shipment = s.number AND ($1::text[] IS NULL OR k.owner = ANY($1))
            AND ($10::text IS NULL OR upper(o.customer_po) = upper($10)) AND ($11::text IS NULL OR o.number = $11)
            AND ($12::text IS NULL OR k.code = $12)))
ORDER BY s.number LIMIT $3
"""


async def find(tx: Tx, query: ShipmentsQuery, owners: list[str] | None) -> Page[ShipmentShown]:
    """Shipments in sight by number."""
    (behind,) = decode_cursor(query.cursor, str) if query.cursor else (None,)
    names = (query.vessel, query.voyage, query.booking, query.container, query.bl, query.mode, query.po, query.order, query.customer)
    rows = await tx.fetch(_FIND, owners, behind, query.limit + 1, *names)
    items = [_shown(row) for row in rows[: query.limit]]
    return Page(items=items, next=encode_cursor(items[-1].number) if len(rows) > query.limit else None)


async def show(tx: Tx, number: str, owners: list[str] | None) -> ShipmentShown:
    """NotFound also where nothing in the shipment is in sight."""
    row = await tx.fetchrow(_READ_SHOWN, owners, number)
    if row is None:
        raise NotFound(f"there is no shipment {number}")
    return _shown(row)


def _shown(row: asyncpg.Record) -> ShipmentShown:
    orders = tuple(OrderInShipment(**dict(zip(OrderInShipment.model_fields, order, strict=True))) for order in row["orders"])
    links = tuple(f"/api/orders/delays/{delay}" for delay in row["open_delays"])
    return ShipmentShown(**{**dict(row), "orders": orders, "open_delays": links})
