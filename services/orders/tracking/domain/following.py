"""How orders follow what counts of all that was said of their shipments. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from services.orders.corrections.domain import correct
from services.orders.estimates.domain import Word, anchored, carriers_words, held_by, newer, outdone, state_all
from services.orders.milestones.domain import before_it_was_placed, record
from services.orders.planning.domain import at_once, is_shown
from services.orders.planning.model import ARRIVE, DEPART, Key, Plan, Settled
from services.orders.planning.words import too_early
from services.orders.tracking import words
from services.orders.tracking.domain.placing import DELIVERED
from services.orders.tracking.domain.weighing import NEVER, Counts, Place, newer_by_hand
from services.orders.tracking.model import NOTHING, Recorded
from services.orders.words import all_of
from shared.contracts.estimates import MilestoneEstimated
from shared.contracts.event import Event
from shared.contracts.text import Both
from shared.problems import Invalid, Problem

TRACKED = "tracked"
"""Why the ledger has a date: the carrier's events say it, or took it back."""


@dataclass(frozen=True, slots=True)
class Followed:
    """An order after what was said of its shipments: the places that moved, and why it could not follow at others. `waits` are those of
    which it is said that they have happened, and that are recorded when nothing stands in their way any more.
    """

    settled: Settled | None
    moved: frozenset[Place]
    refused: Mapping[Place, Both]
    waits: frozenset[Place] = frozenset()


def follow_all(plans: Sequence[Plan], counts: Mapping[Place, Counts], recorded: Mapping[UUID, Recorded]) -> list[Followed]:
    """Each order with what counts of the shipments that it travels in; `recorded` of each that has something to follow."""
    by_shipment: dict[str, dict[Place, Counts]] = {}
    for place, found in counts.items():
        by_shipment.setdefault(place[0], {})[place] = found
    travels = ({place: one for number in plan.transports for place, one in by_shipment.get(number, {}).items()} for plan in plans)
    return [follow(plan, own, recorded.get(plan.order_id, NOTHING)) for plan, own in zip(plans, travels, strict=True)]


def follow(plan: Plan, counts: Mapping[Place, Counts], recorded: Recorded = NOTHING) -> Followed:
    """The order with what counts of its legs: first without what was taken back, and with what he says of a later day now, the last first,
    then with what has happened, in the order of its network, then with what is expected of the rest. What has happened and cannot be
    recorded yet, as goods that left before their gate was met, is expected for its day.
    """
    now, events, moved, refused, waits = plan, list[Event](), set[Place](), dict[Place, Both](), set[Place]()
    again = set[Place]()
    places = sorted((place for place in counts if plan.node(place) is not None), key=lambda place: plan.at(place).position)
    for place in reversed(places):
        undone = _undone(now, place, counts[place], recorded)
        if isinstance(undone, Both):
            refused[place] = undone
        elif undone is not None:
            now, events = undone.after, [*events, *undone.events]
            moved.add(place)
    for place in places:
        day = counts[place].actual
        if day is None or now.at(place).actual == day:
            continue
        if why := _denied(plan, place, counts[place].happened, recorded) or before_it_was_placed(plan, place[1], day):
            refused[place] = why
            continue
        if first := _not_there(now, place, counts[place].ports):
            refused[place] = words.not_delivered_before(plan.number, place[1], day, first)
            again.add(place)
            continue
        try:
            done = _recorded(now, place, day, recorded)
        except Problem as problem:
            refused[place] = problem.detail
            if now.at(place).actual is None:
                refused[place] = words.recorded_later(place[1], day, problem.detail)
                # What contradicts another date is wrong in one of both: nothing is expected by it.
                (again if isinstance(problem, Invalid) else waits).add(place)
        else:
            now, events = done.after, [*events, *done.events]
            moved.add(place)
    stated: dict[Key, Word] = {}
    for place in places:
        if counts[place].actual is None or place in waits:
            own, outdated = _words(now, place, counts[place])
            stated, refused = stated | own, refused | outdated
    said = state_all(now, stated, of="events")
    for place in places:
        word = stated.get(place) if place not in waits else None
        if word is not None and (why := _unsaid(now, said.after if said else now, place, word, counts[place])) is not None:
            refused[place] = why
            del stated[place]
            said = state_all(now, stated, of="events")
    if said is not None:
        now, events = said.after, [*events, *said.events]
        moved |= {(one.shipment, one.milestone) for one in said.events if isinstance(one, MilestoneEstimated) and one.shipment is not None}
    settled = at_once(plan, now, events) if now is not plan else None
    kept = _held(now, places)
    moved -= {place for place in kept if now.at(place).estimated == plan.at(place).estimated}
    refused |= {place: all_of([refused[place], why]) if place in refused else why for place, why in kept.items()}
    return Followed(settled, frozenset(moved), refused, frozenset(again | waits))


