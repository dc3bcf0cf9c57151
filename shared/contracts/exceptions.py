"""Events of orders about what went wrong with goods or their way. Aggregate: the exception. Internal: never shown to a customer."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.approvals import Money
from shared.contracts.event import Contract, Event
from shared.contracts.numbers import Plain
from shared.contracts.orders import Cause

ExceptionKind = Literal["delay", "damage", "loss", "shortage", "quality", "customs_hold"]
Severity = Literal["minor", "major", "critical"]
ActionKind = Literal["corrective", "preventive"]
ActionStatus = Literal["open", "done", "verified", "waived"]
ChangedBecause = Literal[
    "edited", "action_added", "action_changed", "action_done", "action_verified", "action_reopened", "action_waived", "action_overdue"
]


class ConcernedOrder(Contract):
    order_id: UUID
    number: str
    customer_id: UUID


class AffectedLine(Contract):
    order: str = Field(description="order number")
    line: str
    quantity: Plain = Field(description="in the line's unit of measure")


class ActionFacts(Contract):
    """What somebody does about it. It counts once another person has verified that it helped, or it is waived with a reason."""

    action_id: UUID
    kind: ActionKind
    text: str
    owner: str = Field(description="login")
    due_on: date
    status: ActionStatus
    overdue: bool = Field(description="it was not done by the end of its day")
    done_by: str | None = None
    result: str | None = None
    judged_by: str | None = Field(default=None, description="who verified or waived it, or found that it did not help")
    judgement: str | None = None
    on_behalf_of: str | None = Field(default=None, description="the absent owner, whose deputy did it")


class ExceptionFacts(Contract):
    """An exception as it stands, of one order or of a shipment with its orders."""

    exception_id: UUID
    kind: ExceptionKind
    severity: Severity
    status: Literal["open", "closed"]
    order_id: UUID | None = Field(description="set for an exception of one order")
    shipment: str | None
    orders: tuple[ConcernedOrder, ...]
    description: str
    detected_on: date
    causes: tuple[Cause, ...]
    under_investigation: bool = Field(description="the only cause is UNKNOWN")
    affected: tuple[AffectedLine, ...]
    amount: Money | None = Field(default=None, description="what it costs, as far as it is known")
    delay_id: UUID | None = Field(default=None, description="the delay that came of it, or that it is about")
    actions: tuple[ActionFacts, ...]
    opened_by: str
    resolution: str | None = None


class ExceptionOpened(Event, type="orders.exception.opened.v1"):
    """Something went wrong with goods or their way."""

    exception: ExceptionFacts


class ExceptionChanged(Event, type="orders.exception.changed.v1"):
    """The exception or one of its actions is another than before: the exception as it is now."""

    exception: ExceptionFacts
    because: ChangedBecause
    action_id: UUID | None = Field(default=None, description="the action that changed")


class ExceptionClosed(Event, type="orders.exception.closed.v1"):
    """Its cause is known, and each action is verified or waived; or it proved to be none."""

    exception: ExceptionFacts
