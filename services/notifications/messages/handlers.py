"""orders' new dates into decisions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.contacts import store as contacts
from services.notifications.contacts.domain import Customer
from services.notifications.dates import store as dates
from services.notifications.messages import store
from services.notifications.messages.deciding import Case, decide_all
from services.notifications.messages.domain import Occasion, together
from services.notifications.messages.gathering import Key, key_of
from services.notifications.sending import store as sending
from shared.contracts.cancellations import OrderCancelled
from shared.contracts.disruptions import DisruptionReleased
from shared.contracts.notifications import MessageCancelled
from shared.contracts.orders import (
    DelayAttributed,
    DelayFacts,
    DelayLogged,
    DelayReason,
    PlanReestimated,
    PromiseChanged,
    TouchedOrder,
)
from shared.database.pool import Tx
from shared.messaging.received import Handlers, Received, ReferentUnknown
from shared.messaging.record import Facts, append


async def weigh_estimates(tx: Tx, batch: Sequence[Received[PlanReestimated]], now: datetime) -> None:
    """Tell the customer what a command moved; what a delay moved, when all his orders in it are here."""
    live = [received for received in batch if not received.historical]
    customers = await _referents(tx, batch, live, now)
    await dates.move(tx, [received.data for received in batch])
    delays = [received.data for received in live if received.data.delay]
    complete = {key_of(parts[0]): parts for parts in await store.gather(tx, delays, now)} if delays else {}
    await decide_all(tx, _cases(live, complete, now), customers, now)


def _cases(live: Sequence[Received[PlanReestimated]], complete: dict[Key | None, tuple[PlanReestimated, ...]], now: datetime) -> list[Case]:
    """Each command is decided where its last event stands in the batch."""
    last = {key_of(received.data): received for received in live if received.data.delay}
    cases = []
    for received in live:
        event, key = received.data, key_of(received.data)
        if key is None:
            # What an earlier promise moved is told as that promise is.
            told_as = PromiseChanged.TYPE if event.because == "promise_changed" else event.TYPE
            cases.append(Case(Occasion(event.because, event.customer_id, (event,)), told_as, received.stamp(now)))
        elif key in complete and last[key] is received:
            cases.append(Case(Occasion(event.because, event.customer_id, complete[key]), event.TYPE, received.stamp(now)))
    return cases


async def release_notices(tx: Tx, batch: Sequence[Received[DisruptionReleased]], now: datetime) -> None:
    """Tell the customers whose owner lets them hear of their delays, by the dates as they stand now: all of one word in one mail."""
    words = {
        Key(notice.delay_id, 1, "delay_logged", notice.customer_id): received
        for received in batch
        if not received.historical
        for notice in received.data.notices
    }
    complete = await store.release(tx, words, now)
    customers = await contacts.customers(tx, {parts[0].customer_id for parts in complete}, now)
    by_word: dict[tuple[UUID, UUID], list[tuple[PlanReestimated, ...]]] = {}
    for parts in complete:
        if (key := key_of(parts[0])) is not None:
            by_word.setdefault((words[key].id, key.customer_id), []).append(parts)
    stamps = {word.id: word.stamp(now) for word in batch}
    cases = [Case(together(by_delay), PlanReestimated.TYPE, stamps[word], waited=True) for (word, _), by_delay in by_word.items()]
    await decide_all(tx, cases, customers, now)


async def weigh_joined(tx: Tx, batch: Sequence[Received[DelayLogged]], now: datetime) -> None:
    """Decide of a leg that came to what is late already as of one that a delay does not move: what moved is told with what brought it."""
    late: list[tuple[Received[Any], TouchedOrder]] = [
        (received, one) for received in batch if received.data.joined for one in received.data.delay.orders
    ]
    if late:
        # Nothing of it is sent, so it is decided of what is imported, too.
        events = [replace(received, data=_unmoved(received.data.delay, one), historical=False) for received, one in late]
        await weigh_estimates(tx, events, now)


def _unmoved(delay: DelayFacts, order: TouchedOrder) -> PlanReestimated:
    """What a delay moves in an order that is planned with it already."""
    why = DelayReason(
        delay_id=delay.delay_id,
        revision=delay.revision,
        ordinal=1,
        customer_orders=sum(one.customer_id == order.customer_id for one in delay.orders),
        causes=tuple(cause.code for cause in delay.causes),
        action=delay.action,
    )
    return PlanReestimated(
        order_id=order.order_id,
        number=order.number,
        customer_id=order.customer_id,
        because="delay_logged",
        delay=why,
        nodes=(),
        lines=(),
    )


async def keep_causes(tx: Tx, batch: Sequence[Received[DelayAttributed]], now: datetime) -> None:
    """A notice that is still held says why, once that is known; one that was sent stands."""
    await store.find_out(tx, {received.data.delay_id: [cause.code for cause in received.data.causes] for received in batch})


async def weigh_promises(tx: Tx, batch: Sequence[Received[PromiseChanged]], now: datetime) -> None:
    """Tell a new promise that differs from what the customer was told. One that is given with a delay, or that moved the plan, is told with
    what is expected then.
    """
    told = (received for received in batch if received.data.delay_id is None and not received.data.replanned)
    live = [received for received in told if not received.historical]
    customers = await _referents(tx, batch, live, now)
    await dates.promise(tx, [received.data for received in batch])
    cases = [
        Case(Occasion("promise_changed", received.data.customer_id, (received.data,)), PromiseChanged.TYPE, received.stamp(now))
        for received in live
    ]
    await decide_all(tx, cases, customers, now)


async def drop_mails(tx: Tx, batch: Sequence[Received[OrderCancelled]], now: datetime) -> None:
    """What waits to be sent about nothing but cancelled orders is not sent any more. That one is cancelled his owner tells him himself."""
    for received in batch:
        for one in await sending.cancel_over(tx, received.data.order_id, now):
            event = MessageCancelled(message_id=one.id, delay_id=one.delay_id, why="order_cancelled")
            await append(tx, received.stamp(now), [Facts(one.id, one.version - 1, (event,))])


async def _referents(
    tx: Tx,
    batch: Sequence[Received[PlanReestimated]] | Sequence[Received[PromiseChanged]],
    live: Sequence[Received[PlanReestimated]] | Sequence[Received[PromiseChanged]],
    now: datetime,
) -> dict[UUID, Customer]:
    """Those who may have to hear of it. ReferentUnknown while one of them, or an order, is not known."""
    orders = await dates.delivery_points(tx, {received.data.order_id for received in batch})
    orderless = [received for received in batch if received.data.order_id not in orders]
    if orderless:
        raise ReferentUnknown(orderless, "order")
    customers = await contacts.customers(tx, {received.data.customer_id for received in live}, now)
    strangers = [received for received in live if received.data.customer_id not in customers]
    if strangers:
        raise ReferentUnknown(strangers, "customer")
    return customers


HANDLERS: Handlers = (
    (PlanReestimated, weigh_estimates),
    (PromiseChanged, weigh_promises),
    (DelayLogged, weigh_joined),
    (DelayAttributed, keep_causes),
    (DisruptionReleased, release_notices),
    (OrderCancelled, drop_mails),
)
