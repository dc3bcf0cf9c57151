"""Words on when a milestone will happen: of its owner, of a supplier or carrier, of production, of who was asked. Pure.

A word takes the place of the milestone's own plan and duration, earlier as well as later, until what the milestone waits for comes
too late for it; open delays still hold the milestone, and its actual date ends it. Said again it counts anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from services.orders.estimates.words import held, newer_stands, taken_back
from services.orders.fields import Answer, Body, Day, GivenLeg, MilestoneCode, gone_by, too_far
from services.orders.milestones.domain import require_to_come
from services.orders.planning.domain import allowed, compare, estimate, settle, told, too_early, unsaid
from services.orders.planning.model import ARRIVE, DEPART, Key, Node, Plan, Settled, Stated
from shared.contracts.estimates import EstimateSource, MilestoneEstimated
from shared.contracts.event import Event
from shared.contracts.orders import Because
from shared.contracts.text import Both
from shared.problems import Invalid

Spoken = Literal["owner", "supplier", "carrier", "production", "answer"]
"""Whose word people hand on; that of material comes from its lines."""


class StateEstimate(Body):
    """When a milestone will happen, by the word of whoever answers for it; `day` null takes the word back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"milestone": "PRD_END", "day": "2026-05-07", "source": "production"}]})

    milestone: MilestoneCode
    shipment: GivenLeg = None
    day: Day | None
    source: Spoken = "owner"


class StateShipmentEstimate(Body):
    """When a milestone of a shipment will happen, for each of its orders that has it still before it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"milestone": "ARRIVE", "day": "2026-06-30", "source": "carrier"}]})

    milestone: MilestoneCode
    day: Day | None
    source: Spoken = "carrier"


class HeldBy(Answer):
    """An open delay that holds a milestone beyond the day said of it. That day counts once the delay is over or says an earlier one."""

    milestone: str
    until: date
    delay: Annotated[str, Field(description="link")]

    def why(self, order: str) -> Both:
        return held(order, self.milestone, self.until, self.delay)


Of = Literal["order", "shipment", "events"]
"""What a word is of: one order, or a whole shipment, as somebody says it by hand for the carrier or as his own events do."""
_NEXT = timedelta(microseconds=1)
_AS_IT_COMES: frozenset[EstimateSource] = frozenset({"carrier", "material"})


@dataclass(frozen=True, slots=True)
class Word:
    """What is said, by whom, and when: an older word never takes the place of a newer one. `departs` is, of the carrier's on a departure
    or an arrival, when the vessel leaves as he says it; `happened`: he says that it has, which cannot be recorded yet.
    """

    day: date | None
    source: EstimateSource
    at: datetime
    departs: date | None = None
    happened: bool = False


NOTHING_BENEATH: Mapping[Key, Word] = {}


def state(plan: Plan, key: Key, word: Word, because: Because = "estimate_stated") -> Settled | None:
    """As `state_all`, for one word."""
    return state_all(plan, {key: word}, because)


def state_all(
    plan: Plan,
    words: Mapping[Key, Word],
    because: Because = "estimate_stated",
    *,
    of: Of = "order",
    beneath: Mapping[Key, Word] = NOTHING_BENEATH,
) -> Settled | None:
    """The plan with the words on nodes that are there; None where they change nothing, because they stand already or are older. A word
    that is said again counts from now on, by what is allowed now; it is told where that moves something.

    There are two who speak, the carrier and everybody else. Who spoke last stands over the other, and who takes back his own word takes
    back nothing of the other's, which counts again: what is said of the goods is kept with the node, what the carrier says with the
    shipment (`beneath`, where somebody else takes back his own). Of what somebody takes back of production's its reports say nothing
    until the next.

    MilestoneReached when a node has happened. Invalid for a day that has passed or comes before what the node waits for; not so for
    a carrier, whose vessel sails without goods that are not ready, nor for material: the node is expected with the last that comes.
    Production knows nothing of what else must come first, either: the node is expected when that has.
    """
    said, in_order = plan, sorted(words.items(), key=lambda one: plan.at(one[0]).position)
    for key, word in in_order:
        require_to_come(plan, key, field="milestone")
        node = said.at(key)
        known = node.stated
        again = (known.day if known else None) == word.day
        if newer(plan, key, word) is not None or (again and (known is None or known.at >= word.at)):
            continue
        if word.day is None and word.source != "carrier":
            if (own := node.of_goods) is not None:
                said = said.saying({key: _carriers(said, node, beneath)}, typed={key: None})
                # What it takes back itself it may say again.
                said = unsaid(said, {key: word.at}) if own.source == "production" and because != "production_progressed" else said
            continue
        if word.day is not None and word.source not in _AS_IT_COMES and not again:
            _check_day(plan, node, word.day, word.source, word.at.date())
        if key[1] == DEPART and word.source == "carrier" and word.day is not None:
            said = anchored(said, key[0], word.departs or word.day)
        counts = stated(said, key, word) or _of_goods(node, word, of)
        if counts != known:
            said = said.saying({key: counts}, typed=_typed(node, word, of))
    if said is plan:
        return None
    after = settle(said)
    moves = compare(plan, after)
    events: list[Event] = [
        MilestoneEstimated(order_id=plan.order_id, shipment=key[0], milestone=key[1], day=now.day, source=now.source)
        for key, word in in_order
        if _is_news(plan.at(key), after.at(key))
        for now in (after.at(key).stated or word,)
    ]
    events += told(plan, moves, because)
    return Settled(plan, after, moves, tuple(events))


def stated(plan: Plan, key: Key, word: Word) -> Stated | None:
    """What is said of a milestone of the plan, with what lets it happen then."""
    if word.day is None:
        return None
    return Stated(word.day, allowed(plan, key, word.departs), word.source, word.at, word.happened)


def _carriers(plan: Plan, node: Node, beneath: Mapping[Key, Word]) -> Stated | None:
    """The carrier's word on a node of which somebody else takes back his own: the one that stands over it, or the one beneath it."""
    if node.stated is not None and node.stated.source == "carrier":
        return node.stated
    return stated(plan, node.key, beneath[node.key]) if node.key in beneath else None


