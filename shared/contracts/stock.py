"""Events of orders about the stock that they are to be met from. Aggregate: the order. Internal: never shown to a customer."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.numbers import Plain


class StockFacts(Contract):
    """What is there for a line, in its unit of measure."""

    check_id: UUID
    line: str
    shipment: str | None
    needed: Plain
    uom: str
    available: Plain = Field(description="what is there, with what quality holds")
    on_hold: Plain = Field(description="how much of it quality holds")
    short: Plain = Field(description="what is missing; 0 where it is enough")
    ready: bool = Field(description="picked, and fit to leave the warehouse")
    place: str | None
    note: str | None = None
    exception_id: UUID | None = Field(default=None, description="the shortage it is a part of, while that is open")


class StockChecked(Event, type="orders.stock.checked.v1"):
    """Somebody looked whether the stock is enough for lines of an order."""

    order_id: UUID
    number: str
    customer_id: UUID
    day: date
    checks: tuple[StockFacts, ...]
