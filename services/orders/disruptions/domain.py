"""Rules of disruptions: which milestone is late, who comes first in the list, and which delays it makes of the orders. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import get_args
from uuid import UUID, uuid5

from services.orders.delays.domain import Decision, log_shared
from services.orders.delays.model import Delay, claimed
from services.orders.disruptions import words
from services.orders.disruptions.model import Beside, Disruption, Hit, Leg, Listed, Why
from services.orders.fields import gone_by
from services.orders.planning.domain import days_late, outdated, recount, settle
from services.orders.planning.model import Key, Plan
from shared.calendars import WorkCalendar
from shared.contracts.customers import Grade
from shared.contracts.disruptions import Scope
from shared.contracts.orders import Cause, MovedNode
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, Invalid, require_none

MOST_ORDERS = 20_000
MOST_COUNTING = 5_000
"""Orders with work to come in a calendar: each is planned anew to see whether closed days move it."""
ORDERS_OF_DELAY = 200
"""Under one delay: its event and the customer's mail list them all."""

Worked = Mapping[str, WorkCalendar]
"""The calendar of which it says that days are closed, as if they were worked: by these days its orders are late."""

_MILESTONES: Mapping[str, tuple[str, ...]] = {
    "vessel": ("DEPART", "ARRIVE"),
    "shipment": ("DEPART", "ARRIVE"),
    "supplier": ("MAT_IN",),
    "factory": ("PRD_END",),
    "port loading": ("DEPART",),
    "port discharge": ("ARRIVE",),
}
_GRADES: tuple[Grade, ...] = get_args(Grade)


class DisruptionKnown(Conflict):
    """Somebody has opened it already: whoever opens it again is shown the first."""

    slug = "disruption-open"
    title = Both("It is known already", "此事已有人登记")


class DisruptionOver(Conflict):
    """It is past the stage in which this can be done."""

    slug = "disruption-over"
    title = Both("The disruption is past that", "该突发事件已过此阶段")


class DisruptionRunning(Conflict):
    """Its delays are not all logged yet."""

    slug = "disruption-running"
    title = Both("The disruption is not logged yet", "该突发事件尚未登记完毕")


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
    first = next(iter(_moved(plan, closed)), None)
    return replace(hit, shipment=first.shipment, milestone=first.milestone) if first is not None else None


def _moved(plan: Plan, closed: Mapping[str, WorkCalendar]) -> list[MovedNode]:
    """What is later with those days closed, by the day on which it was expected."""
    settled = recount(settle(plan), "calendar_changed", closed)
    later = [node for node in settled.moves.nodes if node.after > node.before] if settled is not None else []
    return sorted(later, key=lambda node: (node.before, plan.at((node.shipment, node.milestone)).position))


