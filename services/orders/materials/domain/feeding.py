"""What material lines say of the milestones that wait for them: by when they are needed, when they come, and that they are there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.orders.estimates.domain import Word, state_all
from services.orders.materials.model import Material, Receipt
from services.orders.milestones.domain import NotPassed, Unmoved, reach, record
from services.orders.planning.domain import compare, latest, unsaid
from services.orders.planning.model import DEPART, Key, Moves, Plan, Settled
from services.orders.risks.model import Rule, Sign, View
from shared.contracts.event import Event

ORDERED = "MAT_PO"
"""The milestone that is met when the last line is ordered."""


def places(plan: Plan, known: Material) -> tuple[Key, ...]:
    """The nodes that wait for it: in the legs in which its order line and what was split from it travel now, or in every leg."""
    legs = dict.fromkeys(line.shipment for line in plan.lines if known.line is None or line.is_of(known.line))
    return tuple((leg, known.milestone) for leg in legs if plan.node((leg, known.milestone)) is not None)


def needed_by(plan: Plan, known: Material) -> date:
    """By when it is needed: as it was said, or so that the promises of what still waits for it are kept."""
    if known.stated is not None:
        return known.stated
    days, waiting = latest(plan), places(plan, known)
    ahead = [key for key in waiting if plan.passed(key) is None]
    return min((days[key] for key in ahead or waiting), default=known.need_by)


@dataclass(frozen=True, slots=True)
class Fed:
    """An order after its lines have become others, with what is told, and milestones that a failed inspection keeps from happening."""

    settled: Settled
    unmoved: tuple[Unmoved, ...] = ()


def feed(plan: Plan, before: Sequence[Material], after: Sequence[Material], now: datetime) -> Fed:
    """The plan of an open order after its lines have become others.

    A milestone has happened when the last of its lines is there, or MAT_PO before it when the last is ordered. While some are to come,
    it is expected with the last of them: that is said when it is another day than before, and where nobody else's word stands. What came
    came: where it failed its inspection, the line is there, and only its milestone waits.
    """
    if plan.status != "open":
        return Fed(Settled(plan, plan, Moves((), (), ())))
    met = dict(_met(plan, before, after))
    then, events, unmoved = unsaid(plan, dict.fromkeys(met)), list[Event](), list[Unmoved]()
    for (shipment, milestone), day in met.items():
        try:
            done = record(then, milestone, shipment, day).settled
        except NotPassed as problem:
            unmoved.append(Unmoved(shipment=shipment, milestone=milestone, reason=problem.detail))
        else:
            then, events = done.after, [*events, *done.events]
    if (said := state_all(then, dict(_words(then, before, after, now)))) is not None:
        then, events = said.after, [*events, *said.events]
    return Fed(Settled(plan, then, compare(plan, then), tuple(events)), tuple(unmoved))


def anew(plan: Plan, lines: Sequence[Material], now: datetime) -> Settled:
    """The plan of an open order by its lines as they are, whatever they were before: what has happened with them is recorded, and what
    they say of each leg is said. Material takes back its own word where they say nothing; anybody else's stands.
    """
    done = recorded(plan, lines)
    said = state_all(done.after, dict(_words(done.after, lines, lines, now)))
    after = said.after if said else done.after
    return Settled(plan, after, compare(plan, after), (*done.events, *(said.events if said else ())))


def recorded(plan: Plan, lines: Sequence[Material]) -> Settled:
    """The plan of an open order with what has happened with its lines, as far as it can be now and nobody has taken it back."""
    return reach(plan, _met(plan, (), lines)).settled(plan)


def there(plan: Plan, lines: Sequence[Material]) -> dict[Key, date]:
    """When the last of the material was there that each node waits for; those to which some is to come are missing."""
    return {key: day for key, own in _fed(plan, lines).items() if (day := _arrived(own)) is not None}


def _met(plan: Plan, before: Sequence[Material], after: Sequence[Material]) -> Iterator[tuple[Key, date]]:
    """The nodes that are met now and were not before, or by other receipts or on another day, in the order of the network."""
    for key in sorted({*_fed(plan, after), *_bought(plan, after)}, key=lambda key: plan.at(key).position):
        day, receipts = _since(plan, key, after)
        if day is not None and plan.passed(key) is None and (day, receipts) != _since(plan, key, before):
            yield key, day


def _since(plan: Plan, key: Key, lines: Sequence[Material]) -> tuple[date | None, list[Receipt]]:
    """The day since which a node is met, and the receipts that say so."""
    if key[1] == ORDERED:
        return _placed(_bought(plan, lines).get(key, ())), []
    own = _fed(plan, lines).get(key, ())
    return _arrived(own), [receipt for line in own for receipt in line.came]


def _words(plan: Plan, before: Sequence[Material], after: Sequence[Material], now: datetime) -> Iterator[tuple[Key, Word]]:
    """What came and could not be recorded keeps the day on which it was expected. Where its word stands and nothing feeds the node any more
    it is taken back.
    """
    earlier, later = _fed(plan, before), _fed(plan, after)
    for node in plan.nodes:
        key, stood, lines = node.key, node.stated, later.get(node.key, ())
        own = stood.day if stood is not None and stood.source == "material" else None
        kept = _arrived(lines) is not None and (own is None or any(line.eta == own for line in lines))
        if plan.passed(key) is not None or kept:
            continue
        day = expected(plan, key, lines)
        if own or (day is not None and (stood is None or day != expected(plan, key, earlier.get(key, ())))):
            yield key, Word(day, "material", now)


def expected(plan: Plan, key: Key, lines: Sequence[Material]) -> date | None:
    """The day that the lines to come say of their node: the last of their ETAs. One without counts as coming when it is planned."""
    to_come = [line.eta for line in lines if line.open]
    day = max((eta for eta in to_come if eta is not None), default=None)
    return None if day is None or (None in to_come and day <= plan.at(key).planned) else day


def _arrived(lines: Sequence[Material]) -> date | None:
    """The day on which the last of them was there. Where none of it has come nothing has happened."""
    days = [line.done_on for line in lines]
    return _last(days) if any(line.came for line in lines) else None


def _placed(lines: Sequence[Material]) -> date | None:
    """The day on which the last of them was ordered; what was closed short before is not ordered any more."""
    return _last([line.ordered_on for line in lines if line.ordered_on is not None or line.open])


def _last(days: Sequence[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None) if None not in days else None


def _fed(plan: Plan, lines: Iterable[Material]) -> dict[Key, list[Material]]:
    """The lines that each node waits for."""
    return _by_key(lines, lambda line: places(plan, line))


def _bought(plan: Plan, lines: Iterable[Material]) -> dict[Key, list[Material]]:
    """The lines that are ordered with each MAT_PO: those that feed what comes after it."""
    at = plan.network.index.get(ORDERED)
    if at is None:
        return {}
    after = plan.network.later[at]
    return _by_key(lines, lambda line: [(leg, ORDERED) for leg, code in places(plan, line) if after >> plan.network.index[code] & 1])


def _by_key(lines: Iterable[Material], keys: Callable[[Material], Iterable[Key]]) -> dict[Key, list[Material]]:
    found: dict[Key, list[Material]] = {}
    for line in lines:
        if line.state != "withdrawn":
            for key in keys(line):
                found.setdefault(key, []).append(line)
    return found


def late(known: Material) -> Rule:
    """A line that comes after it is needed, or of which nobody knows when it comes, endangers what waits for it, or what is next where
    that was passed without it.
    """

    def rule(view: View) -> Iterator[Sign]:
        coming = known.coming(view.today)
        kind: Literal["material_late", "material_eta_missing"] = "material_late" if coming is not None else "material_eta_missing"
        left = (needed_by(view.plan, known) - (coming or view.today)).days
        for key in places(view.plan, known):
            yield from view.sign(_ahead(view.plan, key), kind, left, known.material)

    return rule


def _ahead(plan: Plan, key: Key) -> Key:
    """The node or, where that was passed, the first after it that is still ahead. Goods that have left wait for nothing."""
    if plan.passed(key) is None or plan.passed((key[0], DEPART)) is not None:
        return key
    ahead = [node for node in plan.later(plan.at(key)) if plan.passed(node.key) is None]
    return min(ahead, key=lambda node: node.position).key if ahead else key
