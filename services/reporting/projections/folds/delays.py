"""orders' events into delays, with their causes and the orders they touch."""

from collections.abc import Iterable
from uuid import UUID

from services.reporting.projections.domain import NOTHING, Changes, Columns, Fact, Folds
from shared.contracts.corrections import DelayReopened
from shared.contracts.holding import DelayFreed, DelayJoined
from shared.contracts.orders import (
    DelayAttributed,
    DelayClosed,
    DelayFacts,
    DelayLogged,
    DelayNewsDue,
    DelayRetracted,
    DelayUpdated,
    TouchedOrder,
)

FOLDS = Folds()


@FOLDS.on(DelayLogged, DelayUpdated)
def delay(changes: Changes, fact: Fact) -> None:
    of: DelayFacts = fact.data.delay
    changes.delay.put(
        (of.delay_id,),
        {
            "order_id": of.order_id,
            "shipment": of.shipment,
            "milestone": of.milestone,
            "revision": of.revision,
            "status": "open",
            "new_date": of.new_date,
            "under_investigation": of.under_investigation,
            "causes": _causes(fact),
            "action": of.action.model_dump(by_alias=True, exclude_none=True),
            "next_news_on": of.next_news_on,
            "news_due_on": None,
            "closed_on": None,
            "historical": fact.historical,
            "logged_by": of.logged_by,
            "logged_at": fact.time,
            "logged_event": fact.id,
            "correlation_id": fact.correlation_id,
        },
    )
    _hold(changes, of.delay_id, of.orders)


def _hold(changes: Changes, delay_id: UUID, orders: Iterable[TouchedOrder]) -> None:
    for one in orders:
        columns = {"number": one.number, "customer_id": one.customer_id, "before": one.before, "after": one.after, "freed_on": None}
        changes.delay_order.put((delay_id, one.order_id), columns)


def _causes(fact: Fact) -> list[Columns]:
    of = fact.data.causes if isinstance(fact.data, DelayAttributed) else fact.data.delay.causes
    return [{"code": cause.code, "party": cause.party, "days": cause.days} for cause in of]


@FOLDS.on(DelayAttributed)
def attributed(changes: Changes, fact: Fact) -> None:
    changes.delay.change((fact.data.delay_id,), {"causes": _causes(fact), "under_investigation": fact.data.under_investigation})


@FOLDS.on(DelayRetracted)
def retracted(changes: Changes, fact: Fact) -> None:
    changes.delay.change((fact.data.delay_id,), {"status": "retracted", "revision": fact.data.revision})


@FOLDS.on(DelayClosed)
def closed(changes: Changes, fact: Fact) -> None:
    changes.delay.change((fact.data.delay_id,), {"status": "closed", "closed_on": fact.data.closed_on})


@FOLDS.on(DelayJoined)
def joined(changes: Changes, fact: Fact) -> None:
    _hold(changes, fact.data.delay_id, fact.data.orders)


@FOLDS.on(DelayFreed)
def freed(changes: Changes, fact: Fact) -> None:
    for order_id in fact.data.orders:
        changes.delay_order.change((fact.data.delay_id, order_id), {"freed_on": fact.data.freed_on})


@FOLDS.on(DelayReopened)
def reopened(changes: Changes, fact: Fact) -> None:
    changes.delay.change((fact.data.delay_id,), {"status": "open", "closed_on": NOTHING})


@FOLDS.on(DelayNewsDue)
def news_due(changes: Changes, fact: Fact) -> None:
    changes.delay.change((fact.data.delay_id,), {"news_due_on": fact.data.due_on})