def _of_goods(node: Node, word: Word, of: Of) -> Stated | None:
    """What counts where the carrier takes back his own word: what is said of the goods, from now on where he does so of them alone. What
    somebody said for him of one order goes with it, unless it is an event that is taken back.
    """
    typed = node.typed
    if typed is None or of == "events":
        return typed
    if typed.source == "carrier":
        return None
    return replace(typed, at=word.at) if of == "order" and node.stated != typed else typed


def _typed(node: Node, word: Word, of: Of) -> dict[Key, datetime | None]:
    """When somebody said by hand of the order what counts now: what is said of its shipment leaves what is said of its goods."""
    if of == "order":
        return {node.key: word.at}
    return {node.key: None} if of == "shipment" and node.typed is not None and node.typed.source == "carrier" else {}


def anchored(plan: Plan, shipment: str | None, departs: date) -> Plan:
    """The plan, not settled, with a carrier's arrival that was said without a departure as of the first that he says; one that lies before
    it he must say anew.
    """
    left, there = plan.node((shipment, DEPART)), plan.node((shipment, ARRIVE))
    if left is None or left.actual is not None or (left.stated is not None and left.stated.source == "carrier"):
        return plan
    if there is None or there.stated is None or there.stated.source != "carrier" or there.stated.day < departs:
        return plan
    word = replace(there.stated, allowed=allowed(plan, there.key, departs))
    return plan.saying({there.key: word}, typed={there.key: word.at} if there.typed == there.stated else {})


def _is_news(was: Node, now: Node) -> bool:
    """Whether the word on a node is another than before: of another day, or somebody else's; or what stood is said again and moves it."""
    before, after = was.stated, now.stated
    if before is None or after is None:
        return before is not after
    return (before.day, before.source) != (after.day, after.source) or (before != after and was.estimated != now.estimated)


