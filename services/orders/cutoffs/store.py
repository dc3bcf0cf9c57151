"""Cut-offs of shipments in the database: written as they are stated, watched until they are met or passed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from services.orders.cutoffs.domain import (
    RULES,
    CutoffTerm,
    Departures,
    StateCutoffs,
    anew,
    by_water,
    near,
    of_port,
    require_meant,
    state,
    unknown,
    zone_before,
    zone_of,
    zone_said,
)
from services.orders.delays.store import start_of
from services.orders.planning.domain.deadlines import Term
from services.orders.planning.inserts import columns
from services.orders.risks.model import Rule
from services.orders.shipments import store as shipments
from services.orders.shipments.model import Schedule
from services.orders.shipments.store import LEFT, STANDS, Shipment
from services.orders.watches.store import watch
from shared.contracts.event import Event
from shared.contracts.shipments import CutoffFacts, CutoffKind, LateForCutoff, ShipmentCutoffsChanged, Transport
from shared.database.pool import Tx
from shared.timers import set_timer, set_timers

MOVED = "cutoffs_moved"
"""Watch on a shipment with cut-offs that are to come: its orders' dates have moved, or the cut-offs have."""
LOOK = "cutoffs"
"""Timer on it: a cut-off has passed, or another day has begun."""

_FACTS = ("kind", "at", "zone", "stated", "revision", "met_at")
_READ = "SELECT kind, at, zone, stated, revision, met_at FROM shipment_cutoff WHERE shipment_id = $1 ORDER BY at, kind"
_SAVE = """
WITH gone AS (DELETE FROM shipment_cutoff WHERE shipment_id = $1 AND kind <> ALL($2::text[]))
INSERT INTO shipment_cutoff (shipment_id, kind, at, zone, stated, revision, milestone, met_at)
SELECT $1, n.kind, n.at, n.zone, n.stated, n.revision, n.milestone, n.met_at
FROM unnest($2::text[], $3::timestamptz[], $4::text[], $5::boolean[], $6::integer[], $7::text[], $8::timestamptz[])
    AS n (kind, at, zone, stated, revision, milestone, met_at)
ON CONFLICT (shipment_id, kind) DO UPDATE SET at = excluded.at, zone = excluded.zone, stated = excluded.stated,
    revision = excluded.revision, met_at = excluded.met_at
"""
_HAVE = "SELECT DISTINCT s.id FROM shipment s JOIN shipment_cutoff c ON c.shipment_id = s.id WHERE s.number = ANY($1::text[])"
_FORGET = "DELETE FROM shipment_cutoff WHERE shipment_id = $1"
_ORDERS = "SELECT DISTINCT order_id FROM milestone WHERE shipment = $1"
LATE = f"""
m.shipment = s.number AND m.code = c.milestone AND NOT m.passed AND {STANDS} AND m.estimated > (c.at AT TIME ZONE c.zone)::date
"""
"""Milestones `m` of a shipment `s` that are expected after its cut-off `c`."""
DONE = f"""
EXISTS (SELECT FROM milestone m WHERE m.shipment = s.number AND m.code = c.milestone AND {STANDS})
AND NOT EXISTS (SELECT FROM milestone m WHERE m.shipment = s.number AND m.code = c.milestone AND NOT m.passed AND {STANDS})
"""
"""Whether what must be done by the cut-off `c` of a shipment `s` has happened to all its orders."""
SAILED = "EXISTS (SELECT FROM milestone g WHERE g.shipment = s.number AND g.code = 'DEPART' AND g.passed)"
"""Whether the vessel of a shipment `s` has sailed: it is caught or missed, and nothing can be done about its cut-offs any more. Not yet
when only `goods_left`: with goods of one order on board those of another can still be handed in.
"""
_OF_ORDERS = f"""
SELECT DISTINCT m.order_id, s.number, c.kind, c.at, c.zone, c.stated, c.revision, c.met_at
FROM milestone m JOIN shipment s ON s.number = m.shipment JOIN shipment_cutoff c ON c.shipment_id = s.id
WHERE m.order_id = ANY($1::uuid[]) AND m.code = c.milestone AND NOT m.passed AND c.met_at IS NULL AND NOT {SAILED}
ORDER BY m.order_id, s.number, c.kind
"""
DEPARTS = f"""
(SELECT coalesce(max(m.actual), max(CASE WHEN m.stated_source = 'carrier' THEN greatest(m.stated, (
        SELECT max(coalesce(t.new_date, d.new_date)) FROM delay_order t JOIN delay d ON d.id = t.delay_id
        WHERE t.open AND d.order_id IS NULL AND (t.order_id, t.shipment, t.milestone) = (m.order_id, m.shipment, m.code))) END),
    max(m.estimated), s.etd)
 FROM milestone m WHERE m.shipment = s.number AND m.code = 'DEPART' AND {STANDS})
"""
"""The day of the vessel of a shipment `s`, as `departure` says it of the plans of its orders."""
OVERTAKEN = f"(NOT {SAILED} AND (c.at AT TIME ZONE c.zone)::date > {DEPARTS})"
"""Whether the cut-off `c` of a shipment `s` that is still to leave lies after the day of its vessel."""
_DEPARTS = f"SELECT {DEPARTS} FROM shipment s WHERE s.id = $1"
_LOOKED = f"""
SELECT c.kind, c.at, c.zone, c.stated, c.revision, c.met_at, c.told, {DONE} AS done, coalesce({OVERTAKEN}, false) AS overtaken,
    EXISTS (SELECT FROM milestone m WHERE m.shipment = s.number AND {STANDS}) AS carries,
    ARRAY(SELECT ROW(o.id, o.number, o.customer_id, m.code, m.estimated)
          FROM milestone m JOIN customer_order o ON o.id = m.order_id JOIN known_customer k ON k.id = o.customer_id
          WHERE {LATE} AND ($2::text[] IS NULL OR k.owner = ANY($2)) ORDER BY o.number LIMIT 200) AS late
FROM shipment_cutoff c JOIN shipment s ON s.id = c.shipment_id
WHERE s.number = $1 ORDER BY c.at, c.kind
"""
_ALL_OVERTAKEN = f"""
SELECT s.number, c.kind, c.at, c.zone, c.stated, c.revision, c.met_at FROM shipment_cutoff c JOIN shipment s ON s.id = c.shipment_id
WHERE s.number = ANY($1::text[]) AND c.met_at IS NULL AND NOT ({DONE}) AND {OVERTAKEN} ORDER BY s.number, c.at, c.kind
"""
_NONE = f"""
s.etd IS NOT NULL AND s.mode IN ('sea', 'barge') AND s.port_of_loading IS NOT NULL
AND NOT EXISTS (SELECT FROM shipment_cutoff c WHERE c.shipment_id = s.id)
AND NOT {LEFT}
"""
_LACKING = f"SELECT s.number, s.port_of_loading FROM shipment s WHERE s.number = ANY($1::text[]) AND {_NONE}"
_LACKING_OF = f"""
SELECT d.order_id, s.number, s.port_of_loading FROM milestone d JOIN shipment s ON s.number = d.shipment
WHERE d.order_id = ANY($1::uuid[]) AND d.code = 'DEPART' AND {_NONE} ORDER BY d.order_id, s.number
"""
# Orders of a shipment that has left and that are warned of its cut-offs as long as nobody looks.
_GONE = f"""
INSERT INTO risk_look (order_id) SELECT DISTINCT r.order_id FROM milestone_risk r JOIN shipment s ON s.number = r.shipment
WHERE r.order_id IN ({_ORDERS}) AND r.shipment = $1 AND r.reasons @> '[{{"kind": "cutoff_near"}}]' AND {SAILED}
"""
_TOLD = "UPDATE shipment_cutoff SET told = revision WHERE shipment_id = $1 AND kind = ANY($2::text[])"