def _beside(plan: Plan, held: Key, worked: Worked) -> list[Beside]:
    """The other legs of an order whose calendar is closed already, and was `worked`."""
    closed = {code: plan.calendars[code] for code in worked if code in plan.calendars}
    found: dict[str | None, MovedNode] = {}
    for node in _moved(replace(plan, calendars={**plan.calendars, **worked}), closed) if closed and len(plan.legs()) > 1 else ():
        found.setdefault(node.shipment, node)
    return [Beside(plan.order_id, leg, node.milestone, node.after) for leg, node in found.items() if leg != held[0]]


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of the legs of one part: the delay with what it does to its orders, None where it has none; those left out, by rank;
    and the other legs of its orders that it makes late."""

    decision: Decision | None
    skipped: Mapping[int, Why]
    beside: Sequence[Beside] = ()


def late_by(disruption: Disruption, legs: Iterable[tuple[Leg, Plan]], worked: Worked, today: date) -> list[int]:
    """The days by which it makes each of the legs late, but those that it leaves out."""
    nodes = [(plan, (leg.shipment, leg.milestone), _node(disruption, leg, plan, today)) for leg, plan in legs]
    return [_days(plan, key, day, worked) for plan, key, day in nodes if isinstance(day, date)]


def log(disruption: Disruption, part: int, legs: Sequence[tuple[Leg, Plan]], worked: Worked, *, by: str, now: datetime) -> Outcome:
    """The delay of one part. It is the same however often it is decided, until it is written."""
    nodes: list[tuple[Plan, Key, date]] = []
    skipped: dict[int, Why] = {}
    for leg, plan in legs:
        found = _node(disruption, leg, plan, now.date())
        if isinstance(found, date):
            nodes.append((plan, (leg.shipment, leg.milestone), found))
        else:
            skipped[leg.rank] = found
    if not nodes:
        return Outcome(None, skipped)
    delay = Delay(
        delay_id=uuid5(disruption.disruption_id, str(part)),
        order_id=None,
        shipment_id=None,
        disruption_id=disruption.disruption_id,
        shipment=None,
        milestone=legs[0][0].milestone,
        new_date=max(day for _, _, day in nodes),
        causes=_within(disruption.causes, nodes, worked),
        action=disruption.action,
        ask=disruption.ask,
        ask_by=_ahead(disruption.ask_by, now.date()),
        next_news_on=_ahead(disruption.next_news_on, now.date()),
        revision=1,
        version=1,
        status="open",
        logged_by=by,
        logged_at=now,
    )
    return Outcome(log_shared(delay, nodes), skipped, [one for plan, key, _ in nodes for one in _beside(plan, key, worked)])


def _within(causes: tuple[Cause, ...], nodes: Sequence[tuple[Plan, Key, date]], worked: Worked) -> tuple[Cause, ...]:
    """The causes, without their days where the delay has fewer: they were said of the orders that are the latest."""
    days = claimed(causes)
    if not days or days <= max(_days(*node, worked) for node in nodes):
        return causes
    return tuple(cause.model_copy(update={"days": None}) for cause in causes)


def _days(plan: Plan, key: Key, until: date, worked: Worked) -> int:
    return days_late(replace(plan, calendars={**plan.calendars, **worked}), plan.at(key), until)


def _ahead(day: date | None, today: date) -> date | None:
    """The day, where it has not passed: a run may be late, and nothing is asked or promised by then any more."""
    return None if day is not None and gone_by(day, today) else day


def _node(disruption: Disruption, leg: Leg, plan: Plan, today: date) -> date | Why:
    """The day to which the leg's milestone is delayed, or why it is not."""
    node = plan.node((leg.shipment, leg.milestone))
    if plan.status == "cancelled":
        return "order_over"
    if node is None:
        return "moved_away"
    if plan.passed(node.key) is not None:
        return "happened"
    if disruption.scope.kind == "closed_day":
        # The calendar of the plan is closed on those days already; what is expected is as it was before.
        day = settle(plan).at(node.key).estimated
    else:
        # What is overdue happens today at the earliest, also where the day has begun and the clock has not come to the order yet.
        now = settle(plan).at(node.key) if outdated(plan) else node
        day = disruption.to or max(now.estimated, today) + timedelta(days=disruption.days or 0)
    return day if day > node.due_on and gone_by(day, today) is None else "not_later"


def confirm(disruption: Disruption, by: str, correlation_id: str, today: date) -> Disruption | None:
    """Set it to work; None where it is already. DisruptionOver where it was withdrawn, Invalid where one of its days has passed."""
    if disruption.status == "withdrawn":
        raise DisruptionOver(words.WITHDRAWN, status=disruption.status)
    if disruption.status != "open":
        return None
    disruption.require_ahead(today)
    return replace(disruption, status="running", confirmed_by=by, correlation_id=correlation_id)


def withdraw(disruption: Disruption) -> Disruption:
    """Take it back while nothing is delayed."""
    if disruption.status != "open":
        raise DisruptionOver(words.retract(disruption.status), status=disruption.status)
    return replace(disruption, status="withdrawn")


def require_logged(disruption: Disruption) -> None:
    """Notices are released once every delay is logged: a customer hears of all his orders in one mail."""
    if disruption.status in ("open", "running"):
        raise DisruptionRunning(words.not_logged(disruption.status), status=disruption.status)
    if disruption.status == "withdrawn":
        raise DisruptionOver(words.WITHDRAWN, status=disruption.status)


def require_delayed(named: Sequence[str], delayed: Collection[str]) -> None:
    """Invalid for a customer of whom no order is delayed by it, as far as is seen: nothing would be released to him."""
    require_none([FieldError(f"customers.{at}", words.not_delayed(code)) for at, code in enumerate(named) if code not in delayed])
