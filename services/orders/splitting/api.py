"""Splitting over HTTP: part of a line's quantity becomes a line of its own, which may travel in another shipment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from services.orders.credits.domain import PartialShipmentForbidden
from services.orders.fields import Answer
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.domain import compare
from services.orders.planning.inserts import Context
from services.orders.planning.model import CancelledAlready, Settled
from services.orders.promises import store as promises
from services.orders.shipments import regrouping
from services.orders.shipments.domain import Apart, Elsewhere, Underway, check_locked
from services.orders.shipments.regrouping import OrderMoved
from services.orders.shipments.store import Shipment
from services.orders.sight import sight
from services.orders.splitting import store
from services.orders.splitting.domain import PromiseWaits, split
from services.orders.splitting.model import Parted, SplitLine
from shared.contracts.numbers import Plain
from shared.messaging.record import append
from shared.problems import NotFound
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("splitting")


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


@routes.post(
    "/api/orders/{order}/splits",
    roles=WRITERS,
    problems=(NotFound, CancelledAlready, PromiseWaits, Underway, Apart, Elsewhere, PartialShipmentForbidden),
)
async def split_line(call: Call, order: str, body: SplitLine) -> LineSplitShown:
    """Split a line: part of its quantity goes by itself, in another shipment where one is named.

    The part is a line of its own, of the same goods, with the promise and its ledger; quantities and amounts of both are those of the
    line before. Material, clauses and inspections of the line are of both; of what is made each has its own. Done twice it is done once.
    """
    owners = await sight(call)
    seen = await planning.read_order(call.tx, order, owners, call.now.date())
    moves = "shipment" in body.model_fields_set
    sources = {line.shipment for line in seen.lines if line.line == body.line} if moves else set()
    locked = await regrouping.lock(call, sources, body.shipment)
    plan = await planning.lock_order(call.tx, order, owners, call.now.date())
    if moves:
        check_locked(plan, [body.line], locked)
    known = await store.lines(call.tx, plan.order_id, (body.line, body.part))
    made = await store.promises(call.tx, plan.order_id, body.line)
    parted = split(plan, known, made, body, await store.currency(call.tx, plan.order_id))
    moved = None
    if parted is not None:
        if body.line in await promises.waiting(call.tx, plan.order_id):
            raise PromiseWaits(f"decide on the new promise of line {body.line} first, or withdraw it", field="line")
        await store.write(call.tx, call.stamp(), parted.event, body.made)
        moved = await _move(call, parted, body, locked) if moves else None
        if moved is None:
            await _save(call, parted)
    after = await store.lines(call.tx, plan.order_id, (body.line, body.part))
    rest, part = (
        PartShown(**{name: getattr(after[line].told, name) for name in PartShown.model_fields}) for line in (body.line, body.part)
    )
    return LineSplitShown(order=order, rest=rest, part=part, moved=moved)


async def _move(call: Call, parted: Parted, body: SplitLine, locked: Mapping[str | None, Shipment]) -> OrderMoved | None:
    """The part put into its shipment, by the rules of lines that move; None where it is there."""
    into = locked.get(body.shipment)
    regrouped = await regrouping.put(call, parted.plan, [parted.event.part.line], into, body.reason)
    if regrouped is None:
        return None
    settled = replace(regrouped.settled, events=(parted.event, *regrouped.settled.events))
    (moved,) = (await regrouping.save(call, [replace(regrouped, settled=settled)], into)).orders
    return moved


async def _save(call: Call, parted: Parted) -> None:
    stamp, plan = call.stamp(), parted.plan
    settled = Settled(plan, plan, compare(plan, plan), (parted.event,))
    await planned.save(call.tx, [settled], Context(stamp.time, stamp.actor, "api", "line_split"))
    await append(call.tx, stamp, planned.facts([settled]))
