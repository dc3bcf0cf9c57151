"""Orders over HTTP: created, given more lines, listed, read."""

from typing import Annotated

from pydantic import ConfigDict, Field

from services.orders.credits.domain import PartialShipmentForbidden
from services.orders.fields import Body
from services.orders.milestones.domain import GateClosed
from services.orders.orders import queries, store
from services.orders.orders.examples import NEW_LINES
from services.orders.orders.inserts import OrderExists
from services.orders.orders.model import NewLine, NewOrder
from services.orders.orders.queries import OrderListed, OrderShown, OrdersQuery
from services.orders.planning import store as planning
from services.orders.planning.prospects import LegProspect, prospects
from services.orders.shipments.domain import Apart, Underway
from services.orders.sight import sight
from shared.problems import NotFound
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Reply, address
from shared.web.paging import Page
from shared.web.routes import Routes

routes = Routes("orders")


class NewLines(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [NEW_LINES]})

    lines: Annotated[tuple[NewLine, ...], Field(min_length=1, max_length=1000)]


class OrderEntered(OrderShown):
    """An order with what was entered, and whether its promises can be kept from today on."""

    legs: tuple[LegProspect, ...]


@routes.post("/api/orders", roles=WRITERS, status=201, problems=(OrderExists, GateClosed, Underway))
async def create_order(call: Call, body: NewOrder) -> Reply[OrderEntered]:
    """Create an order with its lines. The plan is made backward from the promise of each leg.

    A leg is the lines that travel in one shipment, or those without one. Lines that are delivered already come with their date.
    Nothing is entered into a shipment that has left but goods that left with it, by their `actuals`; nor what happened after a gate, but
    with the actual date of the gate. An order whose promise cannot be kept is entered all the same: `feasible` says so of each leg, with
    the earliest promise it can keep.
    """
    owners = await sight(call)
    await store.create(call.tx, call.stamp(), body, owners)
    return Reply(await _entered(call, body.number, owners), headers={"Location": address("/api/orders/{order}", order=body.number)})


@routes.post("/api/orders/{order}/lines", roles=WRITERS, status=201, problems=(NotFound, Underway, Apart, PartialShipmentForbidden))
async def add_lines(call: Call, order: str, body: NewLines) -> OrderEntered:
    """Give an order more lines. All or none; a line that is there already as given is left as it is.

    Nothing has happened to new goods: they join none that have left, or of which more has happened than what is agreed of the order.
    `legs` says of each leg whether its promise can be kept from today on.
    """
    owners = await sight(call)
    await store.extend(call.tx, call.stamp(), order, body.lines, owners)
    return await _entered(call, order, owners)


async def _entered(call: Call, order: str, owners: list[str] | None) -> OrderEntered:
    today = call.now.date()
    shown = await queries.read_order(call.tx, order, owners, today)
    return OrderEntered(**dict(shown), legs=prospects(await planning.read_order(call.tx, order, owners, today), today))


@routes.get("/api/orders", roles=ANYONE)
async def list_orders(call: Call, query: OrdersQuery) -> Page[OrderListed]:
    """List orders by number. With what is open, late and at risk in each."""
    return await queries.list_orders(call.tx, query, await sight(call), call.now.date())


@routes.get("/api/orders/{order}", roles=ANYONE, problems=(NotFound,))
async def read_order(call: Call, order: str) -> OrderShown:
    """Read an order with its lines and its plan, as they were told last. What is late or at risk is so as of today."""
    return await queries.read_order(call.tx, order, await sight(call), call.now.date())
