"""Cancelling over HTTP: an order, or lines of it, with everything that hangs on them."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.advice import store as advice
from services.orders.cancelling import store
from services.orders.cancelling.domain import Cancelled, NothingToCancel, cancel
from services.orders.cancelling.model import Cancel, Gone
from services.orders.chases import store as chases
from services.orders.clauses import store as clauses
from services.orders.cutoffs import store as cutoffs
from services.orders.documents import store as documents
from services.orders.fields import Answer
from services.orders.inspections import store as inspections
from services.orders.materials import store as materials
from services.orders.planning import store as planning
from services.orders.planning.model import CancelledAlready, Plan
from services.orders.promises import store as promises
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import Elsewhere, Underway, check_locked
from services.orders.sight import sight
from services.orders.tasks import store as tasks
from shared.contracts.cancellations import OpenPurchase
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.problems import NotFound
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("cancelling")

ENDS: tuple[Callable[[Tx, Stamp, Gone], Awaitable[None]], ...] = (
    inspections.end_with, advice.end_with, chases.end_with, documents.end_with, clauses.end_with, materials.end_with,
)  # fmt: skip
"""What ends with what is gone: of each noun that hangs on an order. They are locked after it, in this order."""


class OrderCancelledShown(Answer):
    """The order after it. `cancelled`: nothing of it is delivered; else the rest of it is, or was."""

    number: str
    status: str
    version: int
    lines: Annotated[tuple[str, ...], Field(description="that are not delivered any more")]
    closed: Annotated[tuple[str, ...], Field(description="links of delays that hold the order no more")]
    withdrawn: Annotated[tuple[UUID, ...], Field(description="requests for approval of new promises that were withdrawn with it")]
    purchases: Annotated[tuple[OpenPurchase, ...], Field(description="of material that was ordered for it: its supplier is to be told")]


@routes.post(
    "/api/orders/{order}/cancellations",
    roles=WRITERS,
    status=201,
    heeds_version=True,
    problems=(NotFound, NothingToCancel, CancelledAlready, Underway, Elsewhere),
)
async def cancel_order(call: Call, order: str, body: Cancel) -> OrderCancelledShown:
    """Cancel an order, or lines of it, with the reason and whose wish it is. What is delivered already stays delivered.

    It cannot be undone. Goods that are on their way are not cancelled: open an exception. Delays that hold nothing any more are closed,
    what was asked, required, agreed or waits for approval ends; promise and plan stay readable. The customer is not written to.
    """
    owners, stamp = await sight(call), call.stamp()
    seen = await planning.read_order(call.tx, order, owners, call.now.date())
    locked = await shipments.lock_all(call.tx, {line.shipment for line in seen.lines if line.shipment is not None})
    plan = await planning.lock_order(call.tx, order, owners, call.now.date())
    call.heed_version(plan.version)
    check_locked(plan, locked)
    cancelled = cancel(plan, body, call.now.date(), await materials.of_order(call.tx, plan.order_id))
    await store.save(call.tx, stamp, cancelled, body.asked_by)
    await cutoffs.look_now(call.tx, locked.keys(), call.now)
    withdrawn = await promises.end_with(call.tx, stamp, cancelled.gone)
    for end in ENDS:
        await end(call.tx, stamp, cancelled.gone)
    await tasks.note(call.tx, [plan.order_id])
    (after,) = await planning.read_plans(call.tx, [plan.order_id], call.now.date())
    return _shown(cancelled, after, tuple(request.id for request in withdrawn))


def _shown(cancelled: Cancelled, after: Plan, withdrawn: tuple[UUID, ...]) -> OrderCancelledShown:
    return OrderCancelledShown(
        number=after.number,
        status=after.status,
        version=after.version,
        lines=tuple(sorted(cancelled.gone.lines)),
        closed=tuple(f"/api/orders/delays/{delay.delay_id}" for delay in cancelled.freed),
        withdrawn=withdrawn,
        purchases=cancelled.purchases,
    )
