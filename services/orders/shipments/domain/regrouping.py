"""Rules of shipments whose lines change: which may, and the legs, delays and dates that follow. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from uuid import UUID

from services.orders.estimates.domain import Word, stated
from services.orders.milestones.domain import delays_over
from services.orders.planning.domain import bring_forward, compare, estimate, goods_left, planned_anew, sooner, told, unsaid
from services.orders.planning.model import ARRIVE, DEPART, Key, Line, Node, OpenDelay, Plan, Settled, Stated, behind
from services.orders.planning.words import happened_in
from services.orders.shipments import words
from services.orders.shipments.domain.joining import joined_nodes
from services.orders.shipments.domain.sailing import check_free, disruptions, sailing_with
from services.orders.shipments.domain.travelling import Apart, Leg, Underway, open_lines, travelling
from services.orders.shipments.model import Sailing
from shared.contracts.estimates import MilestoneEstimated
from shared.contracts.event import Event
from shared.contracts.legs import LineMove, LinesMoved, NewLeg
from shared.contracts.orders import DelayClosed, MilestoneAchieved

NOTHING_COUNTED: Mapping[Key, int] = {}


@dataclass(frozen=True, slots=True)
class Made:
    """A leg that is new, with the milestones of the leg `like`; `whole`: that one has no line any more."""

    shipment: Leg
    like: Leg
    whole: bool


@dataclass(frozen=True, slots=True)
class Regrouped:
    """One order whose lines changed their shipments.

    `settled` begins where the lines have moved and nothing is estimated anew. `along` are its own delays that went with their leg,
    with the leg they hold now; `joined` the delays of shipments and vessels that hold it from now on; `left` those that hold it no
    more; `stayed` its own delays that hold only the lines that stayed.
    """

    settled: Settled
    moves: tuple[LineMove, ...]
    reason: str
    made: tuple[Made, ...] = ()
    ended: tuple[Leg, ...] = ()
    along: tuple[tuple[UUID, Leg], ...] = ()
    joined: tuple[OpenDelay, ...] = ()
    left: tuple[UUID, ...] = ()
    stayed: tuple[UUID, ...] = ()


@dataclass(slots=True)
class _Part:
    plan: Plan
    counted: Mapping[Key, int]
    made: list[Made] = field(default_factory=list)
    ended: list[Leg] = field(default_factory=list)
    along: list[tuple[UUID, Leg]] = field(default_factory=list)
    joined: list[OpenDelay] = field(default_factory=list)
    left: list[UUID] = field(default_factory=list)
    stayed: list[UUID] = field(default_factory=list)
    sooner: set[Leg] = field(default_factory=set)
    """The legs that were joined with an earlier promise."""
    joined_by: list[Sequence[Node]] = field(default_factory=list)
    """The legs, as they were, whose lines joined one that was there."""


def regroup(
    plan: Plan, lines: Sequence[str], shipment: Leg, sailing: Sailing, reason: str, counted: Mapping[Key, int] = NOTHING_COUNTED
) -> Regrouped | None:
    """The order with these lines in that shipment (None: in none yet); None where they are there already. Promises stay.

    Lines that make a new leg take the milestones of theirs along; lines that join a leg take its dates, unless a word on them is later,
    and one that they join with an earlier promise is planned for that. `counted` are the highest
    revisions that milestones of the order ever had, also of legs that are no more: those of a new leg begin no lower.
    """
    moving = [line for line in open_lines(plan, lines) if line.shipment != shipment]
    if not moving:
        return None
    known = travelling(plan, shipment, sailing.transport) if shipment is not None and sailing.transport is not None else plan
    part = _Part(known, counted)
    # Those to whom least has happened come first: what they make has nothing that the others lack.
    by_leg = {leg: [line.line for line in group] for leg, group in groupby(sorted(moving, key=_leg_first), key=lambda line: line.shipment)}
    for leg in sorted(by_leg, key=lambda leg: sum(node.actual is not None for node in plan.legs()[leg])):
        _check_left(part.plan, leg, shipment, sailing)
        _move(part, leg, shipment, by_leg[leg], sailing)
    moves = tuple(LineMove(line=line.line, before=line.shipment, after=shipment) for line in moving)
    return Regrouped(
        _settled(plan, part, moves, reason),
        moves,
        reason,
        tuple(part.made),
        tuple(part.ended),
        tuple(part.along),
        tuple(part.joined),
        tuple(part.left),
        tuple(part.stayed),
    )


def _leg_first(line: Line) -> tuple[str, str]:
    return line.shipment or "", line.line


def _check_left(plan: Plan, leg: Leg, shipment: Leg, sailing: Sailing) -> None:
    gone = goods_left(plan, leg)
    if gone is not None and leg is not None:
        raise Underway(happened_in(plan.number, gone.milestone, leg, gone.actual), field="shipment")
    if gone is None and sailing.left:
        raise Underway(words.left_without(shipment), field="shipment")


def _move(part: _Part, leg: Leg, shipment: Leg, lines: Sequence[str], sailing: Sailing) -> None:
    plan = part.plan
    source, there = plan.legs()[leg], plan.legs().get(shipment)
    whole = {line.line for line in plan.lines_of(leg)} <= set(lines)
    nodes = tuple(node for node in plan.nodes if not (whole and node.shipment == leg))
    if there is None:
        nodes += tuple(_taken_along(part, node, shipment) for node in source)
        part.made.append(Made(shipment, leg, whole))
    else:
        _check_joins(plan, source, there)
    delays = _delays(part, leg, shipment, whole, sailing)
    moved = tuple(replace(line, shipment=shipment) if line.line in lines else line for line in plan.lines)
    part.sooner |= sooner(plan, (line for line in moved if line.line in lines))
    plan = replace(plan, lines=moved, nodes=nodes, delays=delays)
    if there is None:
        held, joined = sailing_with(plan, shipment, sailing)
        part.joined += joined
        plan = as_said(held, shipment, sailing)
    else:
        part.joined_by.append(source)
    if whole:
        part.ended.append(leg)
    part.plan = plan


def _taken_along(part: _Part, node: Node, shipment: Leg) -> Node:
    """A milestone as it is in a new leg, with the word on the goods."""
    revision = max(node.revision, part.counted.get((shipment, node.milestone), 0))
    word = node.of_goods
    return replace(node, shipment=shipment, stated=word, typed=word, typed_at=word.at if word else None, revision=revision)


def _brought(plan: Plan, joined_by: Iterable[Sequence[Node]], shipment: Leg) -> dict[Key, Stated]:
    """The words on goods that have joined a leg which hold there: those that make it later than what is said or planned of the others
    does. Where the carrier has said a day, that stands.
    """
    found: dict[Key, Stated] = {}
    for source in joined_by:
        done = behind(plan.network, source)[source[0].shipment]
        for node in source:
            key, word, there = (shipment, node.milestone), node.of_goods, plan.at((shipment, node.milestone)).stated
            if word is None or done >> node.position & 1 or (there is not None and there.source == "carrier"):
                continue
            free = replace(plan, delays=tuple(delay for delay in plan.delays if delay.key != key))
            if estimate(free.saying({key: word}))[key].due_on > estimate(free)[key].due_on:
                found[key] = word
                plan = plan.saying(found)
    return found


def _check_joins(plan: Plan, source: Sequence[Node], there: Sequence[Node]) -> None:
    """Apart where something has happened to the leg that has not happened to those who join it."""
    done = behind(plan.network, source)[source[0].shipment]
    for node in there:
        if node.actual is not None and not done >> node.position & 1:
            said = words.not_to_those(plan.number, node.milestone, node.shipment, node.actual)
            raise Apart(said, field="shipment", milestone=node.milestone)


def _delays(part: _Part, leg: Leg, shipment: Leg, whole: bool, sailing: Sailing) -> tuple[OpenDelay, ...]:
    """The open delays when lines have left a leg: one of the shipment does not go along with a whole leg, any other does; so does one of
    the vessel that they still travel with, where they do not join goods that it holds already.
    """
    kept = []
    held = [delay for delay in part.plan.delays if delay.shipment == shipment]
    with_it = disruptions(sailing.held) - disruptions(held)
    for delay in part.plan.delays:
        if delay.shipment != leg:
            kept.append(delay)
        elif not whole:
            kept.append(delay)
            part.stayed += [] if delay.of_shipment else [delay.delay_id]
        elif delay.of_shipment and delay.disruption_id not in with_it:
            part.left.append(delay.delay_id)
        else:
            check_free(part.plan, delay, held)
            kept.append(replace(delay, shipment=shipment))
            part.along.append((delay.delay_id, shipment))
    return tuple(kept)


def as_said(plan: Plan, shipment: Leg, sailing: Sailing) -> Plan:
    """The plan with what the carrier says of the sailing said of a new leg, of what is still to come; of the goods nothing that was said
    since, or that cannot be before they leave.
    """
    for milestone in (DEPART, ARRIVE):
        key, word = (shipment, milestone), carriers_word(sailing, milestone)
        if word is not None and plan.node(key) is not None and plan.passed(key) is None:
            plan = plan.saying({key: stated(plan, key, word)})
    for node in plan.legs().get(shipment, ()):
        word = sailing.words.get(node.milestone)
        if word is None or plan.passed(node.key) is not None or (node.typed_at is not None and node.typed_at >= word.at):
            continue
        said = plan.saying({node.key: stated(plan, node.key, word)})
        if all(word.day is None or estimate(said)[one.key].day <= word.day for one in said.earlier(node) if one.milestone == DEPART):
            plan = said
    return plan


def carriers_word(sailing: Sailing, milestone: str) -> Word | None:
    """What the carrier says of the departure or the arrival."""
    day, departs = (sailing.etd, None) if milestone == DEPART else (sailing.eta, sailing.departs or sailing.etd)
    return Word(day, "carrier", sailing.said_at, departs) if day is not None and sailing.said_at is not None else None


def _settled(before: Plan, part: _Part, moves: tuple[LineMove, ...], reason: str) -> Settled:
    moved, achieved = part.plan, reached_without(part.plan)
    reached = {(one.shipment, one.milestone): one.actual for one in achieved}
    back = {(moves[0].after, one.milestone): one.unsaid_at for source in part.joined_by for one in source if one.unsaid_at is not None}
    dated = unsaid(moved.dated(reached), back)
    words = _brought(bring_forward(dated, part.sooner), part.joined_by, moves[0].after) if part.joined_by else {}
    said = dated.saying(words, typed={key: word.at for key, word in words.items()})
    after = bring_forward(said, part.sooner)
    over = delays_over(moved, after)
    part.left += [delay.delay_id for delay in over]
    joined = joined_nodes(before, after, moves, [one.like for one in part.made])
    shifts, legs = replace(compare(moved, after), joined=joined), moved.legs()
    events: list[Event] = [
        LinesMoved(
            order_id=before.order_id,
            number=before.number,
            customer_id=before.customer_id,
            lines=moves,
            legs=tuple(NewLeg(shipment=one.shipment, like=one.like, plan=tuple(n.told() for n in legs[one.shipment])) for one in part.made),
            ended=tuple(part.ended),
            transports={number: how for number, how in moved.transports.items() if number == moves[0].after},
            reason=reason,
        ),
        *achieved,
        *planned_anew(moved, after, reason),
        *(
            MilestoneEstimated(order_id=before.order_id, shipment=shipment, milestone=milestone, day=word.day, source=word.source)
            for (shipment, milestone), word in words.items()
        ),
    ]
    events += told(moved, shifts, "lines_moved")
    events += [DelayClosed(delay_id=one.delay_id, closed_on=max(reached.values())) for one in over if not one.shared]
    return Settled(moved, after, shifts, tuple(events))


def reached_without(plan: Plan) -> tuple[MilestoneAchieved, ...]:
    """The delivery points that are reached because what was still to be delivered of their legs is not in them any more."""
    found = []
    for shipment in plan.legs():
        node = plan.at((shipment, plan.delivery_point))
        if node.actual is None and (day := plan.delivered_on(shipment)) is not None:
            found.append(MilestoneAchieved(order_id=plan.order_id, shipment=shipment, milestone=node.milestone, actual=day))
    return tuple(found)
