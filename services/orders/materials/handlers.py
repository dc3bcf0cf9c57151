"""The timers of orders that wait for material: a date or a promise has moved, a word was taken back; lines were regrouped."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.orders.materials import store
from services.orders.materials.domain import anew, feed, needed_by
from services.orders.materials.model import Material
from services.orders.milestones import store as milestones
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.shipments import store as shipments
from services.orders.waiting import store as waiting
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.timers import Due, TimerHandlers


async def order_moved(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Count anew by when material is needed, and say when it comes where nobody says anything else."""
    plans = await planning.lock_by_id(tx, [timer.subject for timer in due], now.date())
    lines = await store.of_orders(tx, list(plans))
    await _recount(tx, plans, lines)
    said = [feed(plans[order_id], own, own, now).settled for order_id, own in lines.items()]
    await milestones.follow(tx, Stamp.of_timer(now), [one for one in said if one.events], store.FED)


async def regrouped(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Let each leg follow the material of the lines that are in it now."""
    plans = await shipments.lock_orders_by_id(tx, [timer.subject for timer in due], now.date())
    lines = await store.of_orders(tx, [order_id for order_id, plan in plans.items() if plan.status == "open"])
    await _recount(tx, plans, lines)
    settled = [anew(plans[order_id], own, now) for order_id, own in lines.items()]
    await waiting.follow(tx, Stamp.of_timer(now), [one for one in settled if one.events], store.FED)


async def _recount(tx: Tx, plans: Mapping[UUID, Plan], lines: Mapping[UUID, Sequence[Material]]) -> None:
    counted = [(one, needed_by(plans[order_id], one)) for order_id, own in lines.items() for one in own if one.open]
    await store.recount(tx, [(one.material_id, day) for one, day in counted if day != one.need_by])


TIMERS: TimerHandlers = {store.MOVED: order_moved, store.REGROUPED: regrouped}
