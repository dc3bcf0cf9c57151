"""Shipments over HTTP: made, changed, read, found by the names people use."""

from services.orders.shipments import store
from services.orders.shipments.domain import NewShipment, TransportBody
from services.orders.shipments.store import ShipmentShown, ShipmentsQuery
from services.orders.sight import sight
from shared.messaging.record import append
from shared.problems import Conflict, NotFound, Stale
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Reply, address
from shared.web.paging import Page
from shared.web.routes import Routes

routes = Routes("shipments")


class ShipmentExists(Conflict):
    slug = "shipment-exists"
    title = "A shipment of this number exists"


@routes.post("/api/orders/shipments", roles=WRITERS, status=201, problems=(ShipmentExists,))
async def create_shipment(call: Call, body: NewShipment) -> Reply[ShipmentShown]:
    """Create a shipment. Order lines name it by its number; what is not known yet may come later."""
    facts = await store.create_missing(call.tx, [body])
    if not facts:
        raise ShipmentExists(f"shipment {body.number} exists", field="number")
    await append(call.tx, call.stamp(), facts)
    shown = await store.show(call.tx, body.number, await sight(call))
    return Reply(shown, headers={"Location": address("/api/orders/shipments/{shipment}", shipment=body.number)})


@routes.get("/api/orders/shipments", roles=ANYONE)
async def find_shipments(call: Call, query: ShipmentsQuery) -> Page[ShipmentShown]:
    """Find shipments. By vessel and voyage, booking, container, B/L, or the PO number of an order in them."""
    return await store.find(call.tx, query, await sight(call))


@routes.get("/api/orders/shipments/{shipment}", roles=ANYONE, problems=(NotFound,))
async def read_shipment(call: Call, shipment: str) -> ShipmentShown:
    """Read a shipment with the orders in it that are in the caller's sight."""
    return await store.show(call.tx, shipment, await sight(call))


@routes.put("/api/orders/shipments/{shipment}", roles=WRITERS, if_match=True, problems=(NotFound, Stale))
async def change_shipment(call: Call, shipment: str, body: TransportBody) -> ShipmentShown:
    """Say anew how a shipment travels. What is left out is not known any more; dates move by a delay, not here."""
    owners = await sight(call)
    await store.show(call.tx, shipment, owners)
    locked = await store.lock(call.tx, shipment)
    call.require_version(locked.version)
    await append(call.tx, call.stamp(), [await store.change(call.tx, locked, body)])
    return await store.show(call.tx, shipment, owners)
