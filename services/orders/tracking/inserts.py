"""What carriers said of shipments that travel otherwise now: read again, or ended with the sailing that a shipment missed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.orders.planning.inserts import columns
from services.orders.tracking.domain import OF_A_SAILING, OF_THE_GOODS_CARRIED, place, waits
from services.orders.tracking.store import SAYS, by_id
from services.orders.tracking.words import OF_THE_FIRST
from shared.database.pool import Tx

_WAITING = """
SELECT t.sender, t.event, t.shipment_id, e.created_at, t.said
FROM tracking_statement t JOIN tracking_event e ON (e.sender, e.id) = (t.sender, t.event)
WHERE t.shipment_id = ANY($1::uuid[]) AND t.said IS NOT NULL
"""
_PLACE = """
UPDATE tracking_statement t SET milestone = n.milestone, note = n.note, said = CASE WHEN n.waits THEN t.said END
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::boolean[])
    AS n (sender, event, shipment_id, milestone, note, waits)
WHERE (t.sender, t.event, t.shipment_id) = (n.sender, n.event, n.shipment_id) AND t.note IS DISTINCT FROM n.note
"""
# A container that is in the terminal has not left it. Of the days that the roll leaves out it says nothing. What was of another vessel or
# port may have been of the first sailing as well.
_END = """
WITH rolled AS (
    UPDATE shipment SET rolled_at = $3 WHERE id = $1
), untyped AS (
    DELETE FROM carrier_word WHERE shipment_id = $1 AND milestone = ANY($2::text[]) AND (day IS NULL OR said_at < $3)
), unsaid AS (
    UPDATE milestone m SET typed_at = NULL FROM shipment s
    WHERE s.id = $1 AND m.shipment = s.number AND m.code = ANY($2::text[]) AND m.typed IS NULL AND m.typed_at IS NOT NULL
)
UPDATE tracking_statement SET milestone = NULL, note = $4, said = NULL
WHERE shipment_id = $1 AND (milestone = ANY($2::text[]) OR (said IS NOT NULL AND code = ANY($5::text[])))
    AND NOT (classifier = 'ACT' AND code = 'GTIN')
"""


async def place_again(tx: Tx, shipments: Collection[UUID]) -> None:
    """Read again what was said of locked shipments when they were known to travel otherwise than now."""
    rows = await tx.fetch(_WAITING, list(shipments))
    about = await by_id(tx, {row["shipment_id"] for row in rows}) if rows else {}
    placed = []
    for sender, event, shipment, created, raw in rows:
        said = SAYS.validate_python(raw)
        milestone, note = place(created, said, about[shipment])
        placed.append((sender, event, shipment, milestone, note.stored() if note is not None else None, waits(said, note)))
    if placed:
        await tx.execute(_PLACE, *columns(placed, 6))


async def end_sailing(tx: Tx, shipment: UUID, now: datetime) -> None:
    """What was said of the sailing that a locked shipment missed says nothing of it any more."""
    await tx.execute(_END, shipment, list(OF_A_SAILING), now, OF_THE_FIRST.stored(), list(OF_THE_GOODS_CARRIED))
