"""What comes to a late vessel or shipment after the disruption of it was run: held, told and listed with what brought it.

Each leg has a delay of its own, as a delay has an order once, and stands behind the list.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from services.orders.delays import store as delays
from services.orders.delays.store import Saving
from services.orders.disruptions import domain, inserts, store
from services.orders.disruptions.model import Leg
from services.orders.planning.model import Node, OpenDelay, Plan
from shared.database.pool import Tx
from shared.messaging.record import Stamp


@dataclass(frozen=True, slots=True)
class Joining:
    """A leg that a disruption holds from now on: its order as it is written, and its milestone as it was expected before."""

    plan: Plan
    held: OpenDelay
    before: Node

    @property
    def disruption_id(self) -> UUID:
        assert self.held.disruption_id is not None  # what holds it otherwise is no delay of its own
        return self.held.disruption_id


async def join(tx: Tx, stamp: Stamp, joining: Iterable[Joining]) -> None:
    """Log the delays of legs whose orders are locked, or new, and written already."""
    ordered = sorted(joining, key=lambda one: (one.disruption_id, one.plan.number, one.held.shipment or ""))
    for disruption_id, own in groupby(ordered, key=lambda one: one.disruption_id):
        await _join(tx, stamp, disruption_id, list(own))


async def _join(tx: Tx, stamp: Stamp, disruption_id: UUID, joining: list[Joining]) -> None:
    disruption = await store.lock(tx, disruption_id)
    by = disruption.confirmed_by or disruption.opened_by
    decisions = [domain.join(disruption, one.plan, one.held, one.before, by=by, now=stamp.time) for one in joining]
    await delays.save(tx, [Saving(stamp, decision, "delay_logged") for decision in decisions])
    legs = [(one.plan.order_id, one.held.shipment) for one in joining]
    await inserts.make_room(tx, disruption_id, legs)
    orders = {order_id for order_id, _ in legs}
    listed, rank, part = await store.listed(tx, disruption_id, orders)
    hits = {(hit.order_id, hit.shipment): hit for hit in await store.find(tx, disruption.scope, disruption.wanted, orders)}
    behind = [
        (hits[leg], Leg(rank + nth, part + nth, *leg, decision.delay.milestone), decision)
        for nth, (leg, decision) in enumerate(zip(legs, decisions, strict=True), start=1)
        if leg not in listed
    ]
    await inserts.list_delayed(tx, disruption_id, behind)
    await store.change(tx, stamp, disruption, [event for decision in decisions for event in decision.shared_events])
