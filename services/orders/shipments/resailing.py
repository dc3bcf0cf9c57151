"""Shipments that go with another vessel than before: their orders are freed and held by the rule that lines which are moved are."""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.orders.delays import inserts as delays
from services.orders.disruptions import joining
from services.orders.disruptions.joining import Joining
from services.orders.estimates import store as estimates
from services.orders.planning import inserts as planned
from services.orders.planning.domain import recount, written
from services.orders.planning.inserts import Context
from services.orders.planning.model import Plan, Settled
from services.orders.sailings import store as sailings
from services.orders.shipments.domain import Resailed, disruptions, resail
from services.orders.shipments.store import Shipment
from shared.messaging.record import append
from shared.web.call import Call


async def resailed(call: Call, shipment: Shipment, plans: Sequence[Plan], stood: Collection[UUID]) -> list[Resailed]:
    """What the orders of a shipment meet as it goes now; `stood` are the disruptions that it was in."""
    sailing = await sailings.of(call.tx, shipment, [plan.order_id for plan in plans])
    return [resail(plan, shipment.number, sailing, stood) for plan in plans]


async def standing(call: Call, shipment: Shipment, plans: Sequence[Plan]) -> set[UUID]:
    """The disruptions that a shipment is in with its orders."""
    return disruptions((await sailings.of(call.tx, shipment, [plan.order_id for plan in plans])).held)


def moved(one: Resailed, said: Settled | None = None) -> Settled | None:
    """What moves of an order, which the carrier's word has moved already where he has `said` anything; None where nothing is another."""
    return said or (recount(one.plan, "estimate_stated") if one.changed else None)


async def save(call: Call, sailed: Sequence[Resailed], settled: Sequence[Settled | None]) -> None:
    """Write what moved of locked orders, what holds them from now on and what does no more."""
    stamp = call.stamp()
    found = [one for one in settled if one is not None]
    await estimates.save(call.tx, found, Context(stamp.time, stamp.actor, "api", "estimate_stated"))
    await append(call.tx, stamp, planned.facts(found))
    pairs = [(one, written(now) if now is not None else one.plan) for one, now in zip(sailed, settled, strict=True)]
    await joining.join(call.tx, stamp, (Joining(plan, held, one.plan.at(held.key)) for one, plan in pairs for held in one.joined))
    over = ((delay_id, plan) for one, plan in pairs for delay_id in one.left)
    await append(call.tx, stamp, await delays.end(call.tx, stamp, over, stamp.time.date()))