def _words(plan: Plan, place: Place, count: Counts) -> tuple[dict[Key, Word], dict[Place, Both]]:
    """The carrier's word on a milestone, or that he says nothing of it any more where somebody has said since what counts, and why."""
    if count.silent:
        return {}, {}
    shipment, milestone = place
    day, by_hand, node = count.actual or count.estimate, newer_by_hand(plan, place, count), plan.at(place)
    why = {place: outdone(plan, place, node.typed)} if by_hand and day not in (None, node.typed and node.typed.day) else {}
    as_typed = count.by_hand and node.stated is not None and node.stated.at == count.said
    if as_typed or (by_hand and node.stated == node.typed):
        return {}, why
    own = carriers_words(plan, shipment, {milestone: None if by_hand else day}, count.newest, count.departs)
    happened = not by_hand and count.actual is not None
    return {key: replace(word, happened=happened) for key, word in own.items()}, why


def _held(plan: Plan, places: Iterable[Place]) -> dict[Place, Both]:
    """Why what is expected of these moves nothing: an open delay holds them."""
    return {place: by.why(plan.number) for place in places if (by := held_by(plan, place)) is not None}


def _denied(plan: Plan, place: Place, told: datetime | None, recorded: Recorded) -> Both | None:
    """Why what the carrier has told stays unrecorded: somebody said later that it did not happen. Only a newer event says it anew."""
    denied = recorded.denied.get(place)
    if denied is None or told is None or told > denied:
        return None
    return words.denied(plan.number, place[1])


def _not_there(plan: Plan, place: Place, ports: Collection[str]) -> str | None:
    """What has to pass before a container that was dropped is a delivery: the goods have left, and in another country than that of the
    port of discharge they have arrived there, as far as the plan has that.
    """
    shipment, milestone = place
    if milestone != DELIVERED:
        return None
    how = plan.transports.get(shipment)
    country = how.port_of_discharge[:2] if how is not None and how.port_of_discharge else None
    beyond = any(port[:2] != country for port in ports)
    first = next((code for code in ((ARRIVE, DEPART) if beyond else (DEPART,)) if plan.node((shipment, code)) is not None), None)
    return first if first is not None and plan.passed((shipment, first)) is None else None


def _unsaid(before: Plan, after: Plan, place: Place, word: Word, counts: Counts) -> Both | None:
    """Why what the carrier expects moves nothing: a newer word stands, the day is over, or it lies before the goods depart and the vessel
    does. What he said before, when it could be, stands.
    """
    stated, day = before.at(place).stated, word.day
    if (why := newer(before, place, word)) is not None or day is None or (stated is not None and stated.day == day):
        return why
    if after.today is not None and (why := counts.over(after.today)):
        return why
    left = next((one for one in after.earlier(after.at(place)) if one.milestone == DEPART), None)
    if left is None or min(left.estimated, word.departs or left.estimated) <= day:
        return None
    return too_early(day, DEPART, after.number, left.estimated)


