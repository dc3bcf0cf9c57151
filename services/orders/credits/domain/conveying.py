"""How the goods of a letter of credit travel: together, apart, or left behind. Pure.

What leaves on one vessel for one voyage is one shipment (UCP 600, art. 31 b). Goods in no shipment may still be put on the vessel of the
others, until it has left.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.orders.credits.model import Credit
from services.orders.planning.model import DEPART, Node, Plan
from shared.contracts.text import Both
from shared.problems import Conflict

SHIPPED = ("ON_BOARD", "HANDED_OVER", "DEPART")
"""Milestones that are the shipment, the better one first: the date on the transport document is that of loading or, where no vessel is
loaded, that on which the carrier takes the goods over (art. 19, 23 to 25)."""
Conveyance = tuple[str, ...]
"""A vessel with its voyage, else a shipment; LEFT_BEHIND for goods in none."""
LEFT_BEHIND: Conveyance = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """Goods of an order that are shipped together: in what, when they are loaded and leave, and whether they have `left`."""

    plan: Plan
    shipment: str | None
    conveyance: Conveyance
    loaded: date
    departs: date
    left: bool


class PartialShipmentForbidden(Conflict):
    """A letter of credit that pays the order does not allow that its goods travel apart; `credits` are their numbers."""

    slug = "partial-shipment-forbidden"
    title = Both("A letter of credit forbids partial shipment", "信用证不允许分批装运")


def parted(credits: Iterable[Credit], before: Mapping[UUID, Plan], after: Mapping[UUID, Plan]) -> list[Credit]:
    """Those that forbid it and whose goods would travel with more vessels and voyages than before, or be left behind by one.

    What mends it, or leaves it as it was, does not count; goods that were left behind are not put on another vessel all the same. The plans
    are those of all orders of the credits.
    """

    def more(credit: Credit) -> bool:
        was, now = (_conveyances(credit, plans) for plans in (before, after))
        known = len(now - {LEFT_BEHIND}) > max(1, len(was - {LEFT_BEHIND}))
        return not credit.partial_shipments and (known or len(now) > max(1, len(was)))

    return [credit for credit in credits if more(credit)]


def _conveyances(credit: Credit, plans: Mapping[UUID, Plan]) -> set[Conveyance]:
    legs = legs_of([plan for order in credit.orders if (plan := plans[order.order_id]).status != "cancelled"])
    return {leg.conveyance for leg in legs if leg.shipment is not None or _is_left_behind(leg, legs)}


def waiting(credit: Credit, legs: Sequence[Leg]) -> Iterator[tuple[Leg, Leg]]:
    """Goods in no shipment against a credit for one, each beside those whose vessel leaves first: a part of an order of which the rest is
    in a shipment, goods that leave later than that, and those that are left behind.
    """
    first = min((leg for leg in legs if leg.shipment is not None), key=lambda leg: leg.departs, default=None)
    if first is None or credit.partial_shipments:
        return
    parts = {leg.plan.order_id for leg in legs if leg.shipment is not None}
    for leg in legs:
        if leg.shipment is None and (leg.plan.order_id in parts or leg.departs > first.departs or _is_left_behind(leg, legs)):
            yield leg, first


def _is_left_behind(leg: Leg, legs: Sequence[Leg]) -> bool:
    """Whether goods in no shipment leave by themselves: they or those in one have left, and not both on one day."""
    booked = [one for one in legs if one.shipment is not None]
    if leg.shipment is not None or not booked:
        return False
    sailed = {one.departs for one in booked if one.left}
    return leg.departs not in sailed if leg.left else bool(sailed)


def legs_of(plans: Sequence[Plan]) -> list[Leg]:
    """What is shipped of these orders, in the order in which it is loaded."""
    found = []
    for plan in plans:
        for shipment, leg in plan.legs().items():
            if (shipped := shipped_in(leg)) is not None:
                departs = plan.node((shipment, DEPART)) or shipped
                left = plan.passed(departs.key) is not None
                found.append(Leg(plan, shipment, _conveyance(plan, shipment), shipped.estimated, departs.estimated, left))
    return sorted(found, key=lambda leg: (leg.loaded, leg.shipment or "", leg.plan.number))


def _conveyance(plan: Plan, shipment: str | None) -> Conveyance:
    """What leaves on one vessel for one voyage is one shipment, whatever its papers say (art. 31 b)."""
    if shipment is None:
        return LEFT_BEHIND
    transport = plan.transports[shipment]
    if transport.vessel and transport.voyage:
        return (transport.vessel.upper(), transport.voyage.upper())
    return (shipment,)


def transhipped(leg: Leg) -> bool:
    """Whether it counts: in containers by sea, and by other modes, transhipment is accepted even where it is forbidden (art. 19-24)."""
    how = leg.plan.transports[leg.shipment] if leg.shipment is not None else None
    return how is not None and how.mode == "sea" and not how.containers and bool(how.transhipment_ports)


def shipped_in(leg: Sequence[Node]) -> Node | None:
    return next((node for code in SHIPPED for node in leg if node.milestone == code), None)
