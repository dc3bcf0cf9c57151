"""Events of customs entries. Aggregate: the entry. Internal: the customer hears of the milestones."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.exceptions import ConcernedOrder

CustomsState = Literal["declared", "inspected", "held", "released"]


class CustomsFacts(Contract):
    """A customs entry as it stands, of one order or of a shipment with its orders."""

    entry_id: UUID
    number: str = Field(description="of the declaration")
    regime_code: str = Field(description="customs regime: 0110 is general trade in China")
    order_id: UUID | None = Field(description="set for an entry of one order")
    shipment: str | None
    orders: tuple[ConcernedOrder, ...]
    documents: tuple[UUID, ...] = Field(description="those it was declared with")
    state: CustomsState
    declared_on: date
    inspected_on: date | None
    held_on: date | None = Field(description="when it was held last; it may have been released since")
    released_on: date | None
    note: str | None = Field(description="what customs said last")
    exception_id: UUID | None = Field(description="the exception of the last hold")


class CustomsDeclared(Event, type="orders.customs.declared.v1"):
    """Goods were declared; CST_DECL of their orders has happened."""

    entry: CustomsFacts


class CustomsChanged(Event, type="orders.customs.changed.v1"):
    """Its number, regime or documents were said anew."""

    entry: CustomsFacts


class CustomsInspected(Event, type="orders.customs.inspected.v1"):
    """Customs looked at the goods."""

    entry: CustomsFacts


class CustomsHeld(Event, type="orders.customs.held.v1"):
    """Customs keeps the goods; an exception was opened."""

    entry: CustomsFacts


class CustomsReleased(Event, type="orders.customs.released.v1"):
    """The goods may go; CST_REL of their orders has happened."""

    entry: CustomsFacts
