"""The orders of shipments follow what carriers say of them: when it is heard, and again when what stood in its way is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import chain
from uuid import UUID

from services.orders.corrections import store as corrections
from services.orders.cutoffs import store as cutoffs
from services.orders.cutoffs.domain import Departures, day_of
from services.orders.cutoffs.words import none_reckoned, overtaken
from services.orders.estimates import store as estimates
from services.orders.estimates.domain import Word
from services.orders.lateness import store as lateness
from services.orders.milestones import store as milestones
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.inserts import Context
from services.orders.planning.model import ARRIVE, DEPART, Key, Plan, Settled
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import carriers_word
from services.orders.shipments.model import UNTYPED, Schedule, Typed
from services.orders.shipments.store import Shipment
from services.orders.tracking import inserts, store
from services.orders.tracking.domain import (
    TRACKED,
    Became,
    Counts,
    Followed,
    Place,
    became_of,
    carriers_said,
    follow_all,
    with_departures,
)
from services.orders.tracking.store import AGAIN, Told
from services.orders.tracking.words import together
from services.orders.watches.store import watch_locked
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.record import Stamp, append


async def follow(tx: Tx, stamp: Stamp, tracked: Sequence[UUID]) -> tuple[Became, Mapping[Place, Counts]]:
    """The orders of these shipments after all that was said of them, also when they were known to travel otherwise. What could not be
    recorded is tried again when its order moves.
    """
    about = {one.id: one for one in await shipments.lock_by_id(tx, tracked)}
    locked = {one.number: one for one in about.values()}
    plans = await planning.lock_orders_of(tx, list(locked), stamp.time.date())
    await inserts.place_again(tx, about)
    told, typed = await store.said(tx, about), await shipments.typed(tx, about)
    counts = with_departures(plans, _counts(about, told, typed), stamp.time.date())
    known = [plan.order_id for plan in plans] if any(one.actual or one.retracted for one in counts.values()) else []
    followed = follow_all(plans, counts, await store.recorded(tx, known))
    settled = [one.settled for one in followed if one.settled is not None]
    await estimates.save(tx, settled, Context(stamp.time, stamp.actor, "api", TRACKED))
    told_of_delays = [*await milestones.freed(tx, stamp, settled, stamp.time.date()), *await corrections.held(tx, settled, stamp.time)]
    await append(tx, stamp, [*planned.facts(settled), *told_of_delays])
    await lateness.look_again(tx, [one.after for one in settled], stamp.time)
    stood = carriers_said(plans)
    stands = carriers_said(one.settled.after if one.settled is not None else plan for plan, one in zip(plans, followed, strict=True))
    for shipment in locked.values():
        departure, arrival = (shipment.number, DEPART), (shipment.number, ARRIVE)
        said = Schedule(
            etd=_day(counts.get(departure), stands.get(departure), shipment.etd, stamp.time),
            eta=_day(counts.get(arrival), stands.get(arrival), shipment.eta, stamp.time),
        )
        # Lines that join later have it as his word of that time: what he said since, and is sent later, is newer.
        times = [shipment.said_at, *(counts[place].newest for place in (departure, arrival) if place in counts)]
        at = max((time for time in times if time is not None), default=stamp.time)
        anew = said.eta != shipment.eta or (arrival in stood and stood[arrival] != stands[arrival])
        departs = _leaves(shipment, said, counts.get(arrival) if anew else None, counts.get(departure))
        if events := await cutoffs.schedule(tx, shipment, said, at, departs, tracked=_departures(told[shipment.id], typed[shipment.id])):
            await append(tx, stamp, [await shipments.counted(tx, shipment, events)])
    await watch_locked(tx, AGAIN, _waiting(locked, plans, followed))
    departing = [number for number, milestone in counts if milestone == DEPART]
    late = await cutoffs.overtaken(tx, departing)
    doubted = {(number, DEPART): [overtaken(one.kind, day_of(one)) for one in own] for number, own in late.items()}
    doubted |= {(number, DEPART): [none_reckoned(port)] for number, port in (await cutoffs.lacking(tx, departing)).items()}
    return replace(became_of(plans, followed), doubted=doubted), counts


async def waited(tx: Tx, plans: Sequence[Plan], now: datetime) -> list[Settled]:
    """What carriers said had happened and can be recorded now of these locked orders, which are not written yet."""
    waiting = await store.waiting(tx, [plan.order_id for plan in plans])
    if not waiting:
        return []
    about = {one.id: one for one in (await shipments.read_all(tx, chain.from_iterable(waiting.values()))).values()}
    freed = [plan for plan in plans if plan.order_id in waiting]
    return [one.settled for one in await _followed(tx, freed, about, now.date()) if one.settled is not None]


async def unfollowed(tx: Tx, shipment: Shipment, owners: list[str] | None, today: date) -> dict[str, Both]:
    """Why orders in sight of `owners` do not follow, or do not follow yet, what counts of their shipment; by milestone."""
    plans, seen = await planning.read_shipment_orders_seen(tx, shipment.number, owners, today)
    followed = zip(plans, await _followed(tx, plans, {shipment.id: shipment}, today), strict=True)
    in_sight = [(plan, one) for plan, one in followed if plan.order_id in seen]
    became = became_of([plan for plan, _ in in_sight], [one for _, one in in_sight])
    return {milestone: together(whys) for (_, milestone), whys in became.refused.items()}


async def _followed(tx: Tx, plans: Sequence[Plan], about: Mapping[UUID, Shipment], today: date) -> list[Followed]:
    """The orders after all that was said of these shipments, without their locks: nothing of it is written."""
    counts = _counts(about, await store.said(tx, about), await shipments.typed(tx, about))
    return follow_all(plans, with_departures(plans, counts, today), await store.recorded(tx, [plan.order_id for plan in plans]))


def _counts(about: Mapping[UUID, Shipment], told: Mapping[UUID, Told], typed: Mapping[UUID, Mapping[str, Typed]]) -> dict[Place, Counts]:
    """What counts of all that was told of these shipments."""
    return {
        (about[shipment].number, milestone): counts
        for shipment, said in told.items()
        for milestone, counts in said.counts(about[shipment].transport.containers, typed[shipment]).items()
        if milestone in said.statements
    }


async def beneath_words(tx: Tx, words: Mapping[Key, Word]) -> dict[Key, Word]:
    """What the carrier says of the milestones of which somebody else takes back his own word, in orders that are locked. Shipments are
    locked before orders, so not here: what he says meanwhile waits for these orders, and counts after it.
    """
    found: dict[Key, Word] = {}
    for key, word in words.items():
        shipment, milestone = key
        if shipment is None or word.day is not None or word.source == "carrier":
            continue
        if (said := await _carriers_word(tx, await shipments.read(tx, shipment), milestone)) is not None:
            found[key] = said
    return found


async def _carriers_word(tx: Tx, shipment: Shipment, milestone: str) -> Word | None:
    told, typed = (await store.said(tx, [shipment.id]))[shipment.id], (await shipments.typed(tx, [shipment.id]))[shipment.id]
    counts = told.counts(shipment.transport.containers, typed).get(milestone)
    if milestone in (DEPART, ARRIVE) and (counts is None or counts.actual is None):
        return carriers_word(shipment.sailing(), milestone)
    return counts.word if counts is not None else None


def _departures(told: Told, typed: Mapping[str, Typed]) -> Departures:
    by_hand = typed.get(DEPART, UNTYPED)
    days = frozenset({by_hand.day} if by_hand.day is not None else ())
    return Departures(told.gone(DEPART) - days, told.days(DEPART, by_hand.at) | days)


def _leaves(shipment: Shipment, said: Schedule, arrival: Counts | None, departure: Counts | None) -> date | None:
    """When the vessel leaves that lines which join later hear the arrival of: as he says it with a new one, or as he says it first."""
    if arrival is not None:
        return arrival.departs
    says = departure is not None and (departure.actual is not None or said.etd is not None)
    return shipment.arrives_from(departure.departs if says and departure is not None else None)


def _waiting(locked: Mapping[str, Shipment], plans: Sequence[Plan], followed: Sequence[Followed]) -> dict[UUID, list[UUID]]:
    """By shipment its orders of which something cannot be recorded yet."""
    orders: dict[UUID, list[UUID]] = {shipment.id: [] for shipment in locked.values()}
    for plan, one in zip(plans, followed, strict=True):
        for number in {number for number, _ in one.waits}:
            orders[locked[number].id].append(plan.order_id)
    return orders


def _day(found: Counts | None, stands: datetime | None, before: date | None, now: datetime) -> date | None:
    """What the carrier says of a sailing: what he said before where he has told nothing new, of which it is too late, or that is over. So
    where it counts for no leg, because it cannot be or a newer word `stands`, as a schedule that somebody typed.
    """
    if found is None or found.silent or found.actual is not None or (stands is not None and stands > found.newest):
        return before
    if found.estimate is None or found.by_hand:
        return found.estimate
    return found.estimate if stands in (None, found.newest) and not found.over(now.date()) else before
