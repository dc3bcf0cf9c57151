"""Events of orders about which orders a delay holds that is of several: of a shipment, or in a disruption. Aggregate: what it is of."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event
from shared.contracts.orders import TouchedOrder


class DelayJoined(Event, type="orders.delay.joined.v1"):
    """Orders that the delay holds from now on, or again: lines of theirs were entered into the shipment or moved to it, or what is late has
    not happened to them after all.
    """

    delay_id: UUID
    orders: tuple[TouchedOrder, ...]


class DelayFreed(Event, type="orders.delay.freed.v1"):
    """Orders that the delay holds no more: what is late has happened to them, they travel otherwise, or are cancelled. Of those that it
    holds until it is retracted nothing is told.
    """

    delay_id: UUID
    orders: tuple[UUID, ...] = Field(description="ids of the orders")
    freed_on: date
