"""Which delays a disruption makes of the orders. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from services.orders.delays.domain import Decision, Touched, log_shared
from services.orders.delays.model import Delay, claimed
from services.orders.disruptions.domain.closing import Worked, moved_since
from services.orders.disruptions.model import Beside, Disruption, Leg, Why
from services.orders.fields import gone_by
from services.orders.planning.domain import days_late, outdated, settle
from services.orders.planning.model import Key, Moves, Node, OpenDelay, Plan, Settled
from services.orders.shipments.model import vessel_of
from shared.contracts.disruptions import Scope
from shared.contracts.orders import Cause, DelayLogged, MovedNode


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of the legs of one part: the delay with what it does to its orders, None where it has none; those left out, by rank;
    and the other legs of its orders that it makes late."""

    decision: Decision | None
    skipped: Mapping[int, Why]
    beside: Sequence[Beside] = ()

    @property
    def still(self) -> Decision | None:
        """The delay where it moves nothing: its orders come later by themselves, and their customer is neither told nor asked by it."""
        made = self.decision
        return None if made is None or any(one.settled.moves.nodes or one.settled.moves.lines for one in made.orders) else made


def late_by(disruption: Disruption, legs: Iterable[tuple[Leg, Plan]], worked: Worked, today: date) -> list[int]:
    """The days by which it makes each of the legs late, but those that it leaves out."""
    nodes = [(plan, (leg.shipment, leg.milestone), _node(disruption, leg, plan, worked, today)) for leg, plan in legs]
    return [_days(plan, key, day, worked) for plan, key, day in nodes if isinstance(day, date)]


def log(disruption: Disruption, part: int, legs: Sequence[tuple[Leg, Plan]], worked: Worked, *, by: str, now: datetime) -> Outcome:
    """The delay of one part. It is the same however often it is decided, until it is written."""
    nodes: list[tuple[Plan, Key, date]] = []
    skipped: dict[int, Why] = {}
    for leg, plan in legs:
        found = _node(disruption, leg, plan, worked, now.date())
        if isinstance(found, date):
            nodes.append((plan, (leg.shipment, leg.milestone), found))
        else:
            skipped[leg.rank] = found
    if not nodes:
        return Outcome(None, skipped)
    made = _made(disruption, uuid5(disruption.disruption_id, str(part)), legs[0][0].milestone, max(day for _, _, day in nodes), by, now)
    untold = replace(made, causes=_within(disruption.causes, nodes, worked))
    delay = replace(
        untold,
        ask=disruption.ask,
        ask_by=_ahead(disruption.ask_by, now.date()),
        next_news_on=_ahead(disruption.next_news_on, now.date()),
    )
    outcome = Outcome(log_shared(delay, nodes), skipped, [one for plan, key, _ in nodes for one in _beside(plan, key, worked)])
    return outcome if outcome.still is None else replace(outcome, decision=log_shared(untold, nodes))


def join(disruption: Disruption, plan: Plan, held: OpenDelay, before: Node, *, by: str, now: datetime) -> Decision:
    """The delay of a leg that came to a late vessel or shipment after the run: its order is planned and told with it already, and its
    customer is asked nothing by it. Of several that hold it, the last alone moves it.
    """
    delay = _made(disruption, held.delay_id, held.milestone, held.new_date, by, now)
    after, holding = plan.at(held.key), [one for one in plan.delays if one.key == held.key]
    last = max((held, *holding), key=lambda one: (one.new_date, one.delay_id))
    order = Touched(Settled(plan, plan, Moves((), (), ())), held.ordinal, before if last.delay_id == held.delay_id else after, after)
    return Decision(delay, (order,), (DelayLogged(delay=delay.told((order.told(),)), joined=True),))


def _made(disruption: Disruption, delay_id: UUID, milestone: str, new_date: date, by: str, now: datetime) -> Delay:
    return Delay(
        delay_id=delay_id,
        order_id=None,
        shipment_id=None,
        disruption_id=disruption.disruption_id,
        shipment=None,
        milestone=milestone,
        new_date=new_date,
        causes=_unclaimed(disruption.causes),
        action=disruption.action,
        ask=None,
        ask_by=None,
        next_news_on=None,
        revision=1,
        version=1,
        status="open",
        logged_by=by,
        logged_at=now,
    )


def _within(causes: tuple[Cause, ...], nodes: Sequence[tuple[Plan, Key, date]], worked: Worked) -> tuple[Cause, ...]:
    """The causes, without their days where the delay has fewer: they were said of the orders that are the latest."""
    days = claimed(causes)
    if not days or days <= max(_days(*node, worked) for node in nodes):
        return causes
    return _unclaimed(causes)


def _unclaimed(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(cause.model_copy(update={"days": None}) for cause in causes)


def _days(plan: Plan, key: Key, until: date, worked: Worked) -> int:
    return days_late(replace(plan, calendars={**plan.calendars, **worked}), plan.at(key), until)


def _ahead(day: date | None, today: date) -> date | None:
    """The day, where it has not passed: a run may be late, and nothing is asked or promised by then any more."""
    return None if day is not None and gone_by(day, today) else day


def _node(disruption: Disruption, leg: Leg, plan: Plan, worked: Worked, today: date) -> date | Why:
    """The day to which the leg's milestone is delayed, or why it is not."""
    node = plan.node((leg.shipment, leg.milestone))
    if plan.status == "cancelled":
        return "order_over"
    if node is None or not _sails(disruption.scope, plan, leg.shipment):
        return "not_later" if disruption.scope.kind == "closed_day" else "moved_away"
    if plan.passed(node.key) is not None:
        return "happened"
    if disruption.scope.kind == "closed_day":
        # The calendar of the plan is closed on those days already; what is expected is as it was before, but for what moved it since.
        day = settle(plan).at(node.key).estimated
        if day <= node.due_on:
            node = settle(replace(plan, calendars={**plan.calendars, **worked})).at(node.key)
    else:
        # What is overdue happens today at the earliest, also where the day has begun and the clock has not come to the order yet.
        now = settle(plan).at(node.key) if outdated(plan) else node
        day = disruption.to or max(now.estimated, today) + timedelta(days=disruption.days or 0)
    # Goods that come later by themselves leave no earlier than their vessel either, when what makes them late is over.
    held = disruption.sails or day > node.due_on
    return day if held and gone_by(day, today) is None else "not_later"


def _sails(scope: Scope, plan: Plan, shipment: str | None) -> bool:
    """Whether a leg goes with the vessel of the scope, where it is one: its shipment may have been rolled since."""
    how = plan.transports.get(shipment) if shipment is not None else None
    named = (scope.name.upper(), (scope.voyage or "").upper())
    return scope.kind != "vessel" or (how is not None and vessel_of(how) == named)


def _beside(plan: Plan, held: Key, worked: Worked) -> list[Beside]:
    """The other legs of an order whose calendar is closed already, and was `worked`."""
    found: dict[str | None, MovedNode] = {}
    for node in moved_since(plan, worked) if len(plan.legs()) > 1 else ():
        found.setdefault(node.shipment, node)
    return [Beside(plan.order_id, leg, node.milestone, node.after) for leg, node in found.items() if leg != held[0]]