async def read(tx: Tx, shipment: UUID) -> list[CutoffFacts]:
    """The cut-offs of a shipment, the first first."""
    return [CutoffFacts(**dict(row)) for row in await tx.fetch(_READ, shipment)]


async def departure(tx: Tx, shipment: UUID) -> date | None:
    """When the vessel of a shipment leaves, as far as that is known."""
    day: date | None = await tx.fetchval(_DEPARTS, shipment)
    return day


async def rules(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Rule]]:
    """What the cut-offs endanger that those orders have before them, by order."""
    found = {order_id: [near(*one) for one in known] for order_id, known in (await _of_orders(tx, orders)).items()}
    for row in await tx.fetch(_LACKING_OF, list(orders)):
        found.setdefault(row["order_id"], []).append(unknown(row["number"], row["port_of_loading"]))
    return found


async def terms(tx: Tx, orders: Collection[UUID]) -> Mapping[UUID, Sequence[Term]]:
    """The same as terms, to ask what a plan would miss."""
    return {order_id: [CutoffTerm(*one) for one in known] for order_id, known in (await _of_orders(tx, orders)).items()}


async def _of_orders(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[tuple[str, CutoffFacts]]]:
    """The cut-offs that can still be met of what those orders have before them, each with its shipment."""
    found: dict[UUID, list[tuple[str, CutoffFacts]]] = {}
    for order_id, shipment, *cutoff in await tx.fetch(_OF_ORDERS, list(orders)):
        facts = CutoffFacts(**dict(zip(_FACTS, cutoff, strict=True)))
        found.setdefault(order_id, []).append((shipment, facts))
    return found


