"""How an order follows what is reported of its production: milestones recorded, milestones expected anew. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.orders.estimates.domain import Word, state, state_all
from services.orders.milestones.domain import Happened, Unmoved, reach
from services.orders.planning.domain import compare
from services.orders.planning.model import Key, Plan, Settled
from services.orders.production.domain.pace import Finish, finishes
from services.orders.production.model import Entry, Progress
from shared.contracts.event import Event
from shared.contracts.production import ProductionCompleted, ProductionProgressed, ProductionStarted

START = "PRD_START"
"""The milestone that the first quantity of a leg meets."""


@dataclass(frozen=True, slots=True)
class Followed:
    """An order after a report: its plan with what was recorded and is expected now, and what could not be recorded."""

    settled: Settled
    recorded: tuple[Happened, ...]
    unmoved: tuple[Unmoved, ...]

    @property
    def waits(self) -> bool:
        """Something is recorded once it can be; the delivery is left to people."""
        return any(one.milestone != self.settled.after.delivery_point for one in self.unmoved)


def happened(known: Progress, today: date) -> dict[Key, date]:
    """What reports say has happened: the first quantity of a leg meets PRD_START, the whole of the last steps what they end.

    Where something happened since that must come before PRD_START, it is that day: the work was going on by then.
    """
    plan, found = known.plan, dict[Key, date]()
    for shipment in sorted({track.shipment for track in known.tracks.values()}, key=lambda leg: leg or ""):
        node, begun = plan.node((shipment, START)), _begun(known, shipment)
        if node is not None and begun is not None:
            found[node.key] = max([begun, *(one.actual for one in plan.earlier(node) if one.actual is not None)])
    return {**found, **{one.key: one.ended for one in finishes(plan, known.tracks.values(), today) if one.ended is not None}}


def follow(before: Progress, after: Progress, entries: Sequence[Entry], now: datetime) -> Followed:
    """Let the order follow its reports: milestones that have happened by them are recorded, others are expected anew."""
    plan, today = after.plan, now.date()
    legs = sorted({entry.track.shipment for entry in entries}, key=lambda leg: leg or "")
    expected = [one for one in finishes(plan, after.tracks.values(), today) if one.key[0] in legs]
    begun = {leg: day for leg in legs if _begun(before, leg) is None and (day := _begun(after, leg)) is not None}
    ended = {one.key: one.ended for one in expected if one.ended is not None}
    known = {one.key for one in finishes(plan, before.tracks.values(), today) if one.ended is not None}
    about = {"order_id": plan.order_id, "number": plan.number, "customer_id": plan.customer_id}
    reports, said = tuple(entry.told() for entry in entries), tuple(one.told() for one in expected)
    events: list[Event] = [
        *(ProductionStarted(**about, shipment=leg, day=day) for leg, day in begun.items()),
        ProductionProgressed(**about, reports=reports, expected=said),
        *(ProductionCompleted(**about, shipment=key[0], milestone=key[1], day=day) for key, day in ended.items() if key not in known),
    ]
    tracks = [track for track in after.tracks.values() if track.shipment in legs]
    anew = {(track.shipment, code) for track in tracks for code in (START, track.stage.milestone)}
    reached = reach(plan, [(key, day) for key, day in happened(after, today).items() if key[0] in legs], anew=anew)
    current, events = reached.plan, [*events, *reached.events]
    for one in expected:
        if (word := _say(before, current, one, now)) is not None:
            current, events = word.after, [*events, *word.events]
    return Followed(Settled(plan, current, compare(plan, current), tuple(events)), reached.recorded, reached.unmoved)


def retry(known: Progress, today: date) -> Followed:
    """Record what could not be recorded when it was reported, and nobody took back since; `unmoved` is what still cannot."""
    plan = known.plan
    reached = reach(plan, happened(known, today).items())
    return Followed(reached.settled(plan), reached.recorded, reached.unmoved)


def regrouped(known: Progress, now: datetime) -> Followed:
    """The order after its lines have become others, or travel otherwise: what the reports say of each leg now. They take back their own
    word where they say nothing of the leg any more, but not while a step in it goes on to that day; anybody else's stands. Nothing is
    reported with this, so it is said as of the last report, and not where somebody took it back.
    """
    done = retry(known, now.date())
    plan = done.settled.after
    found, words = {one.key: one for one in finishes(plan, known.tracks.values(), now.date())}, dict[Key, Word]()
    for node in plan.nodes:
        stood = node.stated
        if plan.passed(node.key) is not None or (stood is not None and not known.says(stood)) or node.unsaid_at is not None:
            continue
        one = found.get(node.key)
        day = one.said if one is not None else None
        keeps = one is not None and stood is not None and (stood.day <= one.today if one.ended else day is None and one.lasts_to(stood.day))
        if day != (stood.day if stood else None) and not keeps:
            words[node.key] = Word(day, "production", max(known.told))
    said = state_all(plan, words, "production_progressed")
    if said is None:
        return done
    settled = done.settled
    events = (*settled.events, *said.events)
    return replace(done, settled=Settled(settled.before, said.after, compare(settled.before, said.after), events))


def _begun(known: Progress, shipment: str | None) -> date | None:
    return min((track.begun for track in known.of_leg(shipment) if track.begun), default=None)


def _say(before: Progress, plan: Plan, one: Finish, now: datetime) -> Settled | None:
    """The word of reports on a milestone that is still to come, though all may be made; they take back only what those before said."""
    if plan.passed(one.key) is not None or (one.said is None and not before.says(plan.at(one.key).stated)):
        return None
    return state(plan, one.key, Word(one.said, "production", now), "production_progressed")
