"""The run of a confirmed disruption: its delays are logged part after part, a transaction for each batch of parts.

What a batch wrote and what became of its orders commit together, so that a run that broke off goes on behind its last batch. A
second process that works the same part waits for its orders, and then finds nothing left of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import structlog

from services.orders.delays import store as delays
from services.orders.delays.store import Saving
from services.orders.disruptions import domain, store
from services.orders.disruptions.model import Leg
from services.orders.planning import store as planning
from shared.clock import Clock
from shared.contracts.disruptions import DisruptionLogged
from shared.database.pool import AWAY, Database
from shared.messaging.record import Stamp
from shared.problems import Unavailable
from shared.process import pause
from shared.service import Running

POLL_SECONDS = 0.2
AGAIN_SECONDS = 2.0
AT_ONCE = 500
"""Legs in one transaction, unless a single part has more."""

log = structlog.get_logger()


async def disruptions(running: Running) -> None:
    """Work off what is confirmed, for as long as the process runs; only the one that holds the lease does."""
    await running.leases.lead("disruptions", lambda: _work(running), running.stopping)


async def _work(running: Running) -> None:
    """What goes wrong is tried again: nothing of the batch is written then."""
    while not running.stopping.is_set():
        try:
            wait = 0.0 if await work_one(running.database, running.clock) else POLL_SECONDS
        except (Unavailable, *AWAY) as error:
            log.warning("disruption.paused", error=type(error).__name__)
            wait = AGAIN_SECONDS
        await pause(running.stopping, wait)


async def work_one(database: Database, clock: Clock) -> bool:
    """Log one batch of the oldest disruption that is confirmed; False when there is none."""
    async with database.connection() as tx:
        disruption_id = await store.running(tx)
        if disruption_id is None:
            return False
        parts = _batch(await store.left(tx, disruption_id, 2 * AT_ONCE))
    await _log(database, clock, disruption_id, parts)
    return True


def _batch(legs: Sequence[Leg]) -> list[Leg]:
    """Whole parts of which no two have an order in common."""
    chosen: list[Leg] = []
    for _, part in groupby(legs, attrgetter("part")):
        own = list(part)
        if chosen and (len(chosen) + len(own) > AT_ONCE or {leg.order_id for leg in own} & {leg.order_id for leg in chosen}):
            break
        chosen += own
    return chosen


async def _log(database: Database, clock: Clock, disruption_id: UUID, wanted: Sequence[Leg]) -> None:
    async with database.transaction() as tx:
        plans = await planning.lock_by_id(tx, {leg.order_id for leg in wanted})
        disruption = await store.lock(tx, disruption_id)
        if disruption.status != "running":
            return
        legs = await store.still_left(tx, disruption_id, {leg.part for leg in wanted})
        by, now = disruption.confirmed_by or disruption.opened_by, clock.now()
        stamp = Stamp(time=now, correlation_id=disruption.correlation_id or "", actor=by)
        outcomes = [
            domain.log(disruption, part, [(leg, plans[leg.order_id]) for leg in own], by=by, now=now)
            for part, own in groupby(legs, attrgetter("part"))
        ]
        decisions = [outcome.decision for outcome in outcomes if outcome.decision is not None]
        savings = [Saving(stamp, made, "delay_logged", None, disruption.version + at) for at, made in enumerate(decisions)]
        await delays.save(tx, savings)
        await store.settle(tx, disruption_id, legs, outcomes)
        counts = await store.counts(tx, disruption_id)
        if counts.found == 0:
            told = replace(disruption, version=disruption.version + len(savings), status="logged" if counts.delayed else "released")
            event = DisruptionLogged(disruption_id=disruption_id, delayed=counts.delayed, skipped=counts.skipped)
            await store.change(tx, stamp, told, [event])
    log.info("disruption.batch", disruption=str(disruption_id), orders=len(legs), left=counts.found)