async def save(tx: Tx, shipment: Shipment, cutoffs: Sequence[CutoffFacts], now: datetime) -> ShipmentCutoffsChanged:
    """Write the cut-offs of a locked shipment and begin to watch them; the event is the caller's to tell."""
    rows = [(one.kind, one.at, one.zone, one.stated, one.revision, RULES[one.kind].milestone, one.met_at) for one in cutoffs]
    await tx.execute(_SAVE, shipment.id, *columns(rows, 7))
    await set_timer(tx, MOVED, shipment.id, now)
    return ShipmentCutoffsChanged(shipment_id=shipment.id, number=shipment.number, cutoffs=tuple(cutoffs))


async def schedule(
    tx: Tx,
    shipment: Shipment,
    said: Schedule,
    at: datetime,
    departs: date | None,
    *,
    zone: str | None = None,
    tracked: Departures | None = None,
) -> list[Event]:
    """Keep what the carrier said of a locked shipment `at` that time, by hand or in what he `tracked`, and reckon the cut-offs that it
    lacks back from its departure. Its vessel `departs` as he says it with the arrival. Invalid where the `zone` of its port of loading is
    neither said nor known; what is tracked goes on without cut-offs then. What was reckoned from a departure that he took back is reckoned
    again.

    None are reckoned unless it goes by sea, and is still to leave. The events are the caller's to tell; none where nothing is another
    than before.
    """
    scheduled = await shipments.schedule(tx, shipment, said, at, departs, tracked=tracked is not None)
    events: list[Event] = [scheduled] if scheduled is not None else []
    spoken = said.etd is not None or (tracked is not None and tracked.gone)
    if spoken and by_water(shipment.transport) and not await shipments.goods_left(tx, shipment):
        known, port = await read(tx, shipment.id), shipment.transport.port_of_loading
        zone = zone or zone_of(port) or zone_before(known) if tracked or port is None else zone_said(zone, port, known)
        stays = tracked.leaving(known) if tracked else known
        etd = tracked.first(said.etd) if tracked and len(stays) < len(known) else said.etd
        events += await _save_others(tx, shipment, known, anew(etd, zone, known, stays), at)
    return events


async def follow_port(tx: Tx, shipment: Shipment, now: Transport, at: datetime) -> list[Event]:
    """Give a locked shipment that is still to leave, and that travels otherwise `now`, the cut-offs of its port of loading. The events are
    the caller's to tell.
    """
    before, etd = shipment.transport, shipment.etd if by_water(now) else None
    if (before.port_of_loading, by_water(before)) == (now.port_of_loading, by_water(now)):
        return []
    known = await read(tx, shipment.id)
    return await _save_others(tx, shipment, known, of_port(now.port_of_loading, etd, known, before.port_of_loading), at)


