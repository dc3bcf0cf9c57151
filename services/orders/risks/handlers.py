"""The look at orders that were moved, or whose day has come: what newly endangers them is told, and what does not any more.

It is made right after the commit that moved them and beside all commands, so that none waits for it, by the one process that holds
the lease. Orders are read without their locks: one that moves meanwhile is noted again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import structlog

from services.orders.chases import store as chases
from services.orders.cutoffs import store as cutoffs
from services.orders.documents import store as documents
from services.orders.inspections import store as inspections
from services.orders.materials import store as materials
from services.orders.planning import domain as planning_rules
from services.orders.planning import store as planning
from services.orders.planning.handlers import DAY_PASSED
from services.orders.planning.model import Plan
from services.orders.production import store as production
from services.orders.risks import domain, store
from services.orders.risks.domain import RULES
from services.orders.risks.model import Limit, Rule, Told, View
from services.orders.risks.store import Looked, Warnings
from services.orders.stock import store as stock
from services.orders.tasks import store as tasks
from shared.clock import Clock
from shared.contracts.risks import RiskKind
from shared.database.pool import Database, Tx, away
from shared.messaging.record import Stamp
from shared.problems import Unavailable
from shared.process import pause
from shared.service import Running
from shared.timers import set_timers

POLL_SECONDS = 0.2
AGAIN_SECONDS = 2.0
REST = 3
"""How many times as long as a look took there is none: what moves meanwhile is looked at together, and once."""
AT_ONCE = 200
IN_A_ROW = 20
"""Orders that are looked at before commands have their turn."""

LoadRules = Callable[[Tx, Collection[UUID]], Awaitable[Mapping[UUID, Sequence[Rule]]]]
FACTS: tuple[LoadRules, ...] = (
    chases.rules,
    cutoffs.rules,
    documents.rules,
    materials.rules,
    production.rules,
    stock.rules,
    inspections.rules,
)
"""The rules of other nouns, with their facts, by order; orders without any are missing. They are asked every day while something is to
come."""

log = structlog.get_logger()


async def warnings(running: Running) -> None:
    """Look for as long as the process runs; only the one that holds the lease does."""
    await running.leases.lead("warnings", lambda: _work(running), running.stopping)


async def _work(running: Running) -> None:
    """There is a pause after each batch: warnings are never in such a hurry that commands should feel them."""
    loop = asyncio.get_running_loop()
    while not running.stopping.is_set():
        began = loop.time()
        try:
            await look(running.database, running.clock)
            wait = min(max(POLL_SECONDS, REST * (loop.time() - began)), AGAIN_SECONDS)
        except Exception as error:
            if not (away(error) or isinstance(error, Unavailable)):
                log.exception("warnings.stumbled")
            wait = AGAIN_SECONDS
        await pause(running.stopping, wait)


async def look(database: Database, clock: Clock) -> int:
    """Look at the next orders, in one transaction; how many there were."""
    now = clock.now()
    async with database.command() as tx:
        orders = await store.claim(tx, now.date(), AT_ONCE)
        if not orders:
            return 0
        await tasks.note(tx, orders)
        locked = await store.lock(tx, orders)
        limits = {kind: limit for kind, (limit, _) in (await store.limits(tx)).items()}
        facts = [await load(tx, orders) for load in FACTS]
        looked: list[Looked] = []
        outdated: list[UUID] = []
        for start in range(0, len(locked), IN_A_ROW):
            some = locked[start : start + IN_A_ROW]
            plans = await planning.read_by_id(tx, [one.order_id for one in some], now.date())
            outdated += [plan.order_id for plan in plans.values() if planning_rules.outdated(plan)]
            looked += [
                _look(plans[one.order_id], one, now.date(), limits, [rule for found in facts for rule in found.get(one.order_id, ())])
                for one in some
            ]
        await store.save(tx, Stamp.of_timer(now), looked)
        await set_timers(tx, DAY_PASSED, dict.fromkeys(outdated, now))
    return len(orders)


def _look(plan: Plan, before: Warnings, today: date, limits: Mapping[RiskKind, Limit], others: Sequence[Rule]) -> Looked:
    """One that the rules stumble over holds up no other: it keeps what was told, and is tried again tomorrow."""
    tomorrow = today + timedelta(days=1)
    try:
        view = View(plan, today, limits, domain.standing(before.told))
        now = Told(domain.risks(view, (*RULES, *others)), domain.overdue(plan, today))
        look_on = tomorrow if others and any(domain.ahead(plan)) else domain.next_look(view)
        return Looked(before, now, domain.news(plan, before.told, now), look_on)
    except Exception:
        log.exception("warnings.skipped", order=str(before.order_id))
        return Looked(before, before.told, (), tomorrow)
