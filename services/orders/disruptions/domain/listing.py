"""Which legs a disruption touches: found, ranked, found again when it is confirmed and when it is worked off. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import get_args
from uuid import UUID

from services.orders.disruptions import words
from services.orders.disruptions.domain.closing import Worked, moved, moved_since
from services.orders.disruptions.model import Hit, Leg, Listed, Why
from services.orders.planning.model import Plan
from shared.calendars import WorkCalendar
from shared.contracts.customers import Grade
from shared.contracts.disruptions import Scope
from shared.contracts.orders import MovedNode
from shared.problems import Invalid

MOST_ORDERS = 20_000
MOST_COUNTING = 5_000
"""Orders with work to come in a calendar: each is planned anew to see whether closed days move it."""
ORDERS_OF_DELAY = 200
"""Under one delay: its event and the customer's mail list them all."""

_MILESTONES: Mapping[str, tuple[str, ...]] = {
    "vessel": ("DEPART", "ARRIVE"),
    "shipment": ("DEPART", "ARRIVE"),
    "supplier": ("MAT_IN",),
    "factory": ("PRD_END",),
    "port loading": ("DEPART",),
    "port discharge": ("ARRIVE",),
}
_GRADES: tuple[Grade, ...] = get_args(Grade)


def milestones(scope: Scope, wanted: str | None) -> tuple[str, ...] | None:
    """The milestone asked for, or those that such a thing makes late: the first of them that is still to come counts.

    None where each leg has its own: what waits for the material, what the closed days move first.
    """
    return (wanted,) if wanted else _MILESTONES.get(f"port {scope.at}" if scope.kind == "port" else scope.kind)


def first_ahead(scope: Scope, hits: Sequence[Hit], wanted: Sequence[str] | None, field: str = "scope") -> list[Hit]:
    """The legs that have the first of the milestones still before them, or their own. Invalid where there is none, or too many; `field`
    is what found none.
    """
    if wanted is None:
        # Of several milestones of a leg that wait for a material the first: a leg is late once by a disruption.
        found = list({(hit.order_id, hit.shipment): hit for hit in reversed(hits)}.values())
    else:
        first = next((milestone for milestone in wanted if any(hit.milestone == milestone for hit in hits)), None)
        found = [hit for hit in hits if hit.milestone == first]
    if len(found) > MOST_ORDERS:
        raise Invalid(words.too_many(MOST_ORDERS), field="scope")
    if not found and scope.kind == "closed_day":
        raise Invalid(words.nothing_moves(scope), field="scope")
    if not found:
        raise Invalid(words.nothing_ahead(scope, wanted), field=field)
    return found


def first_moved(hit: Hit, plan: Plan, closed: Mapping[str, WorkCalendar]) -> Hit | None:
    """An order at its first milestone that is later with those days closed; None where none is. Slack may keep all after it."""
    return _at(hit, moved(plan, closed))


def first_closed(hit: Hit, plan: Plan, worked: Worked) -> Hit | None:
    """The same of an order whose calendar is closed already, and was `worked`."""
    return _at(hit, moved_since(plan, worked))


def _at(hit: Hit, later: Iterable[MovedNode]) -> Hit | None:
    first = next(iter(later), None)
    return replace(hit, shipment=first.shipment, milestone=first.milestone) if first is not None else None


