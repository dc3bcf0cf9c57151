"""orders' events into exceptions, with their actions and the orders they concern."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.exceptions import ExceptionChanged, ExceptionClosed, ExceptionFacts, ExceptionOpened

FOLDS = Folds()


@FOLDS.on(ExceptionOpened, ExceptionChanged, ExceptionClosed)
def exception(changes: Changes, fact: Fact) -> None:
    of: ExceptionFacts = fact.data.exception
    changes.exception.put(
        (of.exception_id,),
        {
            "kind": of.kind,
            "severity": of.severity,
            "status": of.status,
            "shipment": of.shipment,
            "detected_on": of.detected_on,
            "causes": [{"code": cause.code, "party": cause.party} for cause in of.causes],
            "under_investigation": of.under_investigation,
            "amount": of.amount.amount if of.amount else None,
            "currency": of.amount.currency if of.amount else None,
            "delay_id": of.delay_id,
            "actions": [{"owner": one.owner, "due_on": one.due_on.isoformat(), "status": one.status} for one in of.actions],
            "opened_by": of.opened_by,
            "opened_at": fact.time,
        },
    )
    for order in of.orders:
        changes.exception_order.put((of.exception_id, order.order_id), {"number": order.number, "customer_id": order.customer_id})
