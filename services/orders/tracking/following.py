"""The orders of shipments follow what carriers say of them: when it is heard, and again when what stood in its way is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.orders.corrections import store as corrections
from services.orders.cutoffs import store as cutoffs
from services.orders.cutoffs.domain import Departures, day_of
from services.orders.cutoffs.words import none_reckoned, overtaken
from services.orders.estimates import store as estimates
from services.orders.lateness import store as lateness
from services.orders.milestones import store as milestones
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.inserts import Context
from services.orders.planning.model import ARRIVE, DEPART, Plan
from services.orders.shipments import store as shipments
from services.orders.shipments.model import Schedule
from services.orders.shipments.store import Shipment
from services.orders.tracking import store
from services.orders.tracking.domain import (
    TRACKED,
    Became,
    Counts,
    Followed,
    Place,
    Tracked,
    Typed,
    became_of,
    carriers_said,
    follow_all,
    weigh,
    with_departures,
)
from services.orders.tracking.store import AGAIN, Told
from services.orders.watches.store import watch_locked
from shared.database.pool import Tx
from shared.messaging.record import Stamp, append


async def follow(tx: Tx, stamp: Stamp, about: Mapping[UUID, Tracked]) -> tuple[Became, Mapping[Place, Counts]]:
    """The orders of these shipments after all that was said of them. What could not be recorded is tried again when its order moves."""
    locked = await shipments.lock_all(tx, [one.number for one in about.values()])
    plans = await planning.lock_orders_of(tx, list(locked), stamp.time.date())
    told = await store.said(tx, about)
    counts = {
        (one.number, milestone): weigh(statements, said.retracted, one.transport.containers, _typed(locked[one.number], milestone))
        for one, said in ((about[shipment], said) for shipment, said in told.items())
        for milestone, statements in said.statements.items()
    }
    counts = with_departures(plans, counts, stamp.time.date())
    known = [plan.order_id for plan in plans] if any(one.actual or one.retracted for one in counts.values()) else []
    followed = follow_all(plans, counts, await store.recorded(tx, known))
    settled = [one.settled for one in followed if one.settled is not None]
    await estimates.save(tx, settled, Context(stamp.time, stamp.actor, "api", TRACKED, correction=TRACKED))
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
        if events := await cutoffs.schedule(tx, shipment, said, at, departs, tracked=_departures(shipment, told[shipment.id])):
            await append(tx, stamp, [await shipments.counted(tx, shipment, events)])
    await watch_locked(tx, AGAIN, _waiting(locked, plans, followed))
    departing = [number for number, milestone in counts if milestone == DEPART]
    late = await cutoffs.overtaken(tx, departing)
    doubted = {(number, DEPART): [overtaken(one.kind, day_of(one)) for one in own] for number, own in late.items()}
    doubted |= {(number, DEPART): [none_reckoned(port)] for number, port in (await cutoffs.lacking(tx, departing)).items()}
    return replace(became_of(plans, followed), doubted=doubted), counts


def _departures(shipment: Shipment, told: Told) -> Departures:
    typed = frozenset({shipment.typed_etd} if shipment.typed_etd is not None else ())
    return Departures(told.gone(DEPART) - typed, told.days(DEPART, shipment.typed_etd_at) | typed)


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
        for number in one.waits:
            orders[locked[number].id].append(plan.order_id)
    return orders


def _typed(known: Shipment, milestone: str) -> Typed:
    """What somebody said of a milestone of it by hand."""
    if milestone == DEPART:
        return Typed(known.typed_etd, known.typed_etd_at)
    return Typed(known.typed_eta, known.typed_eta_at, known.typed_departs) if milestone == ARRIVE else Typed(None, None)


def _day(found: Counts | None, stands: datetime | None, before: date | None, now: datetime) -> date | None:
    """What the carrier says of a sailing: what he said before where he has told nothing new, of which it is too late, or that is over. So
    where it counts for no leg, because it cannot be or a newer word `stands`, as a schedule that somebody typed.
    """
    if found is None or found.actual is not None or (stands is not None and stands > found.newest):
        return before
    if found.estimate is None or found.by_hand:
        return found.estimate
    return found.estimate if stands in (None, found.newest) and not found.over(now.date()) else before
