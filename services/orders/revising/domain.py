"""Rules of orders in progress that take another revision of their template: which fits, and what becomes of the plan. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.orders.calendars.domain import Parties
from services.orders.estimates.domain import departure
from services.orders.milestones.domain import delays_over, require_open
from services.orders.planning.domain import allowed, compare, estimate, plan_leg, rebaselined, settle, told
from services.orders.planning.model import ARRIVE, DEPART, Node, OpenDelay, Plan, Settled, behind
from services.orders.revising import words
from services.orders.revising.model import Known, MilestoneRevised, Replanned
from services.orders.shipments.domain import as_said
from services.orders.shipments.model import Sailing
from services.orders.templates.domain import Network
from services.orders.templates.model import Milestone
from shared.contracts.corrections import DelayReopened
from shared.contracts.event import Event
from shared.contracts.orders import DelayClosed
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError


class DoesNotFit(Conflict):
    """What has happened to the order, or what hangs on it, has no place in the revision."""

    slug = "revision-does-not-fit"
    title = Both("The order cannot be planned with this revision", "订单不能按此版本排期")


@dataclass(frozen=True, slots=True)
class Revised:
    """One order, as it was and planned with another revision.

    `settled` begins where it has the milestones of the revision and nothing that was there is estimated anew. `freed` are the delays that
    hold it no more, `back` those that hold it again.
    """

    plan: Plan
    settled: Settled
    milestones: tuple[MilestoneRevised, ...]
    planned: tuple[Replanned, ...]
    freed: tuple[OpenDelay, ...]
    back: tuple[OpenDelay, ...]


def revise(plan: Plan, network: Network, known: Known, reason: str) -> Revised | None:
    """The order planned with another revision of its template; None where it is already. Promises stay.

    What has happened, was said and is delayed of a milestone stays with it. DoesNotFit names everything that the revision has no place for.
    """
    if network.revision == plan.network.revision:
        return None
    require_open(plan)
    if reasons := list(dict.fromkeys(_misfits(plan, network, known))):
        raise DoesNotFit(reasons[0], errors=tuple(FieldError("revision", one) for one in reasons), order=plan.number)
    nodes = tuple(node for shipment, leg in plan.legs().items() for node in _leg(plan, network, known, shipment, leg))
    begun = replace(plan, network=network, nodes=nodes, calendars={**plan.calendars, **known.calendars.days})
    back = tuple(one for one in known.over if plan.passed(one.key) is not None and begun.passed(one.key) is None)
    begun = _said_anew(plan.network, replace(begun, delays=(*plan.delays, *back)))
    begun = _first(plan, _as_carriers_say(plan, begun, known.sailings))
    after = settle(begun)
    freed, moves = tuple(delays_over(plan, after)), compare(begun, after)
    milestones = differences(plan.network, network)
    events: list[Event] = [rebaselined(plan, after, reason)]
    events += told(after, moves, "plan_rebaselined")
    events += [DelayClosed(delay_id=one.delay_id, closed_on=_left(after, one)) for one in freed if not one.shared]
    events += [DelayReopened(delay_id=one.delay_id) for one in back if not one.shared]
    return Revised(plan, Settled(begun, after, moves, tuple(events)), milestones, _replanned(plan, after), freed, back)


def _misfits(plan: Plan, network: Network, known: Known) -> list[Both]:
    """Why the revision does not fit the order."""
    number, point = plan.number, plan.delivery_point
    if point not in network.index:
        return [words.delivered_nowhere(number, point, network)]
    reasons = []
    if undated := network.undated(point):
        reasons.append(words.undated(number, point, undated, network))
    for node in plan.nodes:
        if node.actual is not None and node.milestone not in network.index:
            reasons.append(words.lost(number, node.milestone, node.actual, network))
    reasons += [words.hangs(one.what, number, one.milestone, network) for one in known.hanging]
    for leg in plan.legs().values():
        for first, second in _turned(plan.network, network, leg):
            reasons.append(words.turned(number, first, second, network))
    return reasons


def _turned(before: Network, after: Network, leg: Sequence[Node]) -> Iterator[tuple[Node, Node]]:
    """What has happened in another order than it could have in the revision, and could by the one before."""
    happened = [node for node in leg if node.actual is not None and node.milestone in after.index]
    for second in happened:
        for first in happened:
            newly = after.earlier[after.index[second.milestone]] >> after.index[first.milestone] & 1
            if newly and not before.earlier[second.position] >> first.position & 1 and _day(first) > _day(second):
                yield first, second


def _day(node: Node) -> date:
    assert node.actual is not None
    return node.actual


def _leg(plan: Plan, network: Network, known: Known, shipment: str | None, leg: Sequence[Node]) -> Iterator[Node]:
    """A leg with the milestones of the revision, planned backward from the day that was planned for its delivery: the promise that it was
    planned for. What is behind it keeps its plan.
    """
    was = {node.milestone: node for node in leg}
    transport = plan.transports.get(shipment) if shipment is not None else None
    parties = Parties(known.suppliers.get(shipment, ()), transport.carrier if transport else None, known.country)
    chosen = known.calendars.choose(network, parties)
    codes = [
        kept.calendar if (kept := was.get(step.code)) and _counts_alike(plan.network.steps[kept.position], step) else code
        for step, code in zip(network.steps, chosen, strict=True)
    ]
    days = {**plan.calendars, **known.calendars.days}
    promise = was[plan.delivery_point].planned
    fresh = plan_leg(network, codes, days, point=plan.delivery_point, shipment=shipment, promise=promise)
    happened = [replace(node, actual=was[node.milestone].actual) if node.milestone in was else node for node in fresh]
    done = behind(network, happened)[shipment]
    for node in happened:
        kept = was.get(node.milestone)
        if kept is None:
            yield replace(node, revision=known.counted.get(node.key, 0))
        else:
            planned = kept.planned if done >> node.position & 1 else node.planned
            same = ("estimated", "revision", "due", "followed", "stated", "typed", "typed_at", "unsaid_at")
            yield replace(node, planned=planned, **{name: getattr(kept, name) for name in same})


def _counts_alike(before: Milestone, after: Milestone) -> bool:
    """Whether both count their days in the calendar of the same."""
    return before.calendar == after.calendar and (before.calendar != "department" or before.department == after.department)


def _said_anew(before: Network, plan: Plan) -> Plan:
    """The plan with words on milestones that wait for something else now, or take other days, as if they were said now: they named a day,
    and keep it.
    """
    for node in sorted((node for node in plan.nodes if node.stated is not None), key=lambda node: node.position):
        was, now = before.steps[before.index[node.milestone]], plan.network.steps[node.position]
        if (was.after, was.duration_days, was.calendar) != (now.after, now.duration_days, now.calendar) and node.stated is not None:
            sailing = node.milestone == ARRIVE and node.stated.source == "carrier"
            word = replace(node.stated, allowed=allowed(plan, node.key, departure([plan], node.shipment) if sailing else None))
            plan = plan.saying({node.key: word}, typed={node.key: word.at} if node.typed == node.stated else {})
    return plan


def _as_carriers_say(before: Plan, plan: Plan, sailings: Mapping[str, Sailing]) -> Plan:
    """The plan with what carriers say of the departures and arrivals that are new in it."""
    for shipment, sailing in sailings.items():
        etd, eta = (None if before.node((shipment, code)) else day for code, day in ((DEPART, sailing.etd), (ARRIVE, sailing.eta)))
        plan = as_said(plan, shipment, replace(sailing, etd=etd, eta=eta))
    return plan


def _first(before: Plan, plan: Plan) -> Plan:
    """The plan with the first estimates of what is new in it."""
    expected, known = estimate(plan), {node.key for node in before.nodes}
    nodes = (
        node if node.key in known else replace(node, estimated=expected[node.key].day, due=expected[node.key].due) for node in plan.nodes
    )
    return replace(plan, nodes=tuple(nodes))


def _left(plan: Plan, delay: OpenDelay) -> date:
    """The day on which what a delay held was behind the order."""
    passed = plan.passed(delay.key)
    assert passed is not None
    return _day(passed)


def differences(before: Network, after: Network) -> tuple[MilestoneRevised, ...]:
    """What two revisions say differently of milestones, in the order of the later one, with those that are gone behind it."""
    steps = [{step.code: step for step in network.steps} for network in (before, after)]
    pairs = [(code, steps[0].get(code), steps[1].get(code)) for code in dict.fromkeys((*after.codes, *before.codes))]
    return tuple(
        MilestoneRevised(milestone=code, changed=() if was is None or now is None else _changed(was, now), before=was, after=now)
        for code, was, now in pairs
        if was != now
    )


def _changed(was: Milestone, now: Milestone) -> tuple[str, ...]:
    return tuple(name for name in Milestone.model_fields if getattr(was, name) != getattr(now, name))


def _replanned(before: Plan, after: Plan) -> tuple[Replanned, ...]:
    was, now = ({node.key: node.planned for node in plan.nodes} for plan in (before, after))
    return tuple(
        Replanned(shipment=key[0], milestone=key[1], before=was.get(key), after=now.get(key))
        for key in dict.fromkeys((*now, *was))
        if was.get(key) != now.get(key)
    )
