"""orders' events into orders with their lines and plan, shipments, suppliers and promises."""

from itertools import pairwise
from uuid import UUID

from services.reporting.projections.domain import NOTHING, Agreement, Changes, Columns, Fact, Folds
from shared.contracts.cancellations import LinesCancelled, OrderCancelled
from shared.contracts.corrections import MilestoneCorrected, OrderDayCorrected
from shared.contracts.legs import LineJoined, LinesMoved, LineSplit
from shared.contracts.orders import (
    LinesAdded,
    MilestoneAchieved,
    OrderCreated,
    OrderLine,
    PlanNode,
    PlanReestimated,
    PromiseChanged,
    SupplierCreated,
)
from shared.contracts.plans import PlanRebaselined
from shared.contracts.shipments import ShipmentChanged, ShipmentCreated

FOLDS = Folds()


@FOLDS.on(SupplierCreated)
def supplier(changes: Changes, fact: Fact) -> None:
    changes.supplier.put((fact.data.code,), {"id": fact.data.supplier_id, "name": fact.data.name})


@FOLDS.on(ShipmentCreated, ShipmentChanged)
def shipment(changes: Changes, fact: Fact) -> None:
    of, transport = fact.data, fact.data.transport
    changes.shipment.put(
        (of.number,),
        {
            "id": of.shipment_id,
            "mode": transport.mode,
            "carrier": transport.carrier,
            "vessel": transport.vessel,
            "voyage": transport.voyage,
            "booking": transport.booking,
            "transport_document": transport.transport_document,
            "port_of_loading": transport.port_of_loading,
            "port_of_discharge": transport.port_of_discharge,
        },
    )


@FOLDS.on(OrderCreated)
def order(changes: Changes, fact: Fact) -> None:
    of: OrderCreated = fact.data
    changes.sales_order.put(
        (of.order_id,),
        {
            "number": of.number,
            "customer_id": of.customer_id,
            "customer_code": of.customer_code,
            "customer_po": of.customer_po,
            "trade_type": of.trade_type,
            "incoterm": of.incoterm,
            "delivery_point": of.delivery_point,
            "currency": of.currency,
            "ordered_on": of.ordered_on,
            "template": of.template,
            "source": of.source,
            "historical": fact.historical,
            "created_at": fact.time,
        },
    )
    _lines_and_plan(changes, of.order_id, of.lines, of.plan)


@FOLDS.on(OrderDayCorrected)
def placed(changes: Changes, fact: Fact) -> None:
    changes.sales_order.change((fact.data.order_id,), {"ordered_on": fact.data.ordered_on})


@FOLDS.on(LinesAdded)
def lines_added(changes: Changes, fact: Fact) -> None:
    _lines_and_plan(changes, fact.data.order_id, fact.data.lines, fact.data.plan)


def _lines_and_plan(changes: Changes, order_id: UUID, lines: tuple[OrderLine, ...], plan: tuple[PlanNode, ...]) -> None:
    for line in lines:
        changes.line.put((order_id, line.line), _line(line))
    _plan(changes, order_id, plan)


def _line(line: OrderLine) -> Columns:
    return {
        "item": line.item,
        "quantity": line.quantity,
        "uom": line.uom,
        "amount": line.amount,
        "supplier": line.supplier,
        "shipment": line.shipment,
        "requested": line.requested,
        "first_promised": line.promised,
        "agreed": line.promised,
        "promised": line.promised,
        "promise_revision": 0,
        "estimated": None,
        "delivered": line.delivered,
        "cancelled_on": None,
    }


@FOLDS.on(LineSplit)
def line_split(changes: Changes, fact: Fact) -> None:
    """The part was promised what the line was. How often a promise moved is counted of the line alone."""
    of: LineSplit = fact.data
    changes.line.change((of.order_id, of.line), {"quantity": of.quantity, "amount": of.amount})
    first, last = of.promises[0].day, of.promises[-1].revision
    promised = {"first_promised": first, "agreed": first, "promise_revision": last, "estimated": of.estimated}
    changes.line.put((of.order_id, of.part.line), {**_line(of.part), **promised})
    for before, after in pairwise(of.promises):
        changes.agree(Agreement(of.order_id, of.part.line, after.made_on, before.day, after.day))