def held_by(plan: Plan, key: Key) -> HeldBy | None:
    """What keeps a milestone from the day said of it: the latest of the open delays on it, where that is later."""
    word, delays = plan.at(key).stated, [delay for delay in plan.delays if delay.key == key]
    latest = max(delays, key=lambda delay: delay.new_date, default=None)
    if word is None or word.happened or latest is None or latest.new_date <= word.day or plan.passed(key) is not None:
        return None
    return HeldBy(milestone=key[1], until=latest.new_date, delay=f"/api/orders/delays/{latest.delay_id}")


def newer(plan: Plan, key: Key, word: Word) -> Both | None:
    """Why a word moves nothing: one that was said later stands, and says another day."""
    known = plan.at(key).stated
    if known is None or known.at <= word.at or known.day == word.day:
        return None
    return outdone(plan, key, known)


def outdone(plan: Plan, key: Key, by: Stated | None) -> Both:
    """Why what was said before moves nothing; None: somebody took it back since."""
    return newer_stands(plan.number, key[1], by) if by is not None else taken_back(plan.number, key[1])


def said_now(plan: Plan, words: Mapping[Key, Word]) -> dict[Key, Word]:
    """The words of somebody who speaks now: each is newer than what stands, whatever a clock said then."""
    known = {key: plan.at(key).stated for key in words}
    return {key: replace(word, at=max(word.at, stood.at + _NEXT)) if (stood := known[key]) else word for key, word in words.items()}


def carriers_words(
    plan: Plan, shipment: str | None, days: Mapping[str, date | None], at: datetime, departs: date | None = None
) -> dict[Key, Word]:
    """What the carrier's days are to a leg: words on those of its milestones that are still to come. He takes back only his own; the
    vessel `departs` as he says it.
    """
    words = {}
    for milestone, day in days.items():
        node = plan.node((shipment, milestone))
        if node is None or plan.passed(node.key) is not None:
            continue
        if day is not None or (node.stated is not None and node.stated.source == "carrier"):
            words[node.key] = Word(day, "carrier", at, departs if milestone in (DEPART, ARRIVE) else None)
    return words


def departure(plans: Iterable[Plan], shipment: str | None, said: Word | None = None) -> date | None:
    """When the vessel of a shipment leaves, one day for all who travel with it: the day it did, else that of the carrier's word, also the
    one that is `said` now, or the later one to which a delay of them all holds it, unless the word itself says when it leaves. Goods that
    are not ready for it say nothing of that; where he has said nothing, the last of them say it.
    """
    gone, words, expected = list[date](), list[date](), list[date]()
    for plan in plans:
        if (node := plan.node((shipment, DEPART))) is None:
            continue
        word, stands = said, node.stated
        if stands is not None and stands.source == "carrier" and (word is None or word.at < stands.at):
            word = Word(stands.day, stands.source, stands.at)
        if node.actual is not None:
            gone.append(node.actual)
        elif word is not None and word.day is not None:
            words.append(word.departs or max([word.day, *(one.new_date for one in plan.delays if one.shared and one.key == node.key)]))
        expected.append(node.estimated)
    return max(gone or words or expected, default=said.day if said is not None else None)


def require_meant(plans: Iterable[Plan], key: Key, day: date, today: date) -> None:
    """Invalid for a day that somebody types too far beyond today, and beyond what any of them expects without what was said before."""
    if too_far(day, today) is None:
        return
    if why := too_far(day, max([today, *(estimate(plan.saying({key: None}))[key].day for plan in plans)])):
        raise Invalid(why, field="day")


def _check_day(plan: Plan, node: Node, day: date, source: EstimateSource, today: date) -> None:
    if why := gone_by(day, today):
        raise Invalid(Both(f"{why}; record it as actual where it has happened", f"{why.zh}；如已完成，请登记实际日期"), field="day")
    if source != "production" and (why := too_early(plan, node, day)):
        raise Invalid(why, field="day")