def arrange(hits: Iterable[Hit]) -> list[tuple[Hit, Leg]]:
    """The list: by the customer's grade, then by value. Amounts are compared within their currency only: the greatest of each come first,
    then the second of each; orders without an amount come last.
    """
    hits = list(hits)
    places = _places(hits)
    ordered = sorted(
        hits, key=lambda hit: (_GRADES.index(hit.grade), places.get(hit.order_id, MOST_ORDERS), hit.number, hit.shipment or "")
    )
    # Legs of one order come under different delays: a delay has an order once, and one milestone.
    legs: Counter[UUID] = Counter()
    sizes: Counter[tuple[UUID, int, str]] = Counter()
    parts: dict[tuple[UUID, int, str, int], int] = {}
    arranged = []
    for rank, hit in enumerate(ordered, start=1):
        own = (hit.customer_id, legs[hit.order_id], hit.milestone)
        part = parts.setdefault((*own, sizes[own] // ORDERS_OF_DELAY), len(parts) + 1)
        legs[hit.order_id] += 1
        sizes[own] += 1
        arranged.append((hit, Leg(rank, part, hit.order_id, hit.shipment, hit.milestone)))
    return arranged


def _places(hits: Sequence[Hit]) -> dict[UUID, int]:
    """The place of each order among those of its grade and currency, the greatest value first."""
    values: dict[tuple[Grade, str | None], dict[UUID, tuple[Decimal, str]]] = {}
    for hit in hits:
        if hit.value is not None:
            values.setdefault((hit.grade, hit.currency), {})[hit.order_id] = (-hit.value, hit.number)
    return {order: place for own in values.values() for place, order in enumerate(sorted(own, key=own.__getitem__))}


def left_out(scope: Scope, listed: Iterable[Listed], found: Collection[Leg]) -> list[tuple[Listed, Why]]:
    """Those that were listed and are not found again, each with its reason. One is none whose goods stand at a leg that is found: where its
    own is no more, and every leg of its order is. Closed days list an order at one of its legs.
    """
    legs, orders = {(leg.order_id, leg.shipment) for leg in found}, {leg.order_id for leg in found}
    left: list[tuple[Listed, Why]] = []
    for one in listed:
        if (one.order_id, one.shipment) in legs:
            continue
        if one.over:
            left.append((one, "order_over"))
        elif one.passed:
            left.append((one, "happened"))
        elif scope.kind == "closed_day":
            left += [] if one.order_id in orders else [(one, "not_later")]
        elif one.passed is not None or any((one.order_id, leg) not in legs for leg in one.legs):
            left.append((one, "moved_away"))
    return left


def gone(legs: Iterable[Leg], plans: Mapping[UUID, Plan]) -> list[Leg]:
    """Those of the legs that orders which are not cancelled do not have any more: their goods have changed their shipment since."""
    standing = (leg for leg in legs if plans[leg.order_id].status != "cancelled")
    return [leg for leg in standing if plans[leg.order_id].node((leg.shipment, leg.milestone)) is None]


def apart(scope: Scope, legs: Sequence[Leg], plans: Mapping[UUID, Plan]) -> set[UUID]:
    """The orders of the legs whose goods may stand at another: those, not cancelled, that have any beside it, which part of its goods may
    have made since. Closed days list an order at one of its legs: only those whose leg is no more.
    """
    beside = (leg for leg in legs if scope.kind != "closed_day" and plans[leg.order_id].legs().keys() - {leg.shipment})
    return {leg.order_id for leg in (*gone(legs, plans), *beside) if plans[leg.order_id].status != "cancelled"}


def follow(
    left: Sequence[Leg],
    found: Iterable[Hit],
    listed: Collection[tuple[UUID, str | None]],
    plans: Mapping[UUID, Plan],
    last_rank: int,
    last_part: int,
) -> tuple[list[Leg], list[tuple[Hit, Leg]]]:
    """Where the goods of the legs `left`, and those that left a leg which stands, are now, by what it touches of their orders: the legs
    that are to be listed no more, and those in their place or behind the list. A leg comes under the delay of the one before where it is
    late by the same milestone, and under one of its own otherwise.

    One whose goods it does not touch any more stays, and is left out; not so where they stand at a leg that is listed.
    """
    new = [hit for hit in found if (hit.order_id, hit.shipment) not in listed]
    known = {*listed, *((hit.order_id, hit.shipment) for hit in new)} - {(leg.order_id, leg.shipment) for leg in left}
    over: list[Leg] = []
    there: list[tuple[Hit, Leg]] = []
    for leg in left:
        hit = next((hit for hit in new if hit.order_id == leg.order_id), None)
        if hit is not None:
            new.remove(hit)
            last_part += hit.milestone != leg.milestone
            part = leg.part if hit.milestone == leg.milestone else last_part
            there.append((hit, Leg(leg.rank, part, leg.order_id, hit.shipment, hit.milestone)))
        if hit is not None or all((leg.order_id, one) in known for one in plans[leg.order_id].legs()):
            over.append(leg)
    # Goods of one leg may go on in several, and part of them in another than the rest.
    more = enumerate(new, start=1)
    return over, [*there, *((hit, Leg(last_rank + nth, last_part + nth, hit.order_id, hit.shipment, hit.milestone)) for nth, hit in more)]
