"""Orders over HTTP: created, given more lines, listed, read."""

from typing import Annotated

from pydantic import ConfigDict, Field

from services.orders.credits.domain import PartialShipmentForbidden
from services.orders.fields import NOT_EMPTY, Body
from services.orders.orders import queries, store
from services.orders.orders.examples import NEW_LINES
from services.orders.orders.inserts import OrderExists
from services.orders.orders.model import NewLine, NewOrder
from services.orders.orders.queries import OrderListed, OrderShown, OrdersQuery
from services.orders.sight import sight
from shared.problems import NotFound
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Reply, address
from shared.web.paging import Page
from shared.web.routes import Routes

routes = Routes("orders")


class NewLines(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [NEW_LINES]})

    lines: Annotated[tuple[NewLine, ...], NOT_EMPTY, Field(max_length=1000, json_schema_extra={"minItems": 1})]


@routes.post("/api/orders", roles=WRITERS, status=201, problems=(OrderExists,))
async def create_order(call: Call, body: NewOrder) -> Reply[OrderShown]:
    """Create an order with its lines. The plan is made backward from the promise of each leg.

    A leg is the lines that travel in one shipment, or those without one. Lines that are delivered already come with their date.
    """
    owners = await sight(call)
    await store.create(call.tx, call.stamp(), body, owners)
    shown = await queries.read_order(call.tx, body.number, owners)
    return Reply(shown, headers={"Location": address("/api/orders/{order}", order=body.number)})


@routes.post("/api/orders/{order}/lines", roles=WRITERS, status=201, problems=(NotFound, PartialShipmentForbidden))
async def add_lines(call: Call, order: str, body: NewLines) -> OrderShown:
    """Give an order more lines. All or none; a line that is there already as given is left as it is."""
    owners = await sight(call)
    await store.extend(call.tx, call.stamp(), order, body.lines, owners)
    return await queries.read_order(call.tx, order, owners)


@routes.get("/api/orders", roles=ANYONE)
async def list_orders(call: Call, query: OrdersQuery) -> Page[OrderListed]:
    """List orders by number. With what is open, late and at risk in each."""
    return await queries.list_orders(call.tx, query, await sight(call), call.now.date())


@routes.get("/api/orders/{order}", roles=ANYONE, problems=(NotFound,))
async def read_order(call: Call, order: str) -> OrderShown:
    """Read an order with its lines and its plan."""
    return await queries.read_order(call.tx, order, await sight(call))
