"""Who sails with a vessel: which open delays of a shipment, and of its vessel, hold a leg that comes to it, or goes with another. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from uuid import UUID

from services.orders.fields import gone_by
from services.orders.planning.model import ARRIVE, DEPART, OpenDelay, Plan, behind
from services.orders.shipments import words
from services.orders.shipments.domain.travelling import Apart, Leg, held_by, travelling
from services.orders.shipments.model import Sailing


@dataclass(frozen=True, slots=True)
class Resailed:
    """An order whose shipment goes with another vessel: its plan, not estimated anew, with the delays of vessels that hold it from now on
    (`joined`), and without those that hold it no more (`left`)."""

    plan: Plan
    joined: tuple[OpenDelay, ...]
    left: tuple[UUID, ...]

    @property
    def changed(self) -> bool:
        return bool(self.joined or self.left)


def resail(plan: Plan, shipment: str, sailing: Sailing, stood: Collection[UUID]) -> Resailed:
    """What a leg meets whose shipment goes otherwise now, as one that is moved does: the late vessel that it leaves holds it no more, and
    the one that it comes to does. Delays of the shipment itself stay, and a disruption in which it `stood` holds nothing anew.
    """
    with_it = disruptions(sailing.held)
    left = [one for one in plan.delays if one.shipment == shipment and one.sails and one.disruption_id not in with_it]
    there = travelling(plan, shipment, sailing.transport) if sailing.transport is not None else plan
    freed = replace(there, delays=tuple(one for one in plan.delays if one not in left))
    new = [one for one in sailing.held if one.sails and one.disruption_id not in stood]
    held, joined = sailing_with(freed, shipment, replace(sailing, held=new))
    return Resailed(held, joined, tuple(one.delay_id for one in left))


def sailing_with(plan: Plan, shipment: Leg, sailing: Sailing) -> tuple[Plan, tuple[OpenDelay, ...]]:
    """The plan with a leg that comes held by the open delays of its shipment and of its vessel, by these to the day that the order has
    already; and those delays. What a disruption has listed its run finds by itself, and one whose day is over holds nothing anew.
    """
    found = list[OpenDelay]()
    done = behind(plan.network, plan.nodes)[shipment]
    own = [delay for delay in plan.delays if delay.shipment == shipment]
    days = {delay.disruption_id: delay.new_date for delay in sorted(plan.delays, key=attrgetter("new_date"))}
    for delay in sailing.held:
        node = plan.node((shipment, delay.milestone))
        if node is None or not node.followed or done >> node.position & 1 or delay.disruption_id in disruptions(own):
            continue
        if (delay.disruption_id, plan.order_id) in sailing.followed:
            continue
        day = days.get(delay.disruption_id, delay.new_date) if delay.disruption_id is not None else delay.new_date
        if delay.disruption_id is not None and plan.today is not None and gone_by(day, plan.today):
            continue
        check_free(plan, delay, own)
        joined = replace(held_by(delay, plan.order_id, f"{plan.version} {sailing.version}", plan.earlier_delays + 1), new_date=day)
        found.append(joined)
        plan = replace(plan, delays=(*plan.delays, joined), earlier_delays=plan.earlier_delays + 1)
    return plan, tuple(found)


def sails_on(sailing: Sailing, milestone: str, last: date | None) -> date | None:
    """When a shipment leaves, or arrives: on one day for all who travel with it. As the carrier says, or on the later one to which delays
    hold it, whoever is not ready then; where he has said nothing, with the `last` of them. None where nobody knows.
    """
    said = {DEPART: sailing.etd, ARRIVE: sailing.eta}.get(milestone)
    if said is None:
        return last
    return max([said, *(delay.new_date for delay in sailing.held if delay.milestone == milestone)])


def disruptions(delays: Iterable[OpenDelay]) -> set[UUID]:
    """Those that the delays are of."""
    return {delay.disruption_id for delay in delays if delay.disruption_id is not None}


def check_free(plan: Plan, delay: OpenDelay, held: Iterable[OpenDelay]) -> None:
    """Apart where one of the delays that hold a leg is of the same milestone, and of the same disruption or of none either."""
    if any((one.milestone, one.disruption_id) == (delay.milestone, delay.disruption_id) for one in held):
        raise Apart(words.both_delayed(plan.number, delay.milestone), field="shipment", milestone=delay.milestone)
