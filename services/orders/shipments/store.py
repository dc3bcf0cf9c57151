"""Shipments in the database: made, changed, locked, and what lines that join one will meet."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.arrivals import store as arrivals
from services.orders.planning import store as planning
from services.orders.planning.inserts import columns
from services.orders.planning.model import ARRIVE, DEPART, LEAVES, OpenDelay, Plan
from services.orders.planning.store import TRANSPORT, transport
from services.orders.planning.words import no_shipment
from services.orders.shipments.domain import check_locked
from services.orders.shipments.model import DeliveryInstructions, NewShipment, Sailing, Schedule, TransportBody, Typed
from shared.contracts.event import Event
from shared.contracts.shipments import ShipmentChanged, ShipmentCreated, ShipmentScheduled, Transport
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Facts
from shared.problems import NotFound

STANDS = "NOT EXISTS (SELECT FROM customer_order g WHERE g.id = m.order_id AND g.status = 'cancelled')"
"""Milestones `m` of orders that are not cancelled: others' goods travel in no shipment."""

# Containers and ports travel as one text each, joined: unnest() would flatten arrays of arrays.
_CREATE = f"""
INSERT INTO shipment (id, number, version, {TRANSPORT})
SELECT n.id, n.number, 1, n.mode, n.carrier, n.vessel, n.vessel_imo, n.voyage, n.booking, n.transport_document,
    string_to_array(n.containers, chr(9)), n.port_of_loading, n.port_of_discharge, string_to_array(n.transhipment_ports, chr(9))
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::text[], $12::text[], $13::text[]) AS n (id, number, {TRANSPORT})
ON CONFLICT (number) DO NOTHING RETURNING id, number
"""
_KNOWN = f"SELECT id, number, version, etd, eta, said_at, departs, {TRANSPORT} FROM shipment"
_READ = f"{_KNOWN} WHERE number = ANY($1::text[]) ORDER BY id"
_BY_ID = f"{_KNOWN} WHERE id = ANY($1::uuid[]) ORDER BY id"
_OF_ORDERS = """
SELECT DISTINCT l.shipment FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE o.number = ANY($1::text[]) AND ($2::text[] IS NULL OR k.owner = ANY($2)) AND l.shipment IS NOT NULL
"""
_OF_ORDERS_BY_ID = "SELECT DISTINCT shipment FROM order_line WHERE order_id = ANY($1::uuid[]) AND shipment IS NOT NULL"
_CHANGE = """
UPDATE shipment SET mode = $2, carrier = $3, vessel = $4, vessel_imo = $5, voyage = $6, booking = $7, transport_document = $8,
    containers = $9, port_of_loading = $10, port_of_discharge = $11, transhipment_ports = $12
WHERE id = $1
"""
_SCHEDULE = "UPDATE shipment SET etd = $2, eta = $3, departs = $4, said_at = $5 WHERE id = $1"
_TYPED = "SELECT shipment_id, milestone, day, said_at, departs FROM carrier_word WHERE shipment_id = ANY($1::uuid[])"
_TYPE = """
INSERT INTO carrier_word (shipment_id, milestone, day, said_at, departs)
SELECT $1, n.milestone, n.day, n.said_at, n.departs
FROM unnest($2::text[], $3::date[], $4::timestamptz[], $5::date[]) AS n (milestone, day, said_at, departs)
ON CONFLICT (shipment_id, milestone) DO UPDATE SET day = excluded.day, said_at = excluded.said_at, departs = excluded.departs
"""
_INSTRUCT = "UPDATE shipment SET delivery = $2 WHERE id = $1"
_COUNT = "UPDATE shipment SET version = version + $2 WHERE id = $1 RETURNING version"
LEFT = f"EXISTS (SELECT FROM milestone g WHERE g.shipment = s.number AND g.code IN {LEAVES} AND g.passed)"
"""Whether goods of any order of a shipment `s` are on their way."""
_LEFT = f"SELECT s.number FROM shipment s WHERE s.number = ANY($1::text[]) AND {LEFT}"


