"""How an order follows what is reported of its production: milestones recorded, milestones expected anew. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.orders.estimates.domain import Word, state
from services.orders.milestones.domain import Happened, Unmoved, reach
from services.orders.planning.domain import compare
from services.orders.planning.model import Plan, Settled
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


def follow(before: Progress, after: Progress, entries: Sequence[Entry], now: datetime) -> Followed:
    """Let the order follow its reports: the first quantity meets PRD_START, the last steps end milestones, others are expected anew."""
    plan, today = after.plan, now.date()
    legs = sorted({entry.track.shipment for entry in entries}, key=lambda leg: leg or "")
    expected = [one for one in finishes(plan, after.tracks.values(), today) if one.key[0] in legs]
    begun = {leg: day for leg in legs if (day := _begun(after, leg)) is not None}
    ended = {one.key: one.ended for one in expected if one.ended is not None}
    known = {one.key for one in finishes(plan, before.tracks.values(), today) if one.ended is not None}
    about = {"order_id": plan.order_id, "number": plan.number, "customer_id": plan.customer_id}
    reports, said = tuple(entry.told() for entry in entries), tuple(one.told() for one in expected)
    events: list[Event] = [
        *(ProductionStarted(**about, shipment=leg, day=day) for leg, day in begun.items() if _begun(before, leg) is None),
        ProductionProgressed(**about, reports=reports, expected=said),
        *(ProductionCompleted(**about, shipment=key[0], milestone=key[1], day=day) for key, day in ended.items() if key not in known),
    ]
    reached = reach(plan, [*(((leg, START), _start(plan, leg, day, entries)) for leg, day in begun.items()), *ended.items()])
    current, events = reached.plan, [*events, *reached.events]
    for one in expected:
        if (word := _say(current, one, now)) is not None:
            current, events = word.after, [*events, *word.events]
    return Followed(Settled(plan, current, compare(plan, current), tuple(events)), reached.recorded, reached.unmoved)


def _start(plan: Plan, shipment: str | None, begun: date, entries: Sequence[Entry]) -> date:
    """The day to record PRD_START on: that of the first quantity or, where what must come before it happened later, of a report since."""
    node = plan.node((shipment, START))
    met = max((one.actual for one in plan.earlier(node) if one.actual), default=begun) if node is not None else begun
    days = (entry.day for entry in entries if entry.track.shipment == shipment and entry.done and entry.day >= met)
    return begun if met <= begun else min(days, default=begun)


def _begun(known: Progress, shipment: str | None) -> date | None:
    return min((track.begun for track in known.of_leg(shipment) if track.begun), default=None)


def _say(plan: Plan, one: Finish, now: datetime) -> Settled | None:
    """The word of production on a milestone that is still to come; it takes back only its own."""
    stated = plan.at(one.key).stated
    if one.ended or plan.passed(one.key) is not None or (one.day is None and (stated is None or stated.source != "production")):
        return None
    return state(plan, one.key, Word(one.day, "production", now), "production_progressed")
