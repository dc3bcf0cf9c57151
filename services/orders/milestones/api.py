"""Actual dates over HTTP: of a milestone of one order, or of a shipment with all its orders."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.orders.fields import Answer, require_come
from services.orders.milestones.domain import (
    CustomsHold,
    GateClosed,
    MilestoneReached,
    NotPassed,
    RecordActual,
    Recorded,
    RecordShipmentActual,
    record,
)
from services.orders.milestones.words import reached
from services.orders.planning.domain import is_shown, written
from services.orders.planning.legs import find_leg, find_nodes
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import Elsewhere
from services.orders.sight import NotAllYours, answering, plans_of, reporter
from services.orders.waiting import store as waiting
from shared.contracts.orders import DeliveredLine, MovedLine, MovedNode
from shared.problems import NotFound
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("milestones")


class OrderReached(Answer):
    """What an actual date did to one order."""

    number: str
    status: Annotated[str, Field(description="completed once every line is delivered")]
    version: int
    shipment: str | None
    milestone: str
    actual: Annotated[date | None, Field(description="null while other lines of the leg are still to be delivered")]
    delivered: tuple[DeliveredLine, ...]
    nodes: Annotated[tuple[MovedNode, ...], Field(description="later milestones whose expected date moved")]
    lines: tuple[MovedLine, ...]
    at_risk: tuple[str, ...]


class ShipmentReached(Answer):
    shipment: str
    milestone: str
    orders: tuple[OrderReached, ...]


@routes.post(
    "/api/orders/{order}/actuals",
    roles=ANYONE,
    status=201,
    heeds_version=True,
    problems=(NotFound, MilestoneReached, GateClosed, NotPassed, CustomsHold, Elsewhere),
)
async def record_actual(call: Call, order: str, body: RecordActual) -> OrderReached:
    """Record that a milestone has happened. At the delivery point the lines of the leg, or those named, are delivered by it; where that
    is before goods leave, they are with `ON_BOARD` or `DEPART`, until somebody records the day of the delivery point itself.

    What comes after is expected anew; a delay of the milestone closes with it, and an order with its last line. A gate is met
    by whoever records it, whose name the ledger keeps; what comes after a gate cannot happen before it is. Nor does a milestone, or what
    comes after it, while a failed inspection of it is neither repeated nor waived; finished goods that failed do not leave. Nor does
    `CST_REL` while customs holds what was declared. Of those who do not follow orders, the department that answers for the milestone may
    record it, and whoever is named on it.
    """
    require_come(body.date, call.now.date(), "date")
    owners, who = await answering(call, order)
    plan = await shipments.lock_order(call.tx, order, owners, call.now.date())
    call.heed_version(plan.version)
    leg = find_leg(plan, body.milestone, body.shipment, "shipment" in body.model_fields_set)
    who.require(plan, (leg, body.milestone))
    recorded = record(plan, body.milestone, leg, body.date, body.lines)
    [saved] = await waiting.record(call.tx, call.stamp(), [recorded])
    return _reached(saved)


@routes.post(
    "/api/orders/shipments/{shipment}/actuals",
    roles=ANYONE,
    status=201,
    problems=(NotFound, NotAllYours, MilestoneReached, GateClosed, NotPassed, CustomsHold),
)
async def record_shipment_actual(call: Call, shipment: str, body: RecordShipmentActual) -> ShipmentReached:
    """Record that a milestone has happened for a shipment: for each of its orders that had it still before them."""
    require_come(body.date, call.now.date(), "date")
    who = await reporter(call, WRITERS)
    await shipments.lock(call.tx, shipment)
    plans = await plans_of(call, shipment)
    nodes = find_nodes(plans, shipment, body.milestone)
    for plan, node in nodes:
        who.require(plan, node.key)
    ahead = [plan for plan, node in nodes if node.actual is None or is_shown(plan, node)]
    if not ahead:
        day = max(node.actual for _, node in nodes if node.actual is not None)
        raise MilestoneReached(reached(shipment, body.milestone, day), field="milestone", actual=str(day))
    recorded = [record(plan, body.milestone, shipment, body.date) for plan in ahead]
    saved = await waiting.record(call.tx, call.stamp(), recorded)
    return ShipmentReached(shipment=shipment, milestone=body.milestone, orders=tuple(_reached(one) for one in saved))


def _reached(recorded: Recorded) -> OrderReached:
    plan, moves, achieved = recorded.settled.after, recorded.settled.moves, recorded.achieved
    return OrderReached(
        number=plan.number,
        status=plan.status,
        version=written(recorded.settled).version,
        shipment=achieved.shipment,
        milestone=achieved.milestone,
        actual=achieved.actual if recorded.reached else None,
        delivered=(*achieved.lines, *(recorded.shown.lines if recorded.shown is not None else ())),
        nodes=moves.nodes,
        lines=moves.lines,
        at_risk=tuple(line.line for line in moves.at_risk),
    )
