"""What a changed calendar moves: the plans that count in it, estimated again in batches; and what a new official list changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from services.orders.calendars import store
from services.orders.calendars.store import RECOUNT, Recount
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.domain import recount
from services.orders.planning.inserts import Context
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Stamp, append
from shared.problems import Unavailable
from shared.process import pause
from shared.service import Running
from shared.timers import Due, TimerHandlers, set_timer

AT_ONCE = 200
AGAIN_SECONDS = 60.0

log = structlog.get_logger()


async def recount_plans(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """One batch of orders of one calendar. It goes on behind the last of them with the next timer, until there is none left.

    Orders are locked by their ids, so other calendars wait for transactions of their own.
    """
    first, *others = sorted(due, key=lambda one: one.due)
    wanted = Recount(**first.payload)
    plans = await planning.lock_counting(tx, wanted.code, UUID(wanted.after) if wanted.after else None, AT_ONCE, now.date())
    settled = [moved for plan in plans if (moved := recount(plan, "calendar_changed")) is not None]
    if settled:
        await planned.save(tx, settled, Context(now, wanted.actor, "api", "calendar_changed"))
        stamp = Stamp(time=now, correlation_id=wanted.correlation_id, actor=wanted.actor)
        await append(tx, stamp, [facts for facts in planned.facts(settled) if facts.events])
    if len(plans) == AT_ONCE:
        behind = replace(wanted, after=str(plans[-1].order_id))
        await set_timer(tx, RECOUNT, first.subject, now, behind.payload())
    for other in others:
        await set_timer(tx, RECOUNT, other.subject, now, other.payload)


async def take_lists(running: Running) -> None:
    """Once, at the start: public days may be others than when the plans were last estimated. What goes wrong is tried again later."""
    while not running.stopping.is_set():
        stamp = Stamp(time=running.clock.now(), correlation_id=str(new_id()), actor="official list")
        try:
            async with running.database.transaction() as tx:
                changed = await store.take_lists(tx, stamp)
        except (Unavailable, OSError, RuntimeError) as error:
            log.warning("calendars.lists_not_taken", error=type(error).__name__)
            await pause(running.stopping, AGAIN_SECONDS)
            continue
        if changed:
            log.info("calendars.lists_changed", calendars=changed)
        await running.stopping.wait()


TIMERS: TimerHandlers = {RECOUNT: recount_plans}
