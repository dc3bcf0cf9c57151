"""Events of orders about what is delivered no more because it was cancelled. Aggregate: the order."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event

AskedBy = Literal["customer", "us"]


class OpenPurchase(Contract):
    """Material that was ordered for what is cancelled, and is not all there: its supplier is to be told."""

    material_id: UUID
    material: str
    supplier: str | None = Field(description="supplier code")
    po_number: str


class LinesCancelled(Event, type="orders.order.lines_cancelled.v1"):
    """Some lines of an order are not delivered any more; the rest of it is. What it moved is told by the plan's own event."""

    order_id: UUID
    number: str
    customer_id: UUID
    lines: tuple[str, ...]
    ended: tuple[str | None, ...] = Field(description="shipments of legs that have no line any more")
    asked_by: AskedBy
    reason: str
    purchases: tuple[OpenPurchase, ...] = Field(default=(), description="of material that was ordered for it and is not all there")


class OrderCancelled(Event, type="orders.order.cancelled.v1"):
    """Nothing of the order is delivered, and nothing was. Its promise and plan stay as they were."""

    order_id: UUID
    number: str
    customer_id: UUID
    lines: tuple[str, ...]
    asked_by: AskedBy
    reason: str
    purchases: tuple[OpenPurchase, ...] = Field(default=(), description="of material that was ordered for it and is not all there")
