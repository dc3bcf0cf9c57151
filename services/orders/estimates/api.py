"""Words on when a milestone will happen, over HTTP: for one order, or for a shipment with all its orders."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import Field

from services.orders.cutoffs import store as cutoffs
from services.orders.cutoffs.domain import Departures, require_restated
from services.orders.estimates import store
from services.orders.estimates.domain import (
    HeldBy,
    Of,
    StateEstimate,
    StateShipmentEstimate,
    Word,
    departure,
    held_by,
    require_meant,
    said_now,
    state_all,
)
from services.orders.fields import Answer, require_ahead
from services.orders.milestones.domain import MilestoneReached
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.inserts import Context
from services.orders.planning.legs import find_leg, find_nodes
from services.orders.planning.model import ARRIVE, DEPART, Key, Plan
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import require_arrival
from services.orders.shipments.model import Schedule, Typed
from services.orders.shipments.store import Shipment
from services.orders.sight import NotAllYours, answering, plans_of, reporter
from services.orders.tracking.following import beneath_words
from shared.contracts.orders import MovedLine, MovedNode
from shared.messaging.record import append
from shared.problems import NotFound
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("estimates")


class OrderEstimated(Answer):
    """What a word did to one order; nothing moved where it stood already or slack absorbed it."""

    number: str
    version: int
    shipment: str | None
    milestone: str
    before: date
    after: Annotated[date, Field(description="later than the day said where an open delay or what it waits for holds it")]
    nodes: tuple[MovedNode, ...]
    lines: tuple[MovedLine, ...]
    at_risk: Annotated[tuple[str, ...], Field(description="lines newly expected after their promise")]
    held_by: Annotated[HeldBy | None, Field(description="the open delay that keeps it from the day said, where one does")]


class ShipmentEstimated(Answer):
    shipment: str
    milestone: str
    orders: tuple[OrderEstimated, ...]


@routes.post("/api/orders/{order}/estimates", roles=ANYONE, heeds_version=True, problems=(NotFound, MilestoneReached))
async def state_estimate(call: Call, order: str, body: StateEstimate) -> OrderEstimated:
    """Say when a milestone will happen. By the word of whoever answers for it, earlier or later than its plan.

    It stands until what the milestone waits for comes too late for it, or it is taken back: then what the carrier says of that milestone of
    the shipment counts again, which he alone takes back. Open delays still hold the milestone; a promise never moves by this. Of those who
    do not follow orders, the department that answers for the milestone may say it, and whoever is named on it.
    """
    owners, who = await answering(call, order)
    plan = await planning.lock_order(call.tx, order, owners, call.now.date())
    call.heed_version(plan.version)
    leg = find_leg(plan, body.milestone, body.shipment, "shipment" in body.model_fields_set)
    who.require(plan, (leg, body.milestone))
    (done,) = await _state(call, [plan], (leg, body.milestone), Word(body.day, body.source, call.now))
    return done


@routes.post("/api/orders/shipments/{shipment}/estimates", roles=ANYONE, problems=(NotFound, NotAllYours, MilestoneReached))
async def state_shipment_estimate(call: Call, shipment: str, body: StateShipmentEstimate) -> ShipmentEstimated:
    """Say when a milestone of a shipment will happen. For each of its orders that has it still before it.

    The carrier's word stands over what is said of the goods of one order, which counts again where he takes it back. That on its departure
    or arrival is that of its schedule, of which the other day stays: for lines that join later, too. A departure before cut-offs that he
    has stated is said as the schedule, with those that he states now.
    """
    who = await reporter(call, WRITERS)
    locked = await shipments.lock(call.tx, shipment)
    plans = await plans_of(call, shipment)
    key = (shipment, body.milestone)
    having = [plan for plan, _ in find_nodes(plans, shipment, body.milestone)]
    for plan in having:
        who.require(plan, key)
    ahead = [plan for plan in having if plan.passed(key) is None]
    carriers, sails = body.source == "carrier", body.milestone in (DEPART, ARRIVE)
    if ahead and carriers and sails:
        await _check_sailing(call, locked, plans, body)
    # Where all have passed it, the first says so.
    done = await _state(call, ahead or having[:1], key, Word(body.day, body.source, call.now), of="shipment" if carriers else "order")
    if ahead and carriers and sails:
        await _keep_sailing(call, locked, plans, body)
    elif ahead and carriers:
        await shipments.keep_typed(call.tx, locked, {body.milestone: Typed(body.day, call.now)})
    return ShipmentEstimated(shipment=shipment, milestone=body.milestone, orders=done)


async def _check_sailing(call: Call, locked: Shipment, plans: Sequence[Plan], body: StateShipmentEstimate) -> None:
    """Invalid for a departure before cut-offs that the carrier has stated, and for an arrival before the departure."""
    if body.milestone == ARRIVE:
        require_arrival(plans, locked.number, {DEPART: locked.etd, ARRIVE: body.day}, None, field="day")
    elif body.day is not None and body.day != locked.etd:
        require_restated([one for one in await cutoffs.looked(call.tx, locked.number, None) if not one.met], body.day, field="day")


async def _keep_sailing(call: Call, locked: Shipment, plans: Sequence[Plan], body: StateShipmentEstimate) -> None:
    """Keep the carrier's word on a sailing with its shipment. Of the other of its days he says nothing, of the zone of its port neither."""
    if body.milestone == DEPART:
        said = Schedule(etd=body.day, eta=locked.eta)
        leaves = departure(plans, locked.number, Word(body.day, "carrier", call.now, body.day)) if body.day is not None else None
        departs = locked.arrives_from(leaves)
    else:
        said, departs = Schedule(etd=locked.etd, eta=body.day), departure(plans, locked.number)
    events = await cutoffs.schedule(call.tx, locked, said, call.now, departs, tracked=Departures())
    of_vessel = departs if body.milestone == ARRIVE and body.day is not None and locked.etd is not None else None
    await shipments.keep_typed(call.tx, locked, {body.milestone: Typed(body.day, call.now, of_vessel)})
    if events:
        await append(call.tx, call.stamp(), [await shipments.counted(call.tx, locked, events)])


async def _state(call: Call, plans: Sequence[Plan], key: Key, word: Word, *, of: Of = "order") -> tuple[OrderEstimated, ...]:
    if word.day is not None:
        require_ahead(word.day, call.now.date(), "day")
        require_meant(plans, key, word.day, call.now.date())
    if word.source == "carrier" and key[1] in (DEPART, ARRIVE):
        said = replace(word, departs=word.day) if key[1] == DEPART else None
        word = replace(word, departs=departure(plans, key[0], said))
    beneath = await beneath_words(call.tx, {key: word})
    outcomes = [(plan, state_all(plan, said_now(plan, {key: word}), of=of, beneath=beneath)) for plan in plans]
    settled = [one for _, one in outcomes if one is not None]
    if settled:
        stamp = call.stamp()
        await store.save(call.tx, settled, Context(stamp.time, stamp.actor, "api", "estimate_stated"))
        await append(call.tx, stamp, planned.facts(settled))
    shipment, milestone = key
    return tuple(
        OrderEstimated(
            number=plan.number,
            version=plan.version + (len(one.events) if one else 0),
            shipment=shipment,
            milestone=milestone,
            before=plan.at(key).estimated,
            after=(one.after if one else plan).at(key).estimated,
            nodes=one.moves.nodes if one else (),
            lines=one.moves.lines if one else (),
            at_risk=tuple(line.line for line in one.moves.at_risk) if one else (),
            held_by=held_by(one.after if one else plan, key),
        )
        for plan, one in outcomes
    )
