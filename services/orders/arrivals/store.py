"""Arrivals in the database: when customers are to be told of them, and which was told last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.orders.planning.model import LEAVES
from shared.contracts.codes import Mode
from shared.contracts.shipments import ArrivingOrder
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.problems import NotFound
from shared.timers import cancel_timer, set_timer, set_timers

ARRIVING = "arriving"
"""Timer on a shipment whose arrival the carrier has said: the day on which to look whether its customers are to be told."""

_NOTICES = "SELECT mode, days, version FROM arrival_notice ORDER BY mode"
_LOCK = "SELECT version FROM arrival_notice WHERE mode = $1 FOR UPDATE"
_SAVE = "UPDATE arrival_notice SET days = $2, version = version + 1 WHERE mode = $1 RETURNING version"
# One whose mode is not known yet goes by sea, as most do.
_MODE = "coalesce(s.mode, 'sea')"
_COMING_BY = f"SELECT s.id FROM shipment s WHERE {_MODE} = $1 AND s.eta >= $2"
# Legs of which it is known that they have left, and not that they have arrived; the customer hears no day that days alone made later.
_COMING = f"""
SELECT o.id AS order_id, o.number, o.customer_id, coalesce(a.due, a.estimated) AS eta
FROM milestone a JOIN customer_order o ON o.id = a.order_id
WHERE a.shipment = $1 AND a.code = 'ARRIVE' AND o.status <> 'cancelled' AND NOT (a.passed OR a.stated_happened)
    AND EXISTS (SELECT FROM milestone g WHERE g.order_id = a.order_id AND g.shipment = a.shipment AND g.code IN {LEAVES}
                    AND (g.passed OR g.stated_happened))
ORDER BY o.number LIMIT 1000
"""
_TERMS = f"""
SELECT s.arriving_told AS told, coalesce((s.delivery->>'notice_days')::integer, n.days) AS notice
FROM shipment s JOIN arrival_notice n ON n.mode = {_MODE} WHERE s.id = $1
"""
_TOLD = "UPDATE shipment SET arriving_told = $2 WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Coming:
    """The orders that are on their way in a shipment, the arrival that was told last, and how many days before it is told."""

    orders: tuple[ArrivingOrder, ...]
    told: date | None
    notice: int


async def notices(tx: Tx) -> Mapping[Mode, tuple[int, int]]:
    """The days of each mode, with the version."""
    return {row["mode"]: (row["days"], row["version"]) for row in await tx.fetch(_NOTICES)}


async def lock_notice(tx: Tx, mode: str) -> int:
    """Its version, under its lock."""
    version: int | None = await tx.fetchval(_LOCK, mode)
    if version is None:
        known = list(await notices(tx))
        raise NotFound(Both(f"there is no mode {mode}: there are {', '.join(known)}", f"没有运输方式 {mode}，现有：{'、'.join(known)}"))
    return version


async def save_notice(tx: Tx, mode: str, days: int, now: datetime) -> int:
    """Change the notice of a mode that is locked, and look at once at what is to arrive; its new version."""
    version: int = await tx.fetchval(_SAVE, mode, days)
    await set_timers(tx, ARRIVING, {row["id"]: now for row in await tx.fetch(_COMING_BY, mode, now.date())})
    return version


async def look(tx: Tx, shipment: UUID, eta: date | None, at: datetime) -> None:
    """Look at a locked shipment: the carrier says another arrival, or customers are told another time before it. Not without any."""
    if eta is None:
        await cancel_timer(tx, ARRIVING, shipment)
    else:
        await set_timer(tx, ARRIVING, shipment, at)


async def coming(tx: Tx, shipment: UUID, number: str) -> Coming:
    """What is on its way in a locked shipment: it was recorded, or the carrier says, that it has left."""
    rows = await tx.fetch(_COMING, number)
    (terms,) = await tx.fetch(_TERMS, shipment)
    return Coming(tuple(ArrivingOrder(**dict(row)) for row in rows), **dict(terms))


async def tell(tx: Tx, shipment: UUID, eta: date) -> None:
    """Remember that this arrival was told."""
    await tx.execute(_TOLD, shipment, eta)
