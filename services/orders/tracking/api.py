"""Tracking events over HTTP: taken from carriers and integrators, shown by shipment."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, RootModel, model_validator

from services.orders.fields import Answer
from services.orders.planning.model import ARRIVE
from services.orders.shipments import queries
from services.orders.shipments import store as shipments
from services.orders.sight import sight
from services.orders.tracking import queries as listing
from services.orders.tracking import store, words
from services.orders.tracking.domain import (
    Became,
    Counts,
    Place,
    Tracked,
    place_all,
    register,
    why_none,
)
from services.orders.tracking.examples import ESTIMATED_2_2, LOADED_3_0, RETRACTED, TAKEN
from services.orders.tracking.following import follow, unfollowed
from services.orders.tracking.model import Statement, TrackingEvent, event_id_of, parts_of, read_event
from services.orders.tracking.queries import StatementShown
from services.orders.tracking.store import MOST_SHIPMENTS
from shared.contracts.text import Both
from shared.problems import FieldError, Invalid, NotFound, Problem
from shared.web.auth import ANYONE, MANAGERS
from shared.web.call import Call
from shared.web.paging import Page, PageQuery
from shared.web.routes import Routes
from shared.web.together import attempt

routes = Routes("tracking")

MOST_EVENTS = 1_000
MOST_BYTES = 4 * 1024 * 1024
AHEAD = timedelta(hours=1)
"""So far the sender's clock may be ahead of ours. What he says is never newer than the moment we hear it."""
SCOPE = "tracking"
"""Of the machine clients that may send events."""


class Events(RootModel[dict[str, Any] | Annotated[list[Any], Field(max_length=MOST_EVENTS)]]):
    """One event or a list of them, each in the shape of DCSA Track & Trace 2.2 or 3.0."""

    model_config = ConfigDict(json_schema_extra={"examples": [ESTIMATED_2_2, [LOADED_3_0], RETRACTED]})

    @model_validator(mode="before")
    @classmethod
    def _said_once(cls, raw: Any) -> Any:
        """What is neither is said of the body, and not of an event and of a list of them."""
        if not isinstance(raw, dict | list):
            raise ValueError(words.NO_EVENTS)
        if isinstance(raw, list) and len(raw) > MOST_EVENTS:
            raise ValueError(words.too_many_events(MOST_EVENTS))
        return raw

    @property
    def each(self) -> list[Any]:
        return self.root if isinstance(self.root, list) else [self.root]


class EventTaken(Answer):
    """What became of one event. `refused`: nothing of it is kept, it may be sent again; `kept`: it moves nothing, for the `reason`.

    Who sends is told nothing of our orders: what stands in the way of each is in the list of what was said of the shipment.
    """

    event: Annotated[str | None, Field(description="its id")]
    outcome: Literal["applied", "kept", "duplicate", "refused"]
    reason: Both | None = None
    errors: tuple[FieldError, ...] = ()
    shipments: tuple[str, ...] = ()
    milestones: tuple[str, ...] = ()
    orders: Annotated[int, Field(description="whose plan it moved")] = 0


