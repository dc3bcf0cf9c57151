"""The run of a confirmed disruption: its delays are logged part after part, a transaction for each batch of parts.

What a batch wrote and what became of its orders commit together, so that a run that broke off goes on behind its last batch. A
second process that works the same part waits for its orders, and then finds nothing left of it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import structlog

from services.orders.calendars import store as calendars
from services.orders.delays import store as delays
from services.orders.delays.store import Saving
from services.orders.disruptions import domain, finding, inserts, store
from services.orders.disruptions.model import Disruption, Leg
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from shared.clock import Clock
from shared.contracts.disruptions import DisruptionLogged, DisruptionReleased, HeldNotice
from shared.contracts.event import Event
from shared.database.pool import Database, Tx, away
from shared.messaging.record import Stamp
from shared.problems import Unavailable
from shared.process import pause
from shared.service import Running

POLL_SECONDS = 0.2
AGAIN_SECONDS = 2.0
AT_ONCE = domain.ORDERS_OF_DELAY
"""Legs in one transaction: a whole part at least."""
SIDE_BY_SIDE = 2
AT_A_LOOK = 10
"""Batches that are found at once, and worked off before the next are looked for."""

log = structlog.get_logger()


async def disruptions(running: Running) -> None:
    """Work off what is confirmed, for as long as the process runs; only the one that holds the lease does."""
    await running.leases.lead("disruptions", lambda: _work(running), running.stopping)


async def _work(running: Running) -> None:
    while not running.stopping.is_set():
        try:
            wait = 0.0 if await work_on(running.database, running.clock, running.stopping) else POLL_SECONDS
        except Exception as error:
            if not (away(error) or isinstance(error, Unavailable)):
                log.exception("disruption.stumbled")
            log.warning("disruption.paused", error=type(error).__name__)
            wait = AGAIN_SECONDS
        await pause(running.stopping, wait)


async def work_on(database: Database, clock: Clock, stopping: asyncio.Event) -> bool:
    """Log the next batches of the oldest disruption whose turn it is, until the process is to stop; False when there is none.

    One that fails is tried again, later each time, and the others go on meanwhile: nothing of the batch is written then.
    """
    async with database.connection() as tx:
        disruption_id = await store.next_running(tx)
    if disruption_id is None:
        return False
    try:
        await _work_at(database, clock, stopping, disruption_id)
    except Exception as error:
        if away(error) or isinstance(error, Unavailable):
            raise
        async with database.transaction() as tx:
            tries = await store.failed(tx, disruption_id)
        log.exception("disruption.failed", disruption=str(disruption_id), tries=tries)
    return True


async def _work_at(database: Database, clock: Clock, stopping: asyncio.Event, disruption_id: UUID) -> None:
    """Its next batches side by side: while one is written the next is decided."""
    async with database.connection() as tx:
        disruption = await store.read(tx, disruption_id)
        batches = iter(_batches(await store.left(tx, disruption_id, AT_A_LOOK * AT_ONCE)))

    async def work() -> None:
        while not stopping.is_set() and (batch := next(batches, None)) is not None:
            await _log(database, clock, disruption, batch)

    # Each comes to its end before a failure is told: none is left behind, writing unwatched.
    ends = await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE)), return_exceptions=True)
    for error in ends:
        if error is not None:
            raise error


def _batches(legs: Sequence[Leg]) -> list[list[Leg]]:
    """Whole parts, of which no two have an order in common."""
    batches: list[list[Leg]] = [[]]
    taken: set[UUID] = set()
    for _, part in groupby(legs, attrgetter("part")):
        own = list(part)
        orders = {leg.order_id for leg in own}
        if orders & taken:
            break
        if batches[-1] and len(batches[-1]) + len(own) > AT_ONCE:
            batches.append([])
        batches[-1] += own
        taken |= orders
    return batches


async def _follow(tx: Tx, disruption: Disruption, legs: list[Leg], plans: Mapping[UUID, Plan]) -> list[Leg]:
    """The legs, with those whose goods, or part of them, are at another now. What is under another delay then is worked off by itself."""
    orders = {order_id: plans[order_id] for order_id in domain.apart(disruption.scope, legs, plans)}
    if not orders:
        return legs
    await store.lock(tx, disruption.disruption_id)
    listed, *last = await store.listed(tx, disruption.disruption_id, orders)
    over, there = domain.follow(domain.gone(legs, plans), await finding.touched(tx, disruption, orders), listed, plans, *last)
    if over or there:
        await inserts.relist(tx, disruption.disruption_id, over, there)
    parts = {leg.part for leg in legs}
    stay = (leg for leg in legs if leg not in over)
    return sorted((*stay, *(leg for _, leg in there if leg.part in parts)), key=attrgetter("part", "rank"))


async def _log(database: Database, clock: Clock, disruption: Disruption, wanted: Sequence[Leg]) -> None:
    """Decide and write one batch. Whoever had its orders before has written it: what is still left of it is read under their locks."""
    disruption_id, by, now = disruption.disruption_id, disruption.confirmed_by or disruption.opened_by, clock.now()
    stamp = Stamp(time=now, correlation_id=disruption.correlation_id or "", actor=by)
    async with database.transaction() as tx:
        plans = await planning.lock_by_id(tx, {leg.order_id for leg in wanted}, now.date())
        legs = await _follow(tx, disruption, await store.still_left(tx, disruption_id, {leg.part for leg in wanted}), plans)
        worked = await finding.worked(tx, disruption.scope)
        outcomes = [
            domain.log(disruption, part, [(leg, plans[leg.order_id]) for leg in own], worked, by=by, now=now)
            for part, own in groupby(legs, attrgetter("part"))
        ]
        decisions = [outcome.decision for outcome in outcomes if outcome.decision is not None]
        await delays.save(tx, [Saving(stamp, made, "delay_logged") for made in decisions])
        await inserts.settle(tx, disruption_id, legs, outcomes)
        # Locked last: what other batches write until then is not held up.
        after = await store.lock(tx, disruption_id)
        counts = await store.counts(tx, disruption_id)
        events: list[Event] = [event for made in decisions for event in made.shared_events]
        if still := [outcome.still for outcome in outcomes if outcome.still is not None]:
            # Nothing is told of what moves nothing: it waits for nobody's word.
            notices = (HeldNotice(delay_id=one.delay.delay_id, customer_id=one.orders[0].settled.after.customer_id) for one in still)
            events.append(DisruptionReleased(disruption_id=disruption_id, notices=tuple(notices)))
        if over := after.status == "running" and counts.found == 0:
            after = replace(after, status="logged" if counts.held else "released")
            events.append(DisruptionLogged(disruption_id=disruption_id, delayed=counts.delayed, skipped=counts.skipped))
        await store.change(tx, stamp, after, events)
        if over and disruption.scope.kind == "closed_day":
            # What is not under it, as orders that were entered meanwhile, is estimated again by itself.
            await calendars.recount(tx, stamp, await calendars.read(tx, disruption.scope.name))
    log.info("disruption.batch", disruption=str(disruption_id), orders=len(legs), left=counts.found)
