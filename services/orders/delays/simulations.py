"""What a delay would do, before it is logged or said anew: the same decision as the command's, of which nothing is written."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.clauses import store as clauses
from services.orders.credits import store as credits
from services.orders.cutoffs import store as cutoffs
from services.orders.delays import store
from services.orders.delays.api import OrderTouched, decided, policy_for, require_delayed, touched, updated
from services.orders.delays.domain import Decision, DelayOpen, DelayOver, Target, Touched
from services.orders.delays.examples import SIMULATED
from services.orders.delays.model import LogDelay, LogShipmentDelay, UpdateDelay
from services.orders.documents import store as documents
from services.orders.fields import Answer
from services.orders.planning import store as planning
from services.orders.planning.domain import latest
from services.orders.planning.domain.deadlines import Breach, Breaches, Term, broken
from services.orders.planning.legs import find_leg
from services.orders.planning.model import Plan, Settled
from services.orders.shipments import store as shipments
from services.orders.sight import NotAllYours, require_all, sight
from shared.contracts.orders import PlanReestimated, PromisedLine
from shared.database.pool import Tx
from shared.problems import NotFound
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("delays")

TERMS: tuple[Callable[[Tx, Collection[UUID]], Awaitable[Mapping[UUID, Sequence[Term]]]], ...] = (
    credits.terms,
    clauses.terms,
    cutoffs.terms,
    documents.terms,
)
"""What gives, for orders by their ids, the terms whose deadlines a delay may break."""


class OrderSimulated(OrderTouched):
    """What the command would do to one order. The slack is that of the delayed milestone."""

    slack_before: Annotated[int, Field(description="calendar days it could have moved before a promise breaks")]
    slack_after: Annotated[int, Field(description="what is left of it; negative when a promise breaks")]
    waiting: Annotated[tuple[PromisedLine, ...], Field(description="new promises that would wait for approval")]
    breaches: Breaches
    reestimated: Annotated[PlanReestimated, Field(description="the event that would be told of the order")]


class DelaySimulated(Answer):
    """As it is, `POST /api/notifications/previews` takes it and shows every text that would be sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [SIMULATED]})

    milestone: str
    shipment: str | None
    orders: tuple[OrderSimulated, ...]


@routes.post("/api/orders/{order}/delays/simulations", roles=WRITERS, problems=(NotFound, DelayOpen))
async def simulate_delay(call: Call, order: str, body: LogDelay) -> DelaySimulated:
    """Ask what a delay of an order would do. Answers what logging it would answer, and writes nothing."""
    plan = await planning.read_order(call.tx, order, await sight(call), call.now.date())
    leg = find_leg(plan.standing(), body.milestone, body.shipment, "shipment" in body.model_fields_set)
    return await _simulated(call, Target(body.milestone, leg, order_id=plan.order_id), [plan], body)


@routes.post("/api/orders/shipments/{shipment}/delays/simulations", roles=WRITERS, problems=(NotFound, NotAllYours, DelayOpen))
async def simulate_shipment_delay(call: Call, shipment: str, body: LogShipmentDelay) -> DelaySimulated:
    """Ask what a delay of a shipment would do to each of its orders. Answers what logging it would answer, and writes nothing."""
    found = await shipments.read(call.tx, shipment)
    plans, others = await planning.read_shipment_orders(call.tx, shipment, await sight(call), call.now.date())
    require_all(others, f"shipment {shipment}")
    return await _simulated(call, Target(body.milestone, shipment, shipment_id=found.id), plans, body)


@routes.post("/api/orders/delays/{delay}/simulations", roles=WRITERS, problems=(NotFound, NotAllYours, DelayOver))
async def simulate_update(call: Call, delay: UUID, body: UpdateDelay) -> DelaySimulated:
    """Ask what saying a delay anew would do. Answers what updating it would answer, and writes nothing."""
    owners = await sight(call)
    place = await store.place(call.tx, delay)
    plans, others = await planning.read_delayed_orders(call.tx, delay, owners, call.now.date())
    require_delayed(plans, others)
    if place.shipment is not None:
        plans, others = await planning.read_shipment_orders(call.tx, place.shipment, owners, call.now.date())
        require_all(others, f"shipment {place.shipment}")
    current = await store.read(call.tx, delay)
    decision = updated(call, current, plans, body, await policy_for(call, [body], plans))
    return DelaySimulated(milestone=current.milestone, shipment=current.shipment, orders=await simulated(call.tx, decision))


async def _simulated(call: Call, target: Target, plans: Sequence[Plan], body: LogDelay | LogShipmentDelay) -> DelaySimulated:
    decision = decided(call, target, plans, body, await policy_for(call, [body], plans))
    return DelaySimulated(milestone=target.milestone, shipment=target.shipment, orders=await simulated(call.tx, decision))


async def simulated(tx: Tx, decision: Decision) -> tuple[OrderSimulated, ...]:
    """What a decision that is not written would do to each of its orders."""
    orders = [order.settled.after.order_id for order in decision.orders]
    terms = [await load(tx, orders) for load in TERMS]
    return tuple(
        _order(order, [term for found in terms for term in found.get(order.settled.after.order_id, ())]) for order in decision.orders
    )


async def breaches(tx: Tx, settled: Settled) -> tuple[Breach, ...]:
    """The deadlines beside the promise that a command would break which is not written."""
    order_id = settled.after.order_id
    return broken(settled.before, settled.after, [term for load in TERMS for term in (await load(tx, [order_id])).get(order_id, ())])


def _order(order: Touched, terms: Sequence[Term]) -> OrderSimulated:
    key = order.after.key

    def slack(plan: Plan) -> int:
        return (latest(plan)[key] - plan.at(key).estimated).days

    settled = order.settled
    (told,) = (event for event in settled.events if isinstance(event, PlanReestimated))
    return OrderSimulated(
        **dict(touched(order)),
        slack_before=slack(settled.before),
        slack_after=slack(settled.after),
        waiting=order.waiting.lines if order.waiting else (),
        breaches=broken(settled.before, settled.after, terms),
        reestimated=told,
    )
