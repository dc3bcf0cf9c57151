"""One leg forward: by what was said of it, and as of today. Pure."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from services.orders.planning.domain.schedule import NEVER, Forecast, Said, Schedule, forecast, latest_days, schedule_of
from services.orders.planning.model import ARRIVE, DEPART, Node, Plan, Stated, behind

_ALWAYS = date.max.toordinal()
_TRANSPORT = ("logistics", "customs")
"""The stages of steps that follow the vessel; how goods are made follows its own plan."""


def forecast_leg(
    plan: Plan,
    shipment: str | None,
    leg: Sequence[Node],
    *,
    without: UUID | None = None,
    eager: bool = False,
    since: int | None = None,
) -> Forecast:
    """One leg forward as of today, as if the delay `without` had never been; `eager`: as if nothing waited for its plan; `since`: what
    is still to come happens no earlier than that day, and what waits for nothing else can happen then. What is due is so by what was said
    alone: on the same days, where nothing that is still to come would lie before today.
    """
    there = {node.position for node in leg if node.stated and node.stated.happened}
    held = {at: day.toordinal() for at, day in plan.held(shipment, without=without).items() if at not in there}
    said = {node.position: _said(node, node.stated) for node in leg if node.stated}
    planned = [node.planned.toordinal() for node in leg]
    if since is not None:
        held, planned = {at: max(since, held.get(at, NEVER)) for at in range(len(leg)) if at not in there}, [since] * len(leg)
    actual = [node.actual.toordinal() if node.actual else NEVER for node in leg]
    schedule = schedule_of_leg(plan, leg)
    planned = _for_the_vessel(schedule, leg, planned, actual, held, said)
    forward = partial(forecast, schedule, planned, actual, eager=eager)
    told = forward(held, said)
    floor = floor_of(plan, shipment)
    late = [at for at, day in enumerate(told.days) if day < floor and not actual[at]]
    if not late:
        return told
    done = behind(plan.network, leg)[shipment]
    waits = {at for at, node in enumerate(leg) if not done >> at & 1 and awaited(plan, node)}
    if waits.isdisjoint(late):
        return told
    return replace(_as_of(floor, forward, told, waits, held, said, plan.network.index), due=told.days)


def _for_the_vessel(
    schedule: Schedule,
    leg: Sequence[Node],
    planned: list[int],
    actual: Sequence[int],
    held: Mapping[int, int],
    said: Mapping[int, Said],
) -> list[int]:
    """The plan of a leg, its steps of transport brought forward for what the carrier says of its departure, and of what leads there, where
    that is earlier than planned and the goods are made by then: they wait for no vessel that has left. Those that are made later miss it.
    """
    network = schedule.network
    leaves = network.index.get(DEPART)
    before = network.leading[leaves] if leaves is not None else 0
    for at, node in enumerate(leg):
        word = node.stated
        if word is None or word.source != "carrier" or actual[at] or said[at].day >= planned[at] or not before >> at & 1:
            continue
        latest = latest_days(schedule, at, said[at].day)
        leading = {other for other in range(len(leg)) if network.leading[at] >> other & 1}
        carried = {other for other in leading if network.steps[other].stage in _TRANSPORT}
        sooner = [min(day, latest[other]) if other in carried else day for other, day in enumerate(planned)]
        days = forecast(schedule, sooner, actual, held, said).days
        if all(days[other] <= said[at].day for other in leading - carried):
            planned = sooner
    return planned


def _as_of(
    today: int,
    forward: Callable[[Mapping[int, int], Mapping[int, Said]], Forecast],
    told: Forecast,
    waits: Set[int],
    held: dict[int, int],
    said: dict[int, Said],
    index: Mapping[str, int],
) -> Forecast:
    """A leg of which that much was `told`, where what `waits` happens no earlier than today.

    A word moves along with what is said of what it waits for, not with each day on which nothing is. One on work that takes its time
    names a day and no more: where that cannot be any more, it says nothing.
    """
    leaves, arrives = index.get(DEPART), index.get(ARRIVE)
    moved = {at: word.day + max(0, told.allowed[at] - word.bears) for at, word in said.items()}
    stands = {at: word._replace(day=word.day if word.day == word.bears else moved[at], bears=_ALWAYS) for at, word in said.items()}
    opens = held | {at: max(day, held.get(at, NEVER)) for at, day in moved.items() if at != arrives and not said[at].stands}

    def on(day: int) -> Forecast:
        return forward(opens | {at: max(day, opens.get(at, NEVER)) for at in waits}, stands)

    if leaves is None or arrives is None or arrives not in said or said[arrives].stands:
        return on(today)
    # Goods that on the day of their vessel cannot reach it any more arrive as much later as they leave. Days after that say no more of
    # the arrival than that nobody recorded how they left.
    sails, word = told.days[leaves], said[arrives]
    stands[arrives] = word
    then = on(min(today, sails))
    if today <= sails:
        return then
    stands[arrives] = Said(word.day + max(0, then.allowed[arrives] - word.bears), _ALWAYS)
    found = on(today)
    if found.days[arrives] == then.days[arrives]:
        found.drivers[arrives] = then.drivers[arrives]
    return found


def _said(node: Node, word: Stated) -> Said:
    """What production says is made by then: it knows nothing of what else must come first. What the carrier says has happened stands."""
    made = word.source == "production" and node.milestone not in (DEPART, ARRIVE)
    return Said(word.day.toordinal(), _ALWAYS if word.happened else _bears(node, word), made, word.happened)


def _bears(node: Node, word: Stated) -> int:
    """The day to which what a node waits for may come before a word on it moves along: the one said, or what was allowed when it was,
    where that was later and the word said that the work is quicker. A sailing has its day; what arrives keeps its days from that.
    """
    if node.milestone == DEPART:
        return _ALWAYS
    then = word.allowed.toordinal() if word.allowed else NEVER
    return then if node.milestone == ARRIVE else max(then, word.day.toordinal())


def floor_of(plan: Plan, shipment: str | None) -> int:
    """The day before which nothing happens any more that is still to come in a leg: today, or when the last of its goods were delivered;
    their plan ends there, and what nobody recorded beside it stays as it was.
    """
    if plan.today is None:
        return NEVER
    days = [line.delivered for line in plan.lines_of(shipment)]
    last = max((day for day in days if day is not None), default=plan.today) if all(days) else plan.today
    return min(last, plan.today).toordinal()


def schedule_of_leg(plan: Plan, leg: Sequence[Node]) -> Schedule:
    return schedule_of(plan.network, tuple(plan.calendars[node.calendar] for node in leg))


def awaited(plan: Plan, node: Node) -> bool:
    """Whether days that pass make a node later: not what a carrier says has happened. Of an order that was taken over from a file only its
    delivery: files know of that, and not of each step.
    """
    if node.stated is not None and node.stated.happened:
        return False
    return not plan.taken_over or node.milestone == plan.delivery_point
