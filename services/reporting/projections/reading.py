"""One delay out of the projections."""

from typing import Any
from uuid import UUID

from shared.database.pool import Tx

_DELAY = """
SELECT d.id AS delay, d.status, d.revision, d.shipment, d.milestone, d.new_date, y.days, d.under_investigation AS unattributed,
       d.logged_by, d.logged_at, uuid_extract_timestamp(d.logged_event) AS recorded_at, d.correlation_id
FROM projection.delay d
JOIN projection.delay_days y ON y.delay_id = d.id
WHERE d.id = $1 AND d.revision >= $2
"""
_ORDERS = """
SELECT t.number, t.before, t.after, t.freed_on
FROM projection.delay_order t
LEFT JOIN public.known_customer k ON k.id = t.customer_id
WHERE t.delay_id = $1 AND ($2::text[] IS NULL OR k.owner = ANY ($2))
ORDER BY t.number
"""
_CAUSES = "SELECT code, party, days FROM projection.cause_share WHERE delay_id = $1 ORDER BY ordinal"


async def delay(tx: Tx, delay: UUID, revision: int, owners: list[str] | None) -> dict[str, Any] | None:
    """The delay at `revision` or later; None when it is not there or touches no order of those owners' customers."""
    row = await tx.fetchrow(_DELAY, delay, revision)
    if row is None:
        return None
    orders = [dict(found) for found in await tx.fetch(_ORDERS, delay, owners)]
    if not orders:
        return None
    return {**row, "orders": orders, "causes": [dict(found) for found in await tx.fetch(_CAUSES, delay)]}
