"""SQL of how shipments go."""

from collections.abc import Collection, Iterable

from shared.contracts.shipments import ShipmentChanged, Transport
from shared.database.pool import Tx

_KEEP = """
INSERT INTO shipment (number, id, transport) VALUES ($1, $2, $3)
ON CONFLICT (number) DO UPDATE SET transport = excluded.transport
"""
_READ = "SELECT number, transport FROM shipment WHERE number = ANY($1::text[])"


async def keep(tx: Tx, events: Iterable[ShipmentChanged]) -> None:
    """Save how they go from now on, oldest first."""
    changed = {event.number: event for event in events}
    rows = [(number, one.shipment_id, one.transport.model_dump(mode="json")) for number, one in sorted(changed.items())]
    await tx.executemany(_KEEP, rows)


async def transports(tx: Tx, numbers: Collection[str]) -> dict[str, Transport]:
    """How those go that have been changed, by number."""
    return {row["number"]: Transport.model_validate(row["transport"]) for row in await tx.fetch(_READ, list(numbers))}
