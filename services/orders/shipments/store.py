"""Shipments in the database: made, changed, locked, and found by the names people use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.planning.store import columns, transport
from services.orders.shipments.domain import NewShipment, TransportBody
from shared.contracts.orders import ShipmentChanged, ShipmentCreated, Transport
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Facts
from shared.problems import NotFound

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
    """Create those whose number is new; the facts are the caller's to append."""
    if not shipments:
        return []
    by_number = {shipment.number: shipment for shipment in shipments}
    rows = [(new_id(), number, *_row(shipment, joined=True)) for number, shipment in by_number.items()]
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
