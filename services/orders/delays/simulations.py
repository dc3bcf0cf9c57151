"""What a delay would do, before it is logged: the same decision as the command's, of which nothing is written."""

from typing import Annotated

from pydantic import Field

from services.orders.delays import domain
from services.orders.delays.api import OrderTouched, touched
from services.orders.delays.domain import Decision, DelayOpen, Target, Touched
from services.orders.delays.model import LogDelay, LogShipmentDelay
from services.orders.fields import Answer
from services.orders.planning import store as planning
from services.orders.planning.domain import latest
from services.orders.planning.legs import find_leg
from services.orders.planning.model import Plan
from services.orders.shipments import store as shipments
from services.orders.sight import NotAllYours, require_all, sight
from shared.contracts.orders import PlanReestimated
from shared.ids import new_id
from shared.problems import NotFound
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("delays")


class OrderSimulated(OrderTouched):
    """What the command would do to one order. The slack is that of the delayed milestone."""

    slack_before: Annotated[int, Field(description="calendar days it could have moved before a promise breaks")]
    slack_after: Annotated[int, Field(description="what is left of it; negative when a promise breaks")]
    reestimated: Annotated[PlanReestimated, Field(description="the event that would be told of the order")]


class DelaySimulated(Answer):
    milestone: str
    shipment: str | None
    orders: tuple[OrderSimulated, ...]


@routes.post("/api/orders/{order}/delays/simulations", roles=WRITERS, problems=(NotFound, DelayOpen))
async def simulate_delay(call: Call, order: str, body: LogDelay) -> DelaySimulated:
    """Ask what a delay of an order would do. Answers what logging it would answer, and writes nothing."""
    plan = await planning.read_order(call.tx, order, await sight(call))
    leg = find_leg(plan, body.milestone, body.shipment, "shipment" in body.model_fields_set)
    target = Target(body.milestone, leg, order_id=plan.order_id)
    return _simulated(domain.log_delay(target, [plan], body, delay_id=new_id(), by=call.principal.login, now=call.now))


@routes.post("/api/orders/shipments/{shipment}/delays/simulations", roles=WRITERS, problems=(NotFound, NotAllYours, DelayOpen))
async def simulate_shipment_delay(call: Call, shipment: str, body: LogShipmentDelay) -> DelaySimulated:
    """Ask what a delay of a shipment would do to each of its orders. Answers what logging it would answer, and writes nothing."""
    found = await shipments.read(call.tx, shipment)
    plans, others = await planning.read_shipment_orders(call.tx, shipment, await sight(call))
    require_all(others, f"shipment {shipment}")
    target = Target(body.milestone, shipment, shipment_id=found.id)
    return _simulated(domain.log_delay(target, plans, body, delay_id=new_id(), by=call.principal.login, now=call.now))


def _simulated(decision: Decision) -> DelaySimulated:
    delay = decision.delay
    return DelaySimulated(
        milestone=delay.milestone,
        shipment=delay.shipment,
        orders=tuple(_order(order, (delay.shipment, delay.milestone)) for order in decision.orders),
    )


def _order(order: Touched, key: tuple[str | None, str]) -> OrderSimulated:
    def slack(plan: Plan) -> int:
        return (latest(plan)[key] - plan.at(key).estimated).days

    settled = order.settled
    (told,) = (event for event in settled.events if isinstance(event, PlanReestimated))
    return OrderSimulated(
        **dict(touched(order)),
        slack_before=slack(settled.before),
        slack_after=slack(settled.after),
        reestimated=told,
    )
