"""Shipments over HTTP: made, changed, read, found by the names people use."""

from dataclasses import replace
from uuid import UUID

from services.orders.arrivals import store as arrivals
from services.orders.contacts import store as contacts
from services.orders.credits import store as credits
from services.orders.credits.domain import PartialShipmentForbidden
from services.orders.cutoffs import store as cutoffs
from services.orders.cutoffs.domain import require_restated
from services.orders.estimates import store as estimates
from services.orders.estimates.domain import Word, departure
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.inserts import Context
from services.orders.planning.model import ARRIVE, DEPART, Plan
from services.orders.sailings import store as sailings
from services.orders.shipments import queries, resailing, store
from services.orders.shipments.domain import say_schedule, travelling
from services.orders.shipments.model import DeliveryInstructions, NewShipment, Schedule, ScheduleSaid, TransportBody, vessel_of
from services.orders.shipments.queries import ShipmentShown, ShipmentsQuery
from services.orders.shipments.words import exists, no_contact
from services.orders.sight import NotAllYours, plans_of, require_all, require_shipper, sight
from services.orders.tracking.following import follow
from shared.contracts.event import Event
from shared.contracts.text import Both
from shared.messaging.record import append
from shared.problems import Conflict, Invalid, NotFound, Stale, within
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Reply, address
from shared.web.paging import Page
from shared.web.routes import Routes

routes = Routes("shipments")


class ShipmentExists(Conflict):
    slug = "shipment-exists"
    title = Both("A shipment of this number exists", "出运批次号已存在")


@routes.post("/api/orders/shipments", roles=WRITERS, status=201, problems=(ShipmentExists,))
async def create_shipment(call: Call, body: NewShipment) -> Reply[ShipmentShown]:
    """Create a shipment. Order lines name it by its number; what is not known yet may come later."""
    facts = await store.create_missing(call.tx, [body])
    if not facts:
        raise ShipmentExists(exists(body.number), field="number")
    await append(call.tx, call.stamp(), facts)
    shown = await queries.show(call.tx, body.number, await sight(call))
    return Reply(shown, headers={"Location": address("/api/orders/shipments/{shipment}", shipment=body.number)})


@routes.get("/api/orders/shipments", roles=ANYONE)
async def find_shipments(call: Call, query: ShipmentsQuery) -> Page[ShipmentShown]:
    """Find shipments. By vessel and voyage, booking, container, B/L, or the PO number of an order in them."""
    return await queries.find(call.tx, query, await sight(call))


@routes.get("/api/orders/shipments/{shipment}", roles=ANYONE, problems=(NotFound,))
async def read_shipment(call: Call, shipment: str) -> ShipmentShown:
    """Read a shipment with the orders in it that are in the caller's sight."""
    return await queries.show(call.tx, shipment, await sight(call))


@routes.put(
    "/api/orders/shipments/{shipment}", roles=WRITERS, if_match=True, problems=(NotFound, NotAllYours, Stale, PartialShipmentForbidden)
)
async def change_shipment(call: Call, shipment: str, body: TransportBody) -> ShipmentShown:
    """Say anew how a shipment travels. What is left out is not known any more; dates move by a delay or the carrier's word, not here.

    But another vessel decides who sails with her: a disruption of the one that it leaves holds its orders no more, one of the one that it
    comes to does. What the carrier said of the departure and the arrival stands; a roll ends it.

    Another port of loading has other cut-offs: they are reckoned anew, and those that the carrier stated of the port before are forgotten.

    But what tracking said of a container that is not its any more counts no more: what waited only for that has happened. What it said of
    the port, vessel, voyage or mode that are its now, counts.
    """
    _, locked = await _seen(call, shipment)
    await sailings.come_aboard(call.tx, [body])
    another = vessel_of(body) != vessel_of(locked.transport)
    plans, others = await _check_together(call, shipment, body) if another else ([], 0)
    stood = await resailing.standing(call, locked, plans) if plans else set[UUID]()
    events = [await store.change(call.tx, locked, body)]
    if not await store.goods_left(call.tx, locked):
        events += await cutoffs.follow_port(call.tx, locked, body.told(), call.now)
    await arrivals.look(call.tx, locked.id, locked.eta, call.now)
    await append(call.tx, call.stamp(), [await store.counted(call.tx, locked, events)])
    if plans:
        sailed = await resailing.resailed(call, replace(locked, transport=body.told()), plans, stood)
        if any(one.changed for one in sailed):
            require_all(others, f"shipment {shipment}")
        await resailing.save(call, sailed, [resailing.moved(one) for one in sailed])
    if body.told() != locked.transport:
        await follow(call.tx, call.stamp(), [locked.id])
    return await queries.show(call.tx, shipment, await sight(call))