def carriers_said(plans: Iterable[Plan]) -> dict[Place, datetime]:
    """When the carriers last said something of the milestones of the plans' legs that stands there: never, where nothing of it does."""
    found: dict[Place, datetime] = {}
    for plan in plans:
        for node in plan.nodes:
            if node.shipment is not None:
                place = (node.shipment, node.milestone)
                at = node.stated.at if node.stated is not None and node.stated.source == "carrier" else NEVER
                found[place] = max(at, found.get(place, at))
    return found


@dataclass(frozen=True, slots=True)
class Became:
    """What came of all that was said, by place: the orders that moved, why others could not follow, or `waits` until they can, and what
    cannot be beside it.
    """

    moved: Mapping[Place, Collection[UUID]]
    refused: Mapping[Place, Sequence[Both]]
    waits: Collection[Place]
    doubted: Mapping[Place, Collection[Both]] = field(default_factory=dict)


def became_of(plans: Iterable[Plan], followed: Sequence[Followed]) -> Became:
    moved: dict[Place, list[UUID]] = {}
    refused: dict[Place, list[Both]] = {}
    for plan, one in zip(plans, followed, strict=True):
        for place in one.moved:
            moved.setdefault(place, []).append(plan.order_id)
        for place, why in one.refused.items():
            refused.setdefault(place, []).append(why)
    return Became(moved, refused, frozenset(place for one in followed for place in one.waits))


def _undone(plan: Plan, place: Place, counts: Counts, recorded: Recorded) -> Settled | Both | None:
    """The order without what was taken back, or with the later day that he says now of what he had told; why, where that cannot be."""
    own, back = _is_own(plan, place, recorded), _is_taken_back(plan, place, counts)
    if not back and not (own and _is_later(plan, place, counts)):
        return None
    if not own:
        return words.by_somebody_else(plan.number, place[1], plan.at(place).actual)
    try:
        return _corrected(plan, place, None if back else counts.actual, recorded)
    except Problem as problem:
        return problem.detail


def _is_taken_back(plan: Plan, place: Place, counts: Counts) -> bool:
    """Whether the actual date is one that was taken back, and that no other event says or shows."""
    node = plan.at(place)
    day = node.actual if not is_shown(plan, node) else None
    return day is not None and day in counts.retracted and day != counts.actual


def _recorded(plan: Plan, place: Place, day: date, recorded: Recorded) -> Settled:
    """The order with what has happened on that day; where tracking had recorded another, with that corrected."""
    if _is_own(plan, place, recorded):
        return _corrected(plan, place, day, recorded)
    shipment, milestone = place
    return record(anchored(plan, shipment, day) if milestone == DEPART else plan, milestone, shipment, day).settled


def _is_own(plan: Plan, place: Place, recorded: Recorded) -> bool:
    """Whether it has an actual date that tracking recorded, of the lines at the delivery point as well: it follows what counts now."""
    node = plan.at(place)
    return node.actual is not None and not is_shown(plan, node) and node.key in recorded.nodes and _own_lines(plan, place, recorded) != []


def _is_later(plan: Plan, place: Place, counts: Counts) -> bool:
    """Whether the carrier says another day than the actual date, and a later one: what comes after it is put right before it."""
    before = plan.at(place).actual
    return before is not None and counts.actual is not None and before < counts.actual


def _own_lines(plan: Plan, place: Place, recorded: Recorded) -> list[str] | None:
    """The lines of which tracking recorded the delivery, at the delivery point."""
    shipment, milestone = place
    lines = (line.line for line in plan.lines_of(shipment) if line.line in recorded.lines)
    return list(lines) if milestone == plan.delivery_point else None


def _corrected(plan: Plan, place: Place, day: date | None, recorded: Recorded) -> Settled:
    """The order with another day, or none, for one that tracking recorded."""
    shipment, milestone = place
    return correct(plan, recorded.over, milestone, shipment, day, TRACKED, _own_lines(plan, place, recorded)).settled