class EventsTaken(Answer):
    """One answer for each event, in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [TAKEN]})

    applied: int = 0
    kept: int = 0
    duplicate: int = 0
    refused: int = 0
    events: tuple[EventTaken, ...]


@routes.post("/api/orders/events", roles=MANAGERS, scope=SCOPE, max_bytes=MOST_BYTES)
async def take_events(call: Call, body: Events) -> EventsTaken:
    """Take tracking events of a carrier. What happened is recorded, what he plans or estimates is his word on the milestone.

    Each event is answered by itself: those that cannot be taken do not stop the others. An event that was taken before changes nothing,
    and an older one does not undo a newer one, in whatever order they come. Other events are about no milestone of ours and are kept.
    """
    sender = call.principal.login
    await store.lock(call.tx, sender)
    read = [attempt(_read, raw, call.now) for raw in body.each]
    taken = await store.known(call.tx, sender, [one.event_id for one in read if isinstance(one, TrackingEvent)])
    answers: list[EventTaken | TrackingEvent] = []
    for raw, one in zip(body.each, read, strict=True):
        if isinstance(one, Problem):
            answers.append(EventTaken(event=event_id_of(raw), outcome="refused", reason=one.detail, errors=one.errors))
        elif one.event_id in taken:
            answers.append(EventTaken(event=one.event_id, outcome="duplicate"))
        else:
            taken.add(one.event_id)
            answers.append(one)
    became = await _take(call, [one for one in answers if isinstance(one, TrackingEvent)])
    events = tuple(became[one.event_id] if isinstance(one, TrackingEvent) else one for one in answers)
    count = Counter[str](one.outcome for one in events)
    return EventsTaken(**count, events=events)


@routes.get("/api/orders/shipments/{shipment}/events", roles=ANYONE, problems=(NotFound,))
async def list_events(call: Call, shipment: str, query: PageQuery) -> Page[StatementShown]:
    """List what carriers said of a shipment, the latest first, with what keeps orders in sight from following it."""
    owners, today = await sight(call), call.now.date()
    await queries.show(call.tx, shipment, owners)
    said = await listing.statements(call.tx, shipment, query)
    why = await unfollowed(call.tx, await shipments.read(call.tx, shipment), owners, today)
    return said.each(lambda one: one.model_copy(update={"why": why.get(one.milestone or "")}))


def _read(raw: Any, now: datetime) -> TrackingEvent:
    event = read_event(raw)
    about, where = parts_of(raw)
    _require_come(event.created, now, f"{about}eventCreatedDateTime")
    if event.said is not None and event.said.classifier == "ACT":
        _require_come(event.said.at, now, f"{where}eventDateTime")
    return event


def _require_come(at: datetime, now: datetime, field: str) -> None:
    if at > now + AHEAD:
        raise Invalid(words.to_come(at, now), field=field)


async def _take(call: Call, fresh: Sequence[TrackingEvent]) -> dict[str, EventTaken]:
    """Keep events that are new and let the orders follow; what became of each, by its id."""
    tx, sender = call.tx, call.principal.login
    found = await store.candidates(tx, [event.said for event in fresh if event.said is not None], call.now.date())
    if len(found) > MOST_SHIPMENTS:
        raise Invalid(words.too_many(MOST_SHIPMENTS))
    known = register(found)
    said = {event.event_id: place_all(event, event.said, known, call.now) for event in fresh if event.said is not None}
    answers = {
        event.event_id: EventTaken(event=event.event_id, outcome="refused", reason=why_none(event.said, known))
        for event in fresh
        if event.said is not None and not said[event.event_id]
    }
    kept = [event for event in fresh if event.event_id not in answers]
    statements = [one for event in kept for one in said.get(event.event_id, ())]
    touched = await store.touched(tx, sender, [event.retracts for event in kept if event.retracts is not None])
    meant = {one.shipment_id for one in statements}
    about = {one.shipment_id: one for one in (*touched, *(one for one in found if one.shipment_id in meant))}
    await store.save(tx, sender, call.now, kept, statements)
    became, counts = await follow(tx, call.stamp(), list(about))
    meant_back = [event.retracts for event in kept if event.retracts is not None]
    back, there = await store.statements_of(tx, sender, meant_back), await store.known(tx, sender, meant_back)
    gone = await store.taken_back(tx, sender, [event.event_id for event in kept if event.retracts is None])
    for event in kept:
        own = back.get(event.retracts, ()) if event.retracts is not None else said[event.event_id]
        answer = _answer(event, own, about, became, counts, call.now.date())
        if event.retracts is not None and not own:
            answer = answer.model_copy(update={"reason": words.FOR_GOOD if event.retracts in there else words.nothing_yet(event.retracts)})
        if event.event_id in gone:
            answer = answer.model_copy(update={"outcome": "kept", "orders": 0, "reason": words.TAKEN_BACK})
        answers[event.event_id] = answer
    return answers


def _answer(
    event: TrackingEvent,
    statements: Sequence[Statement],
    about: Mapping[UUID, Tracked],
    became: Became,
    counts: Mapping[Place, Counts],
    today: date,
) -> EventTaken:
    places = {(about[one.shipment_id].number, one.milestone): one for one in statements if one.milestone is not None}
    moved = len({order for place in places for order in became.moved.get(place, ())})
    reasons = [one.note for one in statements if one.note is not None]
    reasons += [why for place, one in places.items() for why in _told(event, one, place, became, counts[place], today)]
    return EventTaken(
        event=event.event_id,
        outcome="applied" if moved else "kept",
        reason=words.together(reasons) if reasons else None if moved else words.STANDS,
        shipments=tuple(sorted({about[one.shipment_id].number for one in statements})),
        milestones=tuple(sorted({milestone for _, milestone in places})),
        orders=moved,
    )


def _told(event: TrackingEvent, one: Statement, place: Place, became: Became, counts: Counts, today: date) -> Iterator[Both]:
    """What the sender is told of a milestone that not all orders follow, or that cannot be beside what else is known."""
    over = _over(event, one, counts, today)
    if over is not None:
        yield over
    if place in became.waits and counts.actual is not None:
        yield words.waits(place[1], counts.actual)
    elif one.milestone == ARRIVE and one.classifier == "ACT" and counts.departs is not None and one.day < counts.departs:
        yield words.before_it_left(one.day, counts.departs)
    elif over is None and place in became.refused:
        yield words.otherwise(place[1])
    yield from became.doubted.get(place, ())
    if counts.waits:
        yield words.not_to(counts.waits)


def _over(event: TrackingEvent, one: Statement, counts: Counts, today: date) -> Both | None:
    """Why what is expected of a milestone moves nothing any more."""
    if one.milestone is None or one.classifier == "ACT":
        return None
    if counts.by_hand and event.retracts is None:
        return words.newer_by_hand(one.milestone)
    return words.happened(one.milestone, counts.actual) if counts.actual is not None else counts.over(today)