async def say(tx: Tx, shipment: Shipment, body: StateCutoffs, departs: date | None, now: datetime, *, left: bool = False) -> list[Event]:
    """Keep what the carrier states for a locked shipment that `departs` then, or has `left`. The events are the caller's to tell."""
    known = await read(tx, shipment.id)
    zone = zone_said(body.zone, shipment.transport.port_of_loading, known)
    require_meant(body, known, zone, departs, None if left else now)
    return await _save_others(tx, shipment, known, state(body, known, shipment.etd, zone), now)


async def _save_others(
    tx: Tx, shipment: Shipment, known: Sequence[CutoffFacts], cutoffs: Sequence[CutoffFacts], now: datetime
) -> list[Event]:
    if {one.kind: one for one in cutoffs} == {one.kind: one for one in known}:
        return []
    return [await save(tx, shipment, cutoffs, now)]


async def forget(tx: Tx, shipment: UUID) -> None:
    """Those of a sailing that is not its any more."""
    await tx.execute(_FORGET, shipment)


class Looked(CutoffFacts):
    """A cut-off with what is expected too late for it; `done`: what must happen by then has happened to all orders that have it;
    `overtaken`: it lies after the departure as it is expected now; `carries`: goods travel in its shipment, which could miss it.
    """

    told: int | None
    done: bool
    overtaken: bool
    carries: bool
    late: tuple[LateForCutoff, ...]

    @property
    def met(self) -> bool:
        return self.done or self.met_at is not None

    def missed(self, now: datetime) -> bool:
        """It has passed and was not met."""
        return self.carries and not self.met and self.at <= now


async def looked(tx: Tx, shipment: str, owners: list[str] | None) -> list[Looked]:
    """The cut-offs of a shipment, the first first, with the orders in sight that are late for them."""
    found = []
    for row in await tx.fetch(_LOOKED, shipment, owners):
        late = tuple(LateForCutoff(**dict(zip(LateForCutoff.model_fields, one, strict=True))) for one in row["late"])
        found.append(Looked(**{**dict(row), "late": late}))
    return found


async def overtaken(tx: Tx, numbers: Collection[str]) -> dict[str, list[CutoffFacts]]:
    """The cut-offs, not met, of the shipments of those numbers that lie after their departure."""
    found: dict[str, list[CutoffFacts]] = {}
    for number, *cutoff in await tx.fetch(_ALL_OVERTAKEN, list(numbers)) if numbers else []:
        found.setdefault(number, []).append(CutoffFacts(**dict(zip(_FACTS, cutoff, strict=True))))
    return found


async def lacking(tx: Tx, numbers: Collection[str]) -> dict[str, str]:
    """Of the shipments of those numbers that are still to leave by water the ports whose zone is not known: they have no cut-offs."""
    return {row["number"]: row["port_of_loading"] for row in await tx.fetch(_LACKING, list(numbers))} if numbers else {}


async def tell(tx: Tx, shipment: UUID, kinds: Sequence[CutoffKind]) -> None:
    """Remember that it was told of these cut-offs, as they are now, that they are at risk."""
    await tx.execute(_TOLD, shipment, list(kinds))


async def look_now(tx: Tx, numbers: Collection[str], now: datetime) -> None:
    """Look at once at the cut-offs of the shipments of those numbers: other goods travel in them than before, or others are ready."""
    rows = await tx.fetch(_HAVE, list(numbers)) if numbers else []
    await set_timers(tx, MOVED, {row["id"]: now for row in rows})


async def look_again(tx: Tx, shipment: Shipment, ahead: Sequence[datetime], now: datetime) -> None:
    """Look again tomorrow, when the next of the cut-offs `ahead` has passed, or when its orders' dates move; not any more without any.
    Once its vessel has left, nobody is warned of them any more.
    """
    await tx.execute(_GONE, shipment.number)
    orders = [row["order_id"] for row in await tx.fetch(_ORDERS, shipment.number)] if ahead else []
    await watch(tx, MOVED, shipment.id, orders)
    if ahead:
        tomorrow = start_of(now.date() + timedelta(days=1))
        await set_timer(tx, LOOK, shipment.id, min(tomorrow, *ahead))
