"""Days corrected over HTTP: actual dates of a milestone of one order, or of a shipment with all its orders; the day of an order."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.orders.corrections import store
from services.orders.corrections.domain import (
    CorrectActual,
    Corrected,
    CorrectOrderDay,
    CorrectShipmentActual,
    NotReached,
    correct,
    place,
)
from services.orders.delays import inserts as delays
from services.orders.fields import Answer, require_come
from services.orders.milestones.domain import GateClosed
from services.orders.planning import store as planning
from services.orders.planning.domain import written
from services.orders.planning.legs import find_leg, find_nodes
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import Elsewhere
from services.orders.sight import NotAllYours, answering, plans_of, reporter, sight
from shared.contracts.corrections import CorrectedLine
from shared.contracts.orders import MovedLine, MovedNode
from shared.problems import NotFound
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("corrections")


class OrderCorrected(Answer):
    """What the correction did to one order. A delay that was closed by the wrong date holds it again."""

    number: str
    status: Annotated[str, Field(description="open again where it was completed by the wrong date")]
    version: int
    shipment: str | None
    milestone: str
    before: Annotated[date | None, Field(description="the day that does not hold; null where only some lines of the leg were delivered")]
    actual: Annotated[date | None, Field(description="null: it has not happened, or not to all lines of the leg")]
    expected: date
    corrected: Annotated[tuple[CorrectedLine, ...], Field(description="lines whose delivery was wrong")]
    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones whose expected date moved, and the one that has not happened")]
    lines: tuple[MovedLine, ...]
    at_risk: tuple[str, ...]
    reopened: Annotated[tuple[str, ...], Field(description="links of delays that hold it again")]


class ShipmentCorrected(Answer):
    shipment: str
    milestone: str
    orders: tuple[OrderCorrected, ...]


class OrderPlaced(Answer):
    """An order whose day was corrected."""

    number: str
    version: int
    before: Annotated[date | None, Field(description="null: nobody had said it")]
    ordered_on: date
    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones whose expected date moved")]
    lines: tuple[MovedLine, ...]


CORRECTING = (NotFound, NotReached, GateClosed)


@routes.post("/api/orders/{order}/actuals/corrections", roles=ANYONE, status=201, heeds_version=True, problems=(*CORRECTING, Elsewhere))
async def correct_actual(call: Call, order: str, body: CorrectActual) -> OrderCorrected:
    """Correct an actual date that is wrong: give another day, or none where it has not happened, with the reason.

    The ledger keeps the wrong one and who corrected it. The plan is estimated anew, as if it had never been recorded: delays that it
    closed hold again, an order that it completed is open again, and customers hear of dates that moved. A gate that let something pass
    cannot be taken back before that is. Of those who do not follow orders, who may record the milestone may correct it.
    """
    _require_come(call, body.date)
    owners, who = await answering(call, order)
    plan = await shipments.lock_order(call.tx, order, owners, call.now.date())
    call.heed_version(plan.version)
    leg = find_leg(plan, body.milestone, body.shipment, "shipment" in body.model_fields_set, happened=True)
    who.require(plan, (leg, body.milestone))
    over = await delays.over(call.tx, [plan.order_id])
    corrected = correct(plan, over.get(plan.order_id, ()), body.milestone, leg, body.date, body.reason, body.lines, by_hand=call.now)
    await store.save(call.tx, call.stamp(), [corrected], body.reason)
    return _corrected(corrected)


@routes.post("/api/orders/shipments/{shipment}/actuals/corrections", roles=ANYONE, status=201, problems=(*CORRECTING, NotAllYours))
async def correct_shipment_actual(call: Call, shipment: str, body: CorrectShipmentActual) -> ShipmentCorrected:
    """Correct an actual date of a shipment that is wrong, for each of its orders that has another one."""
    _require_come(call, body.date)
    who = await reporter(call, WRITERS)
    await shipments.lock(call.tx, shipment)
    plans = await plans_of(call, shipment)
    nodes = find_nodes(plans, shipment, body.milestone)
    for plan, node in nodes:
        who.require(plan, node.key)
    # Those that have the right day are left; where none has another, the first says so.
    wrong = [plan for plan, node in nodes if plan.happened(node) and node.actual != body.date] or [nodes[0][0]]
    over = await delays.over(call.tx, [plan.order_id for plan in wrong])
    corrected = [
        correct(plan, over.get(plan.order_id, ()), body.milestone, shipment, body.date, body.reason, by_hand=call.now) for plan in wrong
    ]
    await store.save(call.tx, call.stamp(), corrected, body.reason)
    return ShipmentCorrected(shipment=shipment, milestone=body.milestone, orders=tuple(map(_corrected, corrected)))


@routes.post("/api/orders/{order}/ordered-on/corrections", roles=WRITERS, status=201, heeds_version=True, problems=(NotFound,))
async def correct_order_day(call: Call, order: str, body: CorrectOrderDay) -> OrderPlaced:
    """Correct the day on which an order was placed, with the reason. It has come, and nothing of the order had happened before it."""
    require_come(body.date, call.now.date(), "date")
    plan = await planning.lock_order(call.tx, order, await sight(call), call.now.date())
    call.heed_version(plan.version)
    before, said = await store.placed(call.tx, plan.order_id)
    settled = place(plan, before, said, body.date, body.reason, call.now.date())
    await store.place(call.tx, call.stamp(), settled, body.date)
    return OrderPlaced(
        number=plan.number,
        version=written(settled).version,
        before=before,
        ordered_on=body.date,
        nodes=settled.moves.nodes,
        lines=settled.moves.lines,
    )


def _require_come(call: Call, day: date | None) -> None:
    if day is not None:
        require_come(day, call.now.date(), "date")


def _corrected(one: Corrected) -> OrderCorrected:
    plan, moves, event = one.settled.after, one.settled.moves, one.event
    return OrderCorrected(
        number=plan.number,
        status=plan.status,
        version=written(one.settled).version,
        shipment=event.shipment,
        milestone=event.milestone,
        before=event.before,
        actual=event.actual,
        expected=event.estimated,
        corrected=(*event.lines, *(one.delivery.lines if one.delivery is not None else ())),
        nodes=moves.nodes,
        lines=moves.lines,
        at_risk=tuple(line.line for line in moves.at_risk),
        reopened=tuple(f"/api/orders/delays/{delay.delay_id}" for delay in one.reopened),
    )