@dataclass(frozen=True, slots=True)
class Shipment:
    """`etd` and `eta` are what the carrier said of it, at `said_at`; he said the `eta` of a vessel that `departs` then."""

    id: UUID
    number: str
    version: int
    etd: date | None
    eta: date | None
    said_at: datetime | None
    departs: date | None
    transport: Transport

    def sailing(self, held: Sequence[OpenDelay] = ()) -> Sailing:
        """What lines meet that join it."""
        return Sailing(self.transport, held, self.etd, self.eta, self.said_at, self.departs, version=self.version)

    def arrives_from(self, departs: date | None) -> date | None:
        """The departure that its arrival is said with once the carrier says that it `departs` then: the first that he says, where he had
        said none with it and it does not lie after it.
        """
        first = departs is not None and self.etd is None and self.eta is not None and departs <= self.eta
        return departs if first else self.departs


async def create_missing(tx: Tx, shipments: Sequence[NewShipment]) -> list[Facts]:
    """Create those whose number is new, in their order: two batches at once do not wait for each other in a circle.

    The facts are the caller's to append.
    """
    if not shipments:
        return []
    by_number = {shipment.number: shipment for shipment in shipments}
    rows = [(new_id(), number, *_row(shipment, "\t".join)) for number, shipment in sorted(by_number.items(), key=lambda made: made[0])]
    made = await tx.fetch(_CREATE, *columns(rows, 13))
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
    return _only(await tx.fetch(_READ, [number]), number)


async def read_all(tx: Tx, numbers: Iterable[str]) -> dict[str, Shipment]:
    """Those shipments that there are, by number."""
    return {row["number"]: _shipment(row) for row in await tx.fetch(_READ, list(set(numbers)))}


async def lock(tx: Tx, number: str) -> Shipment:
    """The shipment under its lock, which is taken before those of its orders."""
    return _only(await tx.fetch(f"{_READ} FOR NO KEY UPDATE", [number]), number)


async def lock_all(tx: Tx, numbers: Iterable[str]) -> dict[str, Shipment]:
    """Those shipments that there are, by number, under their locks."""
    rows = await tx.fetch(f"{_READ} FOR NO KEY UPDATE", list(set(numbers)))
    return {row["number"]: _shipment(row) for row in rows}


async def share_all(tx: Tx, numbers: Iterable[str]) -> dict[str, Shipment]:
    """The same under shared locks: what is given of the shipment meanwhile, as a delay or a word on it, comes before or after."""
    rows = await tx.fetch(f"{_READ} FOR SHARE", list(set(numbers)))
    return {row["number"]: _shipment(row) for row in rows}


async def lock_by_id(tx: Tx, shipments: Sequence[UUID]) -> list[Shipment]:
    """Those shipments, in the order of their ids, under their locks."""
    return [_shipment(row) for row in await tx.fetch(f"{_BY_ID} FOR NO KEY UPDATE", list(shipments))]


# Delays of a shipment may end, or hold again, with what is recorded of its orders: whoever records that has its lock before theirs.
# Lines that changed their shipment between the two locks would be recorded without that of the new one: Elsewhere.


async def lock_order(tx: Tx, number: str, owners: list[str] | None, today: date) -> Plan:
    """The plan of an order that is not cancelled, its shipments locked before it; NotFound also where it is not in sight of `owners`."""
    locked = await _lock_of(tx, [number], owners)
    plan = await planning.lock_order(tx, number, owners, today)
    check_locked(plan, locked)
    return plan


async def lock_orders(tx: Tx, numbers: Sequence[str], owners: list[str] | None, today: date) -> dict[str, Plan]:
    """The plans of those orders that there are in sight, by number, their shipments locked before them."""
    locked = await _lock_of(tx, numbers, owners)
    plans = await planning.lock_orders(tx, numbers, owners, today)
    for plan in plans.values():
        check_locked(plan, locked)
    return plans


async def lock_orders_by_id(tx: Tx, orders: Collection[UUID], today: date) -> dict[UUID, Plan]:
    """The plans of orders by their ids, their shipments locked before them."""
    locked = await lock_all(tx, [row["shipment"] for row in await tx.fetch(_OF_ORDERS_BY_ID, list(orders))])
    plans = await planning.lock_by_id(tx, orders, today)
    for plan in plans.values():
        check_locked(plan, locked)
    return plans


