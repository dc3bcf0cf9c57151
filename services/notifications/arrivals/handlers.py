"""orders' shipments that arrive soon into messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.arrivals.domain import ARRIVING, Arrival, notices
from services.notifications.contacts import store as contacts
from services.notifications.contacts.domain import Customer
from services.notifications.dates import store as dates
from services.notifications.dates.domain import Order
from services.notifications.messages.deciding import keep
from services.notifications.messages.drafting import addressed
from services.notifications.messages.store import Message
from services.notifications.recovery import store as recovery
from services.notifications.rules import store as rules
from services.notifications.rules.domain import Rule
from services.notifications.templates.arriving import announcement
from shared.contracts.shipments import ArrivingOrder, ShipmentArriving
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.received import Handlers, Received, ReferentUnknown


async def announce(tx: Tx, batch: Sequence[Received[ShipmentArriving]], now: datetime) -> None:
    """Tell each customer that his goods arrive; one mail for all his orders in a shipment."""
    live = [received for received in batch if not received.historical]
    coming = [order for received in live for order in received.data.orders]
    orders = await dates.lock(tx, {order.order_id for order in coming})
    customers = await contacts.customers(tx, {order.customer_id for order in coming}, now)
    for what, known in (("order", orders), ("customer", customers)):
        unknown = [one for one in live if any(getattr(order, f"{what}_id") not in known for order in one.data.orders)]
        if unknown:
            raise ReferentUnknown(unknown, what)
    rule = next((one for one in await rules.rules(tx) if one.event == ShipmentArriving.TYPE), None)
    messages = [
        message
        for received in live
        for customer, own in _by_customer(received.data).items()
        for message in _messages(received, customers[customer], own, orders, rule, now)
    ]
    await keep(tx, messages, customers, await recovery.sent_before(tx, customers))


def _by_customer(event: ShipmentArriving) -> dict[UUID, list[ArrivingOrder]]:
    found: dict[UUID, list[ArrivingOrder]] = {}
    for order in event.orders:
        found.setdefault(order.customer_id, []).append(order)
    return found


def _messages(
    received: Received[ShipmentArriving],
    customer: Customer,
    own: Sequence[ArrivingOrder],
    orders: dict[UUID, Order],
    rule: Rule | None,
    now: datetime,
) -> list[Message]:
    event, decided = received.data, new_id()
    arrival = Arrival(event.number, event.transport, [(orders[one.order_id], one.eta) for one in own])
    reasons = [_reason(event.number, orders[one.order_id], one.eta.isoformat(), rule) for one in own]
    return [
        Message(
            id=new_id(),
            decision=decided,
            rule=rule.name if rule else "none",
            because=ARRIVING,
            customer_id=customer.id,
            contact_id=notice.contact.id if notice.contact else None,
            delay_id=None,
            delay_revision=None,
            orders=tuple(one.order_id for one in own),
            language=notice.contact.language if notice.contact else None,
            status=notice.status,
            why=notice.why,
            reasons={"rule": rule.name if rule else None, "materiality_days": None, "dates": reasons},
            text=addressed(announcement(arrival, notice.contact, customer.signer), notice.contact, customer.signer)
            if notice.status == "queued" and notice.contact
            else None,
            dates=(),
            decided_at=now,
            stamp=received.stamp(now),
        )
        for notice in notices(customer, rule)
    ]


def _reason(shipment: str, order: Order, eta: str, rule: Rule | None) -> dict[str, Any]:
    """Why it was decided so, as of any date."""
    verdict = "due" if rule is not None and rule.active else "rule_off"
    where = {"order": order.number, "shipment": shipment, "milestone": "ARRIVE", "line": None}
    return {**where, "told": eta, "now": eta, "days": 0, "verdict": verdict}


HANDLERS: Handlers = ((ShipmentArriving, announce),)
