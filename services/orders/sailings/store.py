"""Who sails with a shipment and with its vessel, in the database: what lines meet that join it, and the locks under which they do.

Whoever brings goods to a vessel, and whoever asks who sails with her, comes before the other or after, never past him: also where the
goods come with a shipment that is just being made, and has no row yet that others could lock.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.orders.planning.inserts import columns
from services.orders.planning.model import OpenDelay
from services.orders.shipments import store as shipments
from services.orders.shipments.model import RollShipment, Sailing, TransportBody, vessel_of
from services.orders.shipments.store import Shipment
from services.orders.tracking import store as tracking
from shared.contracts.shipments import Transport
from shared.database.pool import Tx

_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_TOGETHER = "SELECT pg_advisory_xact_lock_shared(hashtextextended(n.vessel, 0)) FROM unnest($1::text[]) AS n (vessel)"
_SAILS = "SELECT EXISTS (SELECT FROM shipment WHERE upper(vessel) = upper($1) AND upper(voyage) = upper($2))"
_LATE = """
SELECT EXISTS (SELECT FROM delay d JOIN shipment s ON s.id = d.shipment_id WHERE s.number = ANY($1::text[]) AND d.status = 'open')
"""
OF_IT = """x.kind = 'vessel' AND upper(x.name) = upper(s.vessel) AND upper(x.voyage) = upper(s.voyage)
        OR x.kind = 'shipment' AND upper(x.name) = upper(s.number) AND x.name = s.number"""
"""A shipment `s` is that of a disruption `x`, or of its vessel."""

_LISTED = "ARRAY(SELECT f.order_id FROM disruption_order f WHERE f.disruption_id = x.id AND f.state = 'found' AND f.order_id = ANY($2))"
# Goods that left the vessel late end nothing: those that come back are held on, and with them what is new, unless somebody has taken a
# delay of it back. Of several of an order the last counts.
_LEFT_LATE = f"""
EXISTS (SELECT FROM delay d JOIN delay_order t ON t.delay_id = d.id
WHERE d.disruption_id = x.id AND d.status <> 'retracted'
    AND (t.order_id = ANY($2) OR NOT EXISTS (SELECT FROM delay r WHERE r.disruption_id = x.id AND r.status = 'retracted'))
    AND NOT EXISTS (SELECT FROM delay_order n WHERE n.disruption_id = x.id AND n.order_id = t.order_id AND n.ordinal > t.ordinal)
    AND NOT EXISTS (SELECT FROM milestone m JOIN shipment s ON s.number = m.shipment AND ({OF_IT})
        WHERE m.order_id = t.order_id AND m.shipment = t.shipment AND m.code = t.milestone AND m.passed))
"""
# Its own, and of each disruption of it or of its vessel the day to which this holds what comes: while it runs, as long as one of its delays
# holds, and where goods left it late; with those of the orders that it has listed. Of a shipment as it goes, also where that is only asked.
_HELD = f"""
SELECT d.id, d.shipment, d.milestone, d.new_date, NULL::uuid AS disruption_id, '{{}}'::uuid[] AS listed
FROM delay d WHERE d.shipment_id = ANY($1::uuid[]) AND d.status = 'open'
UNION ALL
SELECT x.id, s.number, x.milestone, coalesce(h.holds_to, x.holds_to), x.id, {_LISTED}
FROM unnest($3::text[], $4::text[], $5::text[]) AS s (number, vessel, voyage) JOIN disruption x ON {OF_IT}
    LEFT JOIN disruption_shipment h ON h.disruption_id = x.id AND h.shipment = s.number
WHERE (
    x.status = 'running'
    OR EXISTS (SELECT FROM delay d JOIN delay_order t ON t.delay_id = d.id AND t.open WHERE d.disruption_id = x.id AND d.status = 'open')
    OR {_LEFT_LATE})
ORDER BY id
"""


async def sails(tx: Tx, vessel: str, voyage: str | None) -> bool:
    """Whether a shipment travels with that vessel on that voyage."""
    return bool(await tx.fetchval(_SAILS, vessel, voyage))


async def lock_vessel(tx: Tx, how: Transport) -> None:
    """Ask alone who sails with a vessel, which is known: what comes to her waits until the transaction ends."""
    await tx.execute(_ALONE, _name(how))


async def come_aboard(tx: Tx, transports: Iterable[TransportBody | RollShipment | Transport]) -> None:
    """Bring goods to those vessels, as far as any are named. After the locks of their shipments, and before those of the orders."""
    if names := sorted({_name(how) for how in transports if how.vessel and how.voyage}):
        await tx.execute(_TOGETHER, names)


async def of(tx: Tx, shipment: Shipment, orders: Collection[UUID] = ()) -> Sailing:
    """How a locked shipment sails, with the disruptions whose runs are to come to those orders."""
    (sailing,) = await _sailings(tx, [shipment], orders)
    return sailing


async def join(tx: Tx, shipment: Shipment, orders: Collection[UUID], today: date) -> Sailing:
    """What lines of those orders meet that join a locked shipment."""
    (sailing,) = (await _met(tx, [shipment], orders, today)).values()
    return sailing


async def enter(tx: Tx, numbers: Collection[str], today: date) -> dict[str, Sailing]:
    """What lines meet that are entered into those shipments, as far as there are any, by number: under the locks of these and of their
    vessels, which are shared, unless the delay of one is to be told to hold more.
    """
    late = await tx.fetchval(_LATE, list(numbers))
    locked = (await (shipments.lock_all if late else shipments.share_all)(tx, numbers)).values()
    await come_aboard(tx, (one.transport for one in locked))
    return await _met(tx, list(locked), (), today)


async def read(tx: Tx, numbers: Iterable[str]) -> dict[str, Sailing]:
    """How those shipments sail, as far as there are any, by number."""
    known = await shipments.read_all(tx, numbers)
    return dict(zip(known, await _sailings(tx, list(known.values())), strict=True))


async def _met(tx: Tx, known: Sequence[Shipment], orders: Collection[UUID], today: date) -> dict[str, Sailing]:
    left, words = await shipments.left(tx, [one.number for one in known]), await tracking.words(tx, known, today)
    found = zip(known, await _sailings(tx, known, orders), strict=True)
    return {one.number: replace(sailing, left=one.number in left, words=words[one.id]) for one, sailing in found}


async def _sailings(tx: Tx, shipments: Sequence[Shipment], orders: Collection[UUID] = ()) -> list[Sailing]:
    held: dict[str, list[OpenDelay]] = {shipment.number: [] for shipment in shipments}
    followed = set[tuple[UUID, UUID]]()
    goes = columns([(one.id, one.number, one.transport.vessel, one.transport.voyage) for one in shipments], 4)
    for delay_id, shipment, milestone, day, disruption, listed in await tx.fetch(_HELD, goes[0], list(orders), *goes[1:]):
        sails = disruption is not None
        held[shipment].append(OpenDelay(delay_id, shipment, milestone, day, shared=True, disruption_id=disruption, sails=sails))
        followed |= {(disruption, order_id) for order_id in listed}
    known = frozenset(followed)
    return [replace(one.sailing(held[one.number]), followed=known) for one in shipments]


def _name(how: TransportBody | RollShipment | Transport) -> str:
    """The name of the lock of its vessel: however it is typed."""
    return "\t".join(("vessel", *vessel_of(how)))
