"""What counts of all that was said of a milestone: of events, and by hand. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from services.orders.estimates.domain import Word, departure
from services.orders.fields import gone_by
from services.orders.planning.model import ARRIVE, DEPART, Plan
from services.orders.shipments.model import UNTYPED, Typed
from services.orders.tracking.model import Classifier, Statement
from shared.contracts.text import Both

NEVER = datetime.min.replace(tzinfo=UTC)
_RANK: Mapping[Classifier, int] = {"PLN": 0, "EST": 1, "ACT": 2}


@dataclass(frozen=True, slots=True)
class Counts:
    """What counts of all that was said of one milestone of a shipment; `newest` is the time of the last word, taken back or not, and
    `happened` that of the last which says that it has.

    `waits` are the containers of which it has not been told that it happened to them, where it happened to others; `retracted` the
    days on which it was said to have happened and that were taken back; `ports` the places where it happened. `departs` is, of a
    departure and an arrival, when the vessel leaves. `by_hand`: nothing was told since somebody said by hand what is expected. `said` is
    when that was said which counts, None where nothing does.
    """

    actual: date | None
    estimate: date | None
    newest: datetime
    waits: tuple[str, ...] = ()
    retracted: frozenset[date] = frozenset()
    happened: datetime | None = None
    ports: frozenset[str] = frozenset()
    departs: date | None = None
    by_hand: bool = False
    said: datetime | None = None

    @property
    def word(self) -> Word:
        """What the carrier says of it: the day on which it happened, or is expected, or that he says none."""
        return Word(self.actual or self.estimate, "carrier", self.newest, happened=self.actual is not None)

    @property
    def silent(self) -> bool:
        """Whether nothing was said that can be."""
        return self.newest == NEVER

    def over(self, today: date) -> Both | None:
        """Why what is expected can be no more: its day has passed. What was said by hand stands, and is late."""
        return gone_by(self.estimate, today) if self.estimate is not None and not self.by_hand else None


def weigh(said: Sequence[Statement], retracted: Mapping[str, datetime], containers: Sequence[str], typed: Typed = UNTYPED) -> Counts:
    """For each container what happened, else what is estimated, else what is planned, each by its newest event; of all of them the last.

    A milestone has happened when it has happened to every container that the shipment lists; what was said of one that it lists no more
    counts as taken back. `retracted` are the events taken back, and when they were. What was expected before somebody `typed` it does not
    count, and what he said does where nothing was told since.
    """
    best: dict[str | None, Statement] = {}
    travels = {None, *containers} if containers else {one.container for one in said}
    stands = {one.event for one in said if one.event not in retracted and one.container in travels}
    known = [one for one in said if one.event in stands]
    standing = [one for one in known if one.classifier == "ACT" or typed.at is None or one.heard > typed.at]
    for one in sorted(standing, key=lambda one: (_RANK[one.classifier], one.created)):
        best[one.container] = one
    happened = {container: one.day for container, one in best.items() if one.classifier == "ACT"}
    listed = [container for container in containers if container not in happened] if None not in happened else []
    actual = max(happened.values()) if happened and not listed else None
    ahead = actual is None and any(one.classifier != "ACT" for one in best.values())
    estimate = max(one.day for one in best.values()) if ahead else None
    newest = max((retracted.get(one.event, one.heard) for one in said), default=NEVER)
    back = frozenset(one.day for one in said if one.event not in stands and one.classifier == "ACT")
    acts = [one for one in best.values() if one.classifier == "ACT"]
    told, ports = max((one.heard for one in acts), default=None), frozenset(one.port for one in acts if one.port is not None)
    latest = max((one.heard for one in best.values()), default=None)
    counts = Counts(actual, estimate, newest, tuple(listed) if happened else (), back, told, ports, said=latest)
    if actual is not None or estimate is not None or typed == UNTYPED:
        return counts
    newest = max(newest, typed.at or newest)
    return replace(counts, estimate=typed.day, newest=newest, departs=typed.departs, by_hand=True, said=typed.at)


def expected(counts: Mapping[str, Counts], today: date) -> dict[str, Word]:
    """What the carrier expects of the milestones of a shipment beside its departure and arrival, which are its schedule: of none that has
    happened, and for no day that has passed by what he told.
    """
    ahead = {milestone: one for milestone, one in counts.items() if one.estimate is not None and one.over(today) is None}
    return {milestone: one.word for milestone, one in ahead.items() if milestone not in (DEPART, ARRIVE)}


Place = tuple[str, str]
"""(shipment number, milestone code)."""


def with_departures(plans: Sequence[Plan], counts: Mapping[Place, Counts], today: date) -> dict[Place, Counts]:
    """What counts, each departure with the day that he says, and each arrival with the one on which the vessel leaves, which is one for all
    orders of the shipment.
    """
    sailing = [place for place, one in counts.items() if place[1] in (DEPART, ARRIVE) and one.departs is None]
    return {**counts, **{place: replace(counts[place], departs=_departs(plans, counts, place, today)) for place in sailing}}


def _departs(plans: Sequence[Plan], counts: Mapping[Place, Counts], place: Place, today: date) -> date | None:
    shipment, milestone = place
    left = counts.get((shipment, DEPART))
    if left is not None and left.actual is not None:
        return left.actual
    if left is None or left.estimate is None or left.over(today):
        return departure(plans, shipment)
    return departure(plans, shipment, replace(left.word, departs=left.estimate) if milestone == DEPART else left.word)


def newer_by_hand(plan: Plan, place: Place, count: Counts) -> bool:
    """Whether somebody said something of the order by hand, or took it back, after that was said which counts."""
    at, counts = plan.at(place).typed_at, count.actual or count.estimate
    return at is not None and (counts is None or at >= (count.said or count.newest))