async def _lock_of(tx: Tx, numbers: Sequence[str], owners: list[str] | None) -> Mapping[str, Shipment]:
    return await lock_all(tx, [row["shipment"] for row in await tx.fetch(_OF_ORDERS, list(numbers), owners)])


async def change(tx: Tx, shipment: Shipment, body: TransportBody) -> Event:
    """Replace how a locked shipment travels; the event is the caller's to tell."""
    await tx.execute(_CHANGE, shipment.id, *_row(body, list))
    return ShipmentChanged(shipment_id=shipment.id, number=shipment.number, transport=body.told())


async def schedule(
    tx: Tx, shipment: Shipment, said: Schedule, at: datetime, departs: date | None, *, tracked: bool = False
) -> Event | None:
    """Keep what the carrier said of a locked shipment `at` that time, by hand or in what he `tracked`, the arrival of a vessel that
    `departs` then; the event is the caller's to tell, None where the days were known.
    """
    now = (said.etd, said.eta, departs if said.eta is not None else None)
    stood = (shipment.etd, shipment.eta, shipment.departs) == now
    if not stood:
        await tx.execute(_SCHEDULE, shipment.id, *now, at)
    if not tracked:
        of_vessel = departs if said.etd is not None and said.eta is not None else None
        await keep_typed(tx, shipment, {DEPART: Typed(said.etd, at), ARRIVE: Typed(said.eta, at, of_vessel)})
    if (shipment.etd, shipment.eta) == (said.etd, said.eta):
        return None
    await arrivals.look(tx, shipment.id, said.eta, at)
    return ShipmentScheduled(shipment_id=shipment.id, number=shipment.number, etd=said.etd, eta=said.eta)


async def keep_typed(tx: Tx, shipment: Shipment, words: Mapping[str, Typed]) -> None:
    """Keep what somebody says by hand for the carrier of those milestones of a locked shipment."""
    await tx.execute(_TYPE, shipment.id, *columns([(code, word.day, word.at, word.departs) for code, word in words.items()], 4))


async def typed(tx: Tx, shipments: Collection[UUID]) -> dict[UUID, dict[str, Typed]]:
    """What somebody said last by hand for the carrier of the milestones of those shipments."""
    found: dict[UUID, dict[str, Typed]] = {shipment: {} for shipment in shipments}
    for shipment, milestone, *word in await tx.fetch(_TYPED, list(shipments)):
        found[shipment][milestone] = Typed(*word)
    return found


async def instruct(tx: Tx, shipment: Shipment, instructions: DeliveryInstructions) -> Event:
    """Replace the delivery instructions of a locked shipment, which no event carries; the event is the caller's to tell."""
    await tx.execute(_INSTRUCT, shipment.id, instructions.model_dump(mode="json", exclude_none=True))
    return ShipmentChanged(shipment_id=shipment.id, number=shipment.number, transport=shipment.transport)


async def counted(tx: Tx, shipment: Shipment, events: Sequence[Event]) -> Facts:
    """The events of a locked shipment, with its version counted on; the facts are the caller's to append."""
    version = await tx.fetchval(_COUNT, shipment.id, len(events))
    return Facts(shipment.id, version - len(events), events)


async def goods_left(tx: Tx, shipment: Shipment) -> bool:
    """Whether goods of any of its orders are on their way, on board at least: no others join them, and no cut-off is reckoned any more."""
    return bool(await left(tx, [shipment.number]))


async def left(tx: Tx, numbers: Collection[str]) -> set[str]:
    """The same of several: those of which any are."""
    return {row["number"] for row in await tx.fetch(_LEFT, list(numbers))}


def _row(body: TransportBody, listed: Any) -> tuple[Any, ...]:
    told = body.told()
    values = ((name, getattr(told, name)) for name in Transport.model_fields)
    return tuple(listed(value) if name in ("containers", "transhipment_ports") else value for name, value in values)


def _only(rows: Sequence[asyncpg.Record], number: str) -> Shipment:
    if not rows:
        raise NotFound(no_shipment(number))
    return _shipment(rows[0])


def _shipment(row: asyncpg.Record) -> Shipment:
    known = dict(list(row.items())[:7])
    return Shipment(**known, transport=transport(*list(row.values())[7:]))
