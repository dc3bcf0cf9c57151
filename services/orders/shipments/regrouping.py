"""Lines that change their shipments, over HTTP: put into one, taken out, moved; shipments split and merged."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.chases import store as chases
from services.orders.credits import store as credits
from services.orders.credits.domain import PartialShipmentForbidden
from services.orders.cutoffs import store as cutoffs
from services.orders.documents import store as documents
from services.orders.fields import Answer
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.planning.words import no_line, no_shipment
from services.orders.sailings import store as sailings
from services.orders.shipments import inserts, store, words
from services.orders.shipments.domain import (
    Apart,
    Elsewhere,
    NothingToMerge,
    Regrouped,
    Underway,
    check_locked,
    lines_in,
    regroup,
)
from services.orders.shipments.model import MergeShipment, MoveLines, Sailing, SplitShipment
from services.orders.shipments.store import Shipment
from services.orders.sight import NotAllYours, require_all, sight
from shared.contracts.codes import Mode
from shared.contracts.event import Event
from shared.contracts.joining import JoinedNode
from shared.contracts.legs import LineMove
from shared.contracts.orders import MovedLine, MovedNode
from shared.contracts.shipments import ShipmentMerged, ShipmentSplit, ShippedLine
from shared.messaging.record import append
from shared.problems import Invalid, NotFound
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("shipments")


class OrderMoved(Answer):
    """What the command did to one order; its promises stay."""

    number: str
    lines: tuple[LineMove, ...]
    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones whose expected date moved")]
    joined: Annotated[
        tuple[JoinedNode, ...], Field(description="milestones that lines which joined others of the order expect on another day now")
    ]
    moved: Annotated[tuple[MovedLine, ...], Field(description="lines whose expected delivery moved")]
    at_risk: Annotated[tuple[str, ...], Field(description="lines newly expected after their promise")]
    stayed: Annotated[tuple[UUID, ...], Field(description="open delays that hold the lines that stayed, and those that moved no more")]
    planned_for: Annotated[
        tuple[Mode, ...],
        Field(description="the modes that the plan is made for, where the lines go by another now: milestones and days stay"),
    ]


class Moved(Answer):
    """The orders whose lines changed their shipments; one whose lines were there already is not among them."""

    shipment: str | None
    orders: tuple[OrderMoved, ...]


@routes.post(
    "/api/orders/{order}/moves",
    roles=WRITERS,
    heeds_version=True,
    problems=(NotFound, Underway, Apart, Elsewhere, PartialShipmentForbidden),
)
async def move_lines(call: Call, order: str, body: MoveLines) -> Moved:
    """Put lines of an order into a shipment, take them out, or move them to another. Promises stay, the plan's legs follow.

    Goods that are on their way stay where they are. A delay of the old shipment holds the lines no more, one of the new does; a delay
    of the goods goes along when their whole leg does, and stays with the rest of it otherwise. What was said of when a milestone of the
    goods will happen goes along, and of what is said or planned there the later day holds.
    """
    owners = await sight(call)
    seen = await planning.read_order(call.tx, order, owners, call.now.date())
    locked = await lock(call, {line.shipment for line in seen.lines if line.line in body.lines}, body.shipment)
    plan = await planning.lock_order(call.tx, order, owners, call.now.date())
    call.heed_version(plan.version)
    check_locked(plan, locked, body.lines)
    into = locked.get(body.shipment)
    regrouped = await put(call, plan, body.lines, into, body.reason)
    return await save(call, [regrouped] if regrouped else [], into)


@routes.post(
    "/api/orders/shipments/{shipment}/splits", roles=WRITERS, problems=(NotFound, NotAllYours, Underway, Apart, PartialShipmentForbidden)
)
async def split_shipment(call: Call, shipment: str, body: SplitShipment) -> Moved:
    """Let part of a shipment travel in another. It is made where there is none of its number; what there is stays as it is."""
    if body.into.number == shipment:
        raise Invalid(words.split_from_itself(shipment), field="into.number")
    await store.read(call.tx, shipment)
    await append(call.tx, call.stamp(), await store.create_missing(call.tx, [body.into]))
    locked = await lock(call, {shipment}, body.into.number)
    wanted = {one.order: one.lines for one in body.orders}
    regrouped = await _regroup(call, locked[shipment], locked[body.into.number], wanted, body.reason)
    told = ShipmentSplit(
        shipment_id=locked[shipment].id, number=shipment, into=body.into.number, lines=_lines(regrouped), reason=body.reason
    )
    return await save(call, regrouped, locked[body.into.number], locked[shipment], told)


@routes.post(
    "/api/orders/shipments/{shipment}/merges",
    roles=WRITERS,
    problems=(NotFound, NotAllYours, NothingToMerge, Underway, Apart, PartialShipmentForbidden),
)
async def merge_shipment(call: Call, shipment: str, body: MergeShipment) -> Moved:
    """Let everything in a shipment travel in another. Nothing that is still to be delivered is in this one afterwards."""
    if body.into == shipment:
        raise Invalid(words.merged_into_itself(shipment), field="into")
    locked = await lock(call, {shipment}, body.into)
    regrouped = await _regroup(call, locked[shipment], locked[body.into], None, body.reason)
    if not regrouped:
        raise NothingToMerge(words.nothing_to_merge(shipment))
    told = ShipmentMerged(shipment_id=locked[shipment].id, number=shipment, into=body.into, lines=_lines(regrouped), reason=body.reason)
    return await save(call, regrouped, locked[body.into], locked[shipment], told)


async def lock(call: Call, sources: Collection[str | None], target: str | None) -> dict[str | None, Shipment]:
    """The shipments and their vessels under their locks, before those of their orders; NotFound when one is missing."""
    names = {name for name in {*sources, target} if name is not None}
    locked = await store.lock_all(call.tx, names)
    await sailings.come_aboard(call.tx, (one.transport for one in locked.values()))
    return _found(names, locked)


async def read(call: Call, sources: Collection[str | None], target: str | None) -> dict[str | None, Shipment]:
    """The same without locks."""
    names = {name for name in {*sources, target} if name is not None}
    return _found(names, await store.read_all(call.tx, names))


def _found(names: Collection[str], there: Mapping[str, Shipment]) -> dict[str | None, Shipment]:
    if missing := sorted(set(names) - there.keys()):
        raise NotFound(no_shipment(missing[0]))
    return dict(there.items())


async def put(call: Call, plan: Plan, lines: Sequence[str], into: Shipment | None, reason: str) -> Regrouped | None:
    """What becomes of a locked order whose lines are put into a locked shipment, or into none; None where they are there already."""
    sailing = await sailings.join(call.tx, into, [plan.order_id], call.now.date()) if into is not None else Sailing()
    counted = await planned.counted(call.tx, [plan.order_id])
    return regroup(plan, lines, into.number if into is not None else None, sailing, reason, counted[plan.order_id])


async def _regroup(
    call: Call, shipment: Shipment, into: Shipment, wanted: Mapping[str, Sequence[str] | None] | None, reason: str
) -> list[Regrouped]:
    """What becomes of the orders of a shipment whose lines, all or those wanted, go into another."""
    plans, others = await planning.lock_shipment_orders(call.tx, shipment.number, await sight(call), call.now.date())
    found = {plan.number for plan in plans}
    if wanted is not None:
        plans = [plan for plan in plans if plan.number in wanted]
        if missing := sorted(wanted.keys() - found):
            raise Invalid(no_line(missing[0], shipment.number), field="orders")
    require_all(others, f"shipment {shipment.number}")
    sailing = await sailings.join(call.tx, into, [plan.order_id for plan in plans], call.now.date())
    counted = await planned.counted(call.tx, [plan.order_id for plan in plans])
    lines = {plan.order_id: lines_in(plan, shipment.number, (wanted or {}).get(plan.number)) for plan in plans}
    regrouped = (regroup(plan, lines[plan.order_id], into.number, sailing, reason, counted[plan.order_id]) for plan in plans)
    return [one for one in regrouped if one is not None]


def _lines(regrouped: Sequence[Regrouped]) -> tuple[ShippedLine, ...]:
    return tuple(ShippedLine(order=one.settled.after.number, line=move.line) for one in regrouped for move in one.moves)


async def save(
    call: Call, regrouped: Sequence[Regrouped], into: Shipment | None, source: Shipment | None = None, told: Event | None = None
) -> Moved:
    """Nothing is told where nothing moved: the command was done already."""
    if regrouped:
        await credits.check_together(call.tx, [one.settled.after for one in regrouped])
        stamp = call.stamp()
        orders, over = await inserts.write(call.tx, stamp, regrouped)
        await append(call.tx, stamp, [*orders, *over])
        await chases.follow(call.tx, stamp, regrouped)
        await documents.follow(call.tx, stamp, regrouped)
        if into is not None:
            await cutoffs.look_now(call.tx, [into.number], call.now)
        if source is not None and told is not None:
            await append(call.tx, stamp, [await store.counted(call.tx, source, [told])])
    return Moved(shipment=into.number if into else None, orders=tuple(moved(one) for one in regrouped))


def moved(one: Regrouped) -> OrderMoved:
    return OrderMoved(
        number=one.settled.after.number,
        lines=one.moves,
        nodes=one.settled.moves.nodes,
        joined=one.settled.moves.joined,
        moved=one.settled.moves.lines,
        at_risk=tuple(line.line for line in one.settled.moves.at_risk),
        stayed=one.stayed,
        planned_for=_other_modes(one),
    )


def _other_modes(one: Regrouped) -> tuple[Mode, ...]:
    plan, into = one.settled.after, {move.after for move in one.moves}
    goes = {how.mode for number, how in plan.transports.items() if number in into and how.mode is not None}
    modes = plan.network.template.modes
    return modes if modes and not goes <= set(modes) else ()
