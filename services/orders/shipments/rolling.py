"""Shipments that missed their vessel, over HTTP: rolled to another, which is asked first in the same words: the same decision, of which
nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from services.orders.credits import store as credits
from services.orders.credits.domain import PartialShipmentForbidden
from services.orders.cutoffs import store as cutoffs
from services.orders.cutoffs.domain import CutoffTerm, of_departure, zone_before, zone_of
from services.orders.delays.simulations import breaches
from services.orders.estimates.domain import HeldBy, Word, departure, held_by
from services.orders.fields import Answer
from services.orders.planning import store as planning
from services.orders.planning.domain import compare
from services.orders.planning.domain.deadlines import Breaches
from services.orders.planning.model import ARRIVE, DEPART, Key, Plan, Settled
from services.orders.sailings import store as sailings
from services.orders.shipments import queries, resailing, store, words
from services.orders.shipments.domain import Resailed, Underway, say_schedule, travelling
from services.orders.shipments.model import RollShipment, Schedule, TransportBody
from services.orders.shipments.queries import ShipmentShown
from services.orders.shipments.store import Shipment
from services.orders.sight import NotAllYours, plans_of, require_all, sight
from services.orders.tracking.domain import OF_A_SAILING
from services.orders.tracking.inserts import end_sailing
from shared.contracts.event import Event
from shared.contracts.orders import MovedLine, MovedNode
from shared.contracts.shipments import CutoffFacts, ShipmentRolled
from shared.messaging.record import append
from shared.problems import NotFound
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("shipments")

ROLLS = "/api/orders/shipments/{shipment}/rolls"
ROLLING = (NotFound, NotAllYours, Underway, PartialShipmentForbidden)
_LINK = "/api/orders/delays/{}"


class OrderRolled(Answer):
    """What a roll did to one order; its promises stay."""

    number: str
    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones whose expected date moved")]
    moved: Annotated[tuple[MovedLine, ...], Field(description="lines whose expected delivery moved")]
    at_risk: Annotated[tuple[str, ...], Field(description="lines newly expected after their promise")]


class OrderRollSimulated(OrderRolled):
    breaches: Breaches


class ShipmentRolledShown(ShipmentShown):
    """The shipment as it goes then, with what holds it."""

    rolled: Annotated[tuple[OrderRolled, ...], Field(description="orders that expect something on another day than before")]


class RollSimulated(ShipmentRolledShown):
    """The shipment as it would go, with what would hold it; its version is the one it has."""

    rolled: Annotated[
        tuple[OrderRollSimulated, ...], Field(description="orders that would expect something on another day, or miss a deadline")
    ]


@dataclass(frozen=True, slots=True)
class Rolled:
    """How a shipment goes `after` it was rolled, with the cut-offs of that sailing in the `zone` of its port, when the vessel `departs` of
    which the carrier says the arrival, what its orders meet there, and what that moves of each.
    """

    after: TransportBody
    schedule: Schedule
    zone: str | None
    cutoffs: Sequence[CutoffFacts]
    departs: date | None
    sailed: Sequence[Resailed]
    settled: Sequence[Settled | None]


@routes.post(ROLLS, roles=WRITERS, problems=ROLLING)
async def roll_shipment(call: Call, shipment: str, body: RollShipment) -> ShipmentRolledShown:
    """Say that a shipment missed its vessel and travels with another. What was said of the first sailing holds no more.

    A disruption of the vessel that it leaves holds its orders no more, one of the vessel that it comes to does. They expect the new
    departure and arrival, as far as they are known; the answer is the shipment as it goes now, with what holds it and what that moved.
    Customers hear of dates that moved; for a reason, log a delay.
    """
    await queries.show(call.tx, shipment, await sight(call))
    locked = await store.lock(call.tx, shipment)
    await sailings.come_aboard(call.tx, [body])
    await _require_there(call, locked)
    rolled = await _rolled(call, locked, await plans_of(call, shipment), body)
    now = rolled.after.told()
    told = ShipmentRolled(shipment_id=locked.id, number=shipment, before=locked.transport, after=now, reason=body.reason)
    events: list[Event] = [told, await store.change(call.tx, locked, rolled.after)]
    await cutoffs.forget(call.tx, locked.id)
    goes = replace(locked, transport=now)
    events += await cutoffs.schedule(call.tx, goes, rolled.schedule, call.now, rolled.departs, zone=rolled.zone)
    await append(call.tx, call.stamp(), [await store.counted(call.tx, locked, events)])
    await resailing.save(call, rolled.sailed, rolled.settled)
    await end_sailing(call.tx, locked.id, call.now)
    shown = await queries.show(call.tx, shipment, await sight(call))
    return ShipmentRolledShown(**dict(shown), rolled=tuple(_moved(one) for one in rolled.settled if one is not None and one.moves.nodes))


@routes.post(ROLLS + "/simulations", roles=WRITERS, problems=ROLLING)
async def simulate_roll(call: Call, shipment: str, body: RollShipment) -> RollSimulated:
    """Ask what a roll would do. Answers what it would answer, with the deadlines it would break, and writes nothing."""
    owners = await sight(call)
    shown = await queries.show(call.tx, shipment, owners)
    found = await store.read(call.tx, shipment)
    await _require_there(call, found)
    plans, others = await planning.read_shipment_orders(call.tx, shipment, owners, call.now.date())
    require_all(others, f"shipment {shipment}")
    rolled = await _rolled(call, found, plans, body)
    after = [now.after if now is not None else one.plan for one, now in zip(rolled.sailed, rolled.settled, strict=True)]
    orders = [await _simulated(call, shipment, rolled, *one) for one in zip(plans, rolled.sailed, rolled.settled, strict=True)]
    goes: dict[str, Any] = {
        **dict(rolled.after.told()),
        "etd": _last(after, (shipment, DEPART)) or body.etd,
        "eta": _last(after, (shipment, ARRIVE)) or body.eta,
        "open_delays": _open(shown, rolled.sailed),
        "held": _held(after, shipment),
    }
    return RollSimulated(**{**dict(shown), **goes}, rolled=tuple(one for one in orders if one.nodes or one.breaches))


async def _require_there(call: Call, shipment: Shipment) -> None:
    """Underway where goods of it have left: they missed no vessel."""
    if await store.goods_left(call.tx, shipment):
        raise Underway(words.left(shipment.number))


async def _rolled(call: Call, shipment: Shipment, plans: Sequence[Plan], body: RollShipment) -> Rolled:
    """What becomes of a shipment, and of all its orders, that is rolled."""
    before, number = shipment.transport, shipment.number
    body.require_another(before)
    given = body.model_dump(include=set(TransportBody.model_fields), exclude_none=True)
    after = TransportBody.model_construct(**{**dict(before), "vessel_imo": None, **given})
    known = [travelling(plan, number, after.told()) for plan in plans]
    await credits.check_together(call.tx, known)
    schedule = Schedule(etd=body.etd, eta=body.eta)
    schedule.require_ahead(Schedule(), call.now.date())
    zone = body.zone or zone_of(before.port_of_loading) or zone_before(await cutoffs.read(call.tx, shipment.id))
    reckoned = of_departure(after.told(), body.etd, zone)
    stood = await resailing.standing(call, shipment, known)
    sailed = await resailing.resailed(call, replace(shipment, transport=after.told()), known, stood)
    there = [one.plan for one in sailed]
    departs = departure(there, number, Word(body.etd, "carrier", call.now, body.etd))
    days = {**dict.fromkeys(OF_A_SAILING), DEPART: body.etd, ARRIVE: body.eta}
    said = say_schedule(there, number, days, call.now, departs)
    settled = [resailing.moved(one, now) for one, now in zip(sailed, said, strict=True)]
    return Rolled(after, schedule, zone, reckoned, departs, sailed, settled)


def _moved(settled: Settled) -> OrderRolled:
    moves = settled.moves
    return OrderRolled(
        number=settled.after.number, nodes=moves.nodes, moved=moves.lines, at_risk=tuple(line.line for line in moves.at_risk)
    )


async def _simulated(
    call: Call, shipment: str, rolled: Rolled, plan: Plan, sailed: Resailed, settled: Settled | None
) -> OrderRollSimulated:
    """What it would do to an order, with the deadlines that it would break: of the cut-offs those of the new sailing."""
    now = replace(settled or Settled(plan, sailed.plan, compare(plan, sailed.plan)), before=plan)
    found = [one for one in await breaches(call.tx, now) if one.kind != "cutoff" or one.shipment != shipment]
    missed = [breach for one in rolled.cutoffs for breach in CutoffTerm(shipment, one).breaches(now.after)]
    return OrderRollSimulated(**dict(_moved(now)), breaches=(*found, *missed))


def _last(plans: Sequence[Plan], key: Key) -> date | None:
    """The last day on which one of the orders expects it."""
    return max((node.estimated for plan in plans if (node := plan.node(key)) is not None), default=None)


def _open(shown: ShipmentShown, sailed: Sequence[Resailed]) -> tuple[str, ...]:
    """Links of the delays that would be open of it, or of the departure or arrival of orders in it."""
    left = {_LINK.format(delay_id) for one in sailed for delay_id in one.left}
    joined = {_LINK.format(one.delay_id) for of in sailed for one in of.joined if one.milestone in (DEPART, ARRIVE)}
    return tuple(sorted({*shown.open_delays} - left | joined))


def _held(plans: Sequence[Plan], shipment: str) -> tuple[HeldBy, ...]:
    """What would hold departure and arrival beyond the day said: of several orders to the latest."""
    keys = ((shipment, ARRIVE), (shipment, DEPART))
    found = ([by for plan in plans if plan.node(key) is not None and (by := held_by(plan, key)) is not None] for key in keys)
    return tuple(min(own, key=lambda one: (-one.until.toordinal(), one.delay)) for own in found if own)