@FOLDS.on(LineJoined)
def line_joined(changes: Changes, fact: Fact) -> None:
    """A part that is delivered with its line counts with it: how often its promise moved has been."""
    of: LineJoined = fact.data
    changes.line.change((of.order_id, of.line), {"quantity": of.quantity, "amount": of.amount})
    changes.line.drop((of.order_id, of.part))


@FOLDS.on(LinesMoved)
def lines_moved(changes: Changes, fact: Fact) -> None:
    """A leg without lines stays as it was: nothing reads it."""
    of: LinesMoved = fact.data
    for line in of.lines:
        changes.line.change((of.order_id, line.line), {"shipment": line.after or ""})
    for leg in of.legs:
        _plan(changes, of.order_id, leg.plan)


def _plan(changes: Changes, order_id: UUID, plan: tuple[PlanNode, ...]) -> None:
    for ordinal, node in enumerate(plan):
        changes.milestone.put(
            (order_id, node.shipment or "", node.milestone),
            {
                "ordinal": ordinal,
                "department": node.department,
                "visible": node.visible,
                "planned": node.planned,
                "estimated": node.estimated,
                "actual": node.actual,
                "revision": node.revision,
                "due": node.due,
            },
        )


@FOLDS.on(PlanRebaselined)
def rebaselined(changes: Changes, fact: Fact) -> None:
    """A milestone that is gone stays as it was: nothing that hangs on one lets it go, so nothing reads it."""
    _plan(changes, fact.data.order_id, fact.data.plan)


@FOLDS.on(MilestoneAchieved)
def achieved(changes: Changes, fact: Fact) -> None:
    of: MilestoneAchieved = fact.data
    if of.complete:
        changes.milestone.change((of.order_id, of.shipment or "", of.milestone), {"actual": of.actual})
    for line in of.lines:
        changes.line.change((of.order_id, line.line), {"delivered": line.delivered})


@FOLDS.on(LinesCancelled, OrderCancelled)
def cancelled(changes: Changes, fact: Fact) -> None:
    """What is not delivered any more. Of an order that is cancelled the plan stays; a leg without lines is read by nothing."""
    for line in fact.data.lines:
        changes.line.change((fact.data.order_id, line), {"cancelled_on": fact.time.date()})


@FOLDS.on(MilestoneCorrected)
def corrected(changes: Changes, fact: Fact) -> None:
    of: MilestoneCorrected = fact.data
    columns = {"actual": of.actual or NOTHING, "estimated": of.estimated, "revision": of.revision, "due": NOTHING}
    changes.milestone.change((of.order_id, of.shipment or "", of.milestone), columns)
    for line in of.lines:
        changes.line.change((of.order_id, line.line), {"delivered": line.delivered or NOTHING, "estimated": line.estimated})


@FOLDS.on(PlanReestimated)
def reestimated(changes: Changes, fact: Fact) -> None:
    of: PlanReestimated = fact.data
    for node in of.nodes:
        columns = {"estimated": node.after, "revision": node.revision, "due": node.due or NOTHING}
        changes.milestone.change((of.order_id, node.shipment or "", node.milestone), columns)
    for line in of.lines:
        changes.line.change((of.order_id, line.line), {"estimated": line.after})
    if of.delay is not None and of.because in ("delay_logged", "delay_updated"):
        told = [node.before for node in of.nodes if node.visible and node.before != node.after]
        told += [line.before for line in of.lines if line.before != line.after]
        changes.delay_effect.put(
            (of.order_id, fact.sequence),
            {
                "delay_id": of.delay.delay_id,
                "delay_revision": of.delay.revision,
                "told_moved": len(told),
                "earliest_before": min(told, default=None),
                "historical": fact.historical,
                "event": fact.id,
            },
        )


@FOLDS.on(PromiseChanged)
def promise(changes: Changes, fact: Fact) -> None:
    of: PromiseChanged = fact.data
    for line in of.lines:
        changes.promise_change.put(
            (of.order_id, line.line, line.revision),
            {"before": line.before, "after": line.after, "reason": of.reason, "delay_id": of.delay_id, "changed_at": fact.time},
        )
        changes.agree(Agreement(of.order_id, line.line, fact.time.date(), line.before, line.after))
        changes.line.change((of.order_id, line.line), {"promised": line.after, "promise_revision": line.revision})
