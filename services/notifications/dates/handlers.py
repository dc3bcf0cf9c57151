"""orders' events into orders with the dates told. Estimates and promises are weighed in `messages`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.notifications.dates import inserts, store
from services.notifications.dates.domain import Order
from services.notifications.dates.opening import opening_lines, opening_nodes, rebaselined_nodes
from shared.contracts.cancellations import LinesCancelled, OrderCancelled
from shared.contracts.corrections import MilestoneCorrected
from shared.contracts.orders import DelayLogged, DelayRetracted, DelayUpdated, LinesAdded, MilestoneAchieved, OrderCreated
from shared.contracts.plans import PlanRebaselined
from shared.database.pool import Tx
from shared.messaging.received import Handlers, Received, ReferentUnknown


async def keep_orders(tx: Tx, batch: Sequence[Received[OrderCreated]], now: datetime) -> None:
    await inserts.open_orders(tx, [_opening(received, received.data.delivery_point, _order(received.data)) for received in batch])


async def keep_lines(tx: Tx, batch: Sequence[Received[LinesAdded]], now: datetime) -> None:
    points = await _points(tx, batch)
    await inserts.open_orders(tx, [_opening(received, points[received.data.order_id]) for received in batch])


async def keep_plans(tx: Tx, batch: Sequence[Received[PlanRebaselined]], now: datetime) -> None:
    """He hears of no milestone that is new to him, but when its date moves; what was told of the others stands."""
    points = await _points(tx, batch)
    for received in batch:
        order_id = received.data.order_id
        nodes = rebaselined_nodes(received.data, points[order_id])
        await store.replan(tx, order_id, nodes)
        await inserts.open_orders(tx, [inserts.Opening(order_id, None, (), nodes, "order", received.time)])


async def keep_actuals(tx: Tx, batch: Sequence[Received[MilestoneAchieved]], now: datetime) -> None:
    await store.achieve(tx, [received.data for received in batch])


async def keep_corrections(tx: Tx, batch: Sequence[Received[MilestoneCorrected]], now: datetime) -> None:
    await store.correct(tx, [received.data for received in batch])


async def keep_cancelled(tx: Tx, batch: Sequence[Received[LinesCancelled | OrderCancelled]], now: datetime) -> None:
    await store.cancel(tx, [received.data for received in batch])


async def keep_delays(tx: Tx, batch: Sequence[Received[DelayLogged | DelayUpdated]], now: datetime) -> None:
    await store.keep_delays(tx, [(received.data.delay, received.time) for received in batch])


async def retract_delays(tx: Tx, batch: Sequence[Received[DelayRetracted]], now: datetime) -> None:
    await store.retract_delays(tx, [received.data for received in batch], now)


async def _points(tx: Tx, batch: Sequence[Received[LinesAdded]] | Sequence[Received[PlanRebaselined]]) -> dict[UUID, str]:
    """The delivery points of their orders. ReferentUnknown while one of them is not known."""
    points = await store.delivery_points(tx, {received.data.order_id for received in batch})
    unknown = [received for received in batch if received.data.order_id not in points]
    if unknown:
        raise ReferentUnknown(unknown, "order")
    return points


def _order(event: OrderCreated) -> Order:
    return Order(event.order_id, event.number, event.customer_id, event.customer_po, event.delivery_point, (), ())


def _opening(received: Received[OrderCreated] | Received[LinesAdded], delivery_point: str, order: Order | None = None) -> inserts.Opening:
    event = received.data
    order_id: UUID = event.order_id
    return inserts.Opening(
        order_id=order_id,
        order=order,
        lines=opening_lines(event, delivery_point),
        nodes=opening_nodes(event, delivery_point),
        source="import" if event.source == "import" else "order",
        at=received.time,
    )


HANDLERS: Handlers = (
    (OrderCreated, keep_orders),
    (LinesAdded, keep_lines),
    (PlanRebaselined, keep_plans),
    (MilestoneAchieved, keep_actuals),
    (MilestoneCorrected, keep_corrections),
    (LinesCancelled, keep_cancelled),
    (OrderCancelled, keep_cancelled),
    (DelayLogged, keep_delays),
    (DelayUpdated, keep_delays),
    (DelayRetracted, retract_delays),
)