@routes.put("/api/orders/shipments/{shipment}/delivery", roles=WRITERS, if_match=True, problems=(NotFound, NotAllYours, Stale))
async def instruct_delivery(call: Call, shipment: str, body: DeliveryInstructions) -> ShipmentShown:
    """Say anew what was agreed about the delivery. Place, contact, forwarder, packing, to the door or fetched, told how long before."""
    seen, locked = await _seen(call, shipment)
    require_all(seen.others, f"shipment {shipment}")
    if body.contact is not None and await contacts.strange_to(call.tx, shipment, body.contact):
        raise Invalid(no_contact(shipment), field="contact")
    event = await store.instruct(call.tx, locked, body)
    await arrivals.look(call.tx, locked.id, locked.eta, call.now)
    await append(call.tx, call.stamp(), [await store.counted(call.tx, locked, [event])])
    return await queries.show(call.tx, shipment, await sight(call))


@routes.put("/api/orders/shipments/{shipment}/schedule", roles=ANYONE, if_match=True, problems=(NotFound, NotAllYours, Stale))
async def schedule_shipment(call: Call, shipment: str, body: ScheduleSaid) -> ShipmentShown:
    """Say what the carrier says of the sailing. Each order of the shipment expects its departure and arrival then, or when its goods are
    ready; lines that join later do, too. What is left out he has taken back. By those who follow orders, or by the department that
    answers for the departure.

    Cut-offs that he has stated do not move with it: a departure before one of them is said with those that he states now. By sea the zone
    of the port of loading is asked for where it is not known, with the first departure.
    """
    _, locked = await _seen(call, shipment)
    await require_shipper(call, shipment)
    body.require_ahead(Schedule(etd=locked.etd, eta=locked.eta), call.now.date())
    events = list[Event]()
    if body.cutoffs is not None:
        with within("cutoffs"):
            events += await cutoffs.say(call.tx, replace(locked, etd=body.etd), body.cutoffs, body.etd, call.now)
    if body.etd is not None and body.etd != locked.etd:
        require_restated([one for one in await cutoffs.looked(call.tx, shipment, None) if not one.met], body.etd)
    plans = await plans_of(call, shipment)
    departs = departure(plans, shipment, Word(body.etd, "carrier", call.now, body.etd))
    with within("cutoffs"):
        events += await cutoffs.schedule(call.tx, locked, body, call.now, departs)
    if events:
        await append(call.tx, call.stamp(), [await store.counted(call.tx, locked, events)])
    said = say_schedule(plans, shipment, {DEPART: body.etd, ARRIVE: body.eta}, call.now, departs, locked.etd)
    settled, stamp = [one for one in said if one is not None], call.stamp()
    await estimates.save(call.tx, settled, Context(stamp.time, stamp.actor, "api", "estimate_stated"))
    await append(call.tx, stamp, planned.facts(settled))
    return await queries.show(call.tx, shipment, await sight(call))


async def _check_together(call: Call, shipment: str, body: TransportBody) -> tuple[list[Plan], int]:
    """The locked orders of a locked shipment, and how many are out of sight. PartialShipmentForbidden where they may not travel so;
    NotAllYours where that may be a matter of others' customers.
    """
    plans, others = await planning.lock_shipment_orders(call.tx, shipment, await sight(call), call.now.date())
    try:
        await credits.check_together(call.tx, [travelling(plan, shipment, body.told()) for plan in plans])
    except PartialShipmentForbidden:
        require_all(others, f"shipment {shipment}")
        raise
    return plans, others


async def _seen(call: Call, shipment: str) -> tuple[ShipmentShown, store.Shipment]:
    """The shipment as the caller sees it, and under its lock, of the version that he has seen."""
    seen = await queries.show(call.tx, shipment, await sight(call))
    locked = await store.lock(call.tx, shipment)
    call.require_version(locked.version)
    return seen, locked
