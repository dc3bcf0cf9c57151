"""Events of what a customer asks for after his order was entered, and of our answer where it is no promise. They belong to their order."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event

Former = Literal["promise", "estimate"]


class RequestedLine(Contract):
    line: str
    promised: date = Field(description="as it stands")
    estimated: date


class PromiseRequested(Event, type="orders.promise.requested.v1"):
    """The customer asks for another day than his lines are promised for. No date moves; what he asked for before is overtaken."""

    order_id: UUID
    number: str
    customer_id: UUID
    request_id: UUID
    lines: tuple[RequestedLine, ...]
    day: date
    why: str = Field(description="in his words")
    contact_id: UUID | None = Field(default=None, description="who asked, where it is known")
    asked_on: date
    replies_to: Former = Field(description="what he answers: the promise, or the day expected last")


class PromiseKept(Event, type="orders.promise.kept.v1"):
    """The answer to a request that the promise stands. Other answers are promises that name the request."""

    order_id: UUID
    number: str
    customer_id: UUID
    request_id: UUID
    lines: tuple[RequestedLine, ...]
    note: str = Field(description="why; internal: never shown to a customer")
