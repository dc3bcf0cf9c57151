"""Splitting over HTTP: part of a line's quantity becomes a line of its own, which may travel in another shipment, or is of its line again.

What a command would do is asked in the same words: the same decision, of which nothing is written.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from services.orders.credits import store as credits
from services.orders.credits.domain import PartialShipmentForbidden
from services.orders.delays.simulations import breaches
from services.orders.fields import Answer
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.domain import compare
from services.orders.planning.domain.deadlines import Breach, Breaches
from services.orders.planning.inserts import Context
from services.orders.planning.model import CancelledAlready, Plan, Settled
from services.orders.promises import store as promises
from services.orders.shipments import regrouping
from services.orders.shipments.domain import Apart, Elsewhere, Regrouped, Underway, check_locked
from services.orders.shipments.regrouping import OrderMoved
from services.orders.shipments.store import Shipment
from services.orders.sight import sight
from services.orders.splitting import store, words
from services.orders.splitting.domain import PartsDiffer, PromiseWaits, join, split
from services.orders.splitting.model import Joined, JoinLine, Parted, SplitLine
from services.orders.stock import store as stock
from shared.contracts.event import Event
from shared.contracts.numbers import Plain
from shared.contracts.orders import OrderLine
from shared.messaging.record import append
from shared.problems import NotFound
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("splitting")

SPLITS, JOINS = "/api/orders/{order}/splits", "/api/orders/{order}/joins"
SPLITTING = (NotFound, CancelledAlready, PromiseWaits, Underway, Apart, Elsewhere, PartialShipmentForbidden)
JOINING = (*SPLITTING, PartsDiffer)


class PartShown(Answer):
    line: str
    quantity: Plain
    uom: str
    amount: Plain | None
    shipment: str | None


class LineSplitShown(Answer):
    """The line and its part as they stand."""

    order: str
    rest: PartShown
    part: PartShown
    moved: Annotated[OrderMoved | None, Field(description="what it did to the dates, where the part changed its shipment")]


class LineSplitSimulated(LineSplitShown):
    breaches: Breaches


class LineJoinedShown(Answer):
    """The line with its part as it stands."""

    order: str
    line: PartShown
    moved: Annotated[OrderMoved | None, Field(description="what it did to the dates, where the part travelled by itself")]


class LineJoinedSimulated(LineJoinedShown):
    breaches: Breaches


@dataclass(frozen=True, slots=True)
class Held:
    """An order, and the shipments of the lines that are meant and of where they are to go, by number."""

    plan: Plan
    shipments: Mapping[str | None, Shipment]


@routes.post(SPLITS, roles=WRITERS, heeds_version=True, problems=SPLITTING)
async def split_line(call: Call, order: str, body: SplitLine) -> LineSplitShown:
    """Split a line: part of its quantity goes by itself, in another shipment where one is named.

    The part is a line of its own, of the same goods, with the promise and its ledger; quantities and amounts of both are those of the
    line before. Material, clauses and inspections of the line are of both; of what is made and in stock each has its own. Done twice it
    is done once.
    """
    held = await _hold(call, order, [body.line], body.shipment)
    parted, regrouped = await _split(call, held, body)
    if parted is None:
        return LineSplitShown(order=order, **await _standing(call, held.plan, rest=body.line, part=body.part), moved=None)
    stamp, order_id = call.stamp(), held.plan.order_id
    events = await store.split(call.tx, stamp, parted.event, body.made)
    moved = await _save(call, parted.plan, regrouped, held.shipments.get(body.shipment), before=events)
    await stock.split(call.tx, stamp, order_id, body.line, body.part, body.in_stock)
    return LineSplitShown(order=order, **_parts(parted, body), moved=moved)


@routes.post(SPLITS + "/simulations", roles=WRITERS, problems=SPLITTING)
async def simulate_split(call: Call, order: str, body: SplitLine) -> LineSplitSimulated:
    """Ask what splitting a line would do. Answers what it would answer, with the deadlines it would break, and writes nothing."""
    held = await _see(call, order, [body.line], body.shipment)
    parted, regrouped = await _split(call, held, body)
    if parted is None:
        return LineSplitSimulated(order=order, **await _standing(call, held.plan, rest=body.line, part=body.part), moved=None, breaches=())
    moved, broken = await _simulated(call, parted.plan, regrouped)
    return LineSplitSimulated(order=order, **_parts(parted, body), moved=moved, breaches=broken)


@routes.post(JOINS, roles=WRITERS, heeds_version=True, problems=JOINING)
async def join_line(call: Call, order: str, body: JoinLine) -> LineJoinedShown:
    """Join a part to the line that it was split from, or to another part of that.

    It travels and is delivered with it, and is no line any more; quantities, amounts, what is made and in stock add up. Refused where they
    have gone different ways: promised for other days, one of them on its way, reported, inspected or ordered for alone. Done twice it is
    done once.
    """
    held = await _hold(call, order, [body.line, body.part], None)
    joined, regrouped = await _join(call, held, body)
    if joined is None:
        return LineJoinedShown(order=order, **await _standing(call, held.plan, line=body.line), moved=None)
    stamp, order_id = call.stamp(), held.plan.order_id
    events = await store.join(call.tx, stamp, joined.event, joined.line)
    moved = await _save(call, held.plan, regrouped, held.shipments.get(joined.line.shipment), after=events)
    await stock.join(call.tx, stamp, order_id, body.line, body.part)
    return LineJoinedShown(order=order, line=_shown(joined.line), moved=moved)


@routes.post(JOINS + "/simulations", roles=WRITERS, problems=JOINING)
async def simulate_join(call: Call, order: str, body: JoinLine) -> LineJoinedSimulated:
    """Ask what joining a part would do. Answers what it would answer, with the deadlines it would break, and writes nothing."""
    held = await _see(call, order, [body.line, body.part], None)
    joined, regrouped = await _join(call, held, body)
    if joined is None:
        return LineJoinedSimulated(order=order, **await _standing(call, held.plan, line=body.line), moved=None, breaches=())
    moved, broken = await _simulated(call, held.plan, regrouped)
    return LineJoinedSimulated(order=order, line=_shown(joined.line), moved=moved, breaches=broken)


async def _hold(call: Call, order: str, lines: Collection[str], target: str | None) -> Held:
    """Under the locks of all of them."""
    owners = await sight(call)
    seen = await planning.read_order(call.tx, order, owners, call.now.date())
    locked = await regrouping.lock(call, {line.shipment for line in seen.lines if line.line in lines}, target)
    plan = await planning.lock_order(call.tx, order, owners, call.now.date())
    call.heed_version(plan.version)
    check_locked(plan, locked, lines)
    return Held(plan, locked)


async def _see(call: Call, order: str, lines: Collection[str], target: str | None) -> Held:
    """The same without locks."""
    plan = (await planning.read_order(call.tx, order, await sight(call), call.now.date())).standing()
    return Held(plan, await regrouping.read(call, {line.shipment for line in plan.lines if line.line in lines}, target))


async def _split(call: Call, held: Held, body: SplitLine) -> tuple[Parted | None, Regrouped | None]:
    """What becomes of the line, and of the order where the part changes its shipment; None where that was done already."""
    plan, tx = held.plan, call.tx
    known = await store.lines(tx, plan.order_id, (body.line, body.part))
    made = await store.promises(tx, plan.order_id, body.line)
    parted = split(plan, known, made, body, await store.currency(tx, plan.order_id))
    if parted is None:
        return None, None
    await _check_waits(call, plan, body.line)
    if not body.moves:
        return parted, None
    return parted, await regrouping.put(call, parted.plan, [body.part], held.shipments.get(body.shipment), body.reason)


async def _join(call: Call, held: Held, body: JoinLine) -> tuple[Joined | None, Regrouped | None]:
    plan = held.plan
    known = await store.lines(call.tx, plan.order_id, (body.line, body.part))
    joined = join(plan, known, body, await store.apart(call.tx, plan.order_id, body.line, body.part))
    if joined is None:
        return None, None
    await _check_waits(call, plan, body.line, body.part)
    return joined, await regrouping.put(call, plan, [body.part], held.shipments.get(joined.line.shipment), body.reason)


async def _check_waits(call: Call, plan: Plan, *lines: str) -> None:
    """PromiseWaits where it would be granted for one of what they are now alone."""
    if waits := sorted(set(lines) & await promises.waiting(call.tx, plan.order_id)):
        raise PromiseWaits(words.waits(waits[0]), field="line")


async def _save(
    call: Call,
    plan: Plan,
    regrouped: Regrouped | None,
    into: Shipment | None,
    *,
    before: Collection[Event] = (),
    after: Collection[Event] = (),
) -> OrderMoved | None:
    """The lines in their shipment, by the rules of lines that move, and what is told before and after it; None where they are there."""
    if regrouped is not None:
        settled = replace(regrouped.settled, events=(*before, *regrouped.settled.events, *after))
        (moved,) = (await regrouping.save(call, [replace(regrouped, settled=settled)], into)).orders
        return moved
    stamp = call.stamp()
    settled = Settled(plan, plan, compare(plan, plan), (*before, *after))
    await planned.save(call.tx, [settled], Context(stamp.time, stamp.actor, "api", "line_split"))
    await append(call.tx, stamp, planned.facts([settled]))
    return None


async def _simulated(call: Call, plan: Plan, regrouped: Regrouped | None) -> tuple[OrderMoved | None, tuple[Breach, ...]]:
    """What moves, and what that breaks: by its dates, and because a part of what was together in the plan waits in no shipment."""
    if regrouped is None:
        return None, ()
    settled = regrouped.settled
    await credits.check_together(call.tx, [settled.after])
    dated, all_told = await breaches(call.tx, settled), await breaches(call.tx, replace(settled, before=plan))
    parts = [one for one in all_told if one.kind == "partial_shipment"]
    return regrouping.moved(regrouped), (*(one for one in dated if one.kind != "partial_shipment"), *parts)


async def _standing(call: Call, plan: Plan, **names: str) -> dict[str, PartShown]:
    """The lines as they are, where it was done already."""
    known = await store.lines(call.tx, plan.order_id, list(names.values()))
    return {name: _shown(known[line].told) for name, line in names.items()}


def _parts(parted: Parted, body: SplitLine) -> dict[str, PartShown]:
    part = parted.event.part
    travels = part.model_copy(update={"shipment": body.shipment}) if body.moves else part
    return {"rest": _shown(parted.rest), "part": _shown(travels)}


def _shown(line: OrderLine) -> PartShown:
    return PartShown(**{name: getattr(line, name) for name in PartShown.model_fields})
