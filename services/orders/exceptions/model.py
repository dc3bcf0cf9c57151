"""Exceptions as they are asked for and as they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.delays.model import Causes, unknown
from services.orders.exceptions.examples import QUALITY
from services.orders.fields import Body, Day, GivenMoney, Note, Number
from shared.contracts.approvals import Money
from shared.contracts.exceptions import (
    ActionFacts,
    ActionKind,
    ActionStatus,
    AffectedLine,
    ConcernedOrder,
    ExceptionFacts,
    ExceptionKind,
    Severity,
)
from shared.contracts.orders import Cause
from shared.contracts.text import Line as Login

ExceptionStatus = Literal["open", "closed"]


class GivenLine(Body):
    """A line that is affected; `order` is needed for an exception of a shipment."""

    order: Number | None = None
    line: Number
    quantity: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6, description="in the line's unit of measure")]


class EditException(Body):
    """An exception as it stands now; replaces what was said before."""

    model_config = ConfigDict(json_schema_extra={"examples": [QUALITY]})

    severity: Severity
    description: Note
    causes: Causes
    affected: Annotated[tuple[GivenLine, ...], Field(max_length=1000)] = ()
    amount: Annotated[GivenMoney | None, Field(description="what it costs, as far as it is known")] = None
    delay: Annotated[UUID | None, Field(description="a delay of the same order or shipment")] = None


class OpenException(EditException):
    model_config = ConfigDict(json_schema_extra={"examples": [{**QUALITY, "kind": "quality", "detected_on": "2026-05-15"}]})

    kind: ExceptionKind
    detected_on: Day


class GivenAction(Body):
    """What somebody is to do about it, by the end of a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "corrective", "text": "resew the open seams, inspect all 1200", "owner": "wang.fang", "due_on": "2026-05-18"}
            ]
        }
    )

    kind: ActionKind
    text: Note
    owner: Annotated[Login, Field(description="login of active staff")]
    due_on: Day


class Completion(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"result": "1200 pieces inspected, 94 resewn"}]})

    result: Annotated[Note, Field(description="what was done")]


class Verification(Body):
    """Whether an action that is done helped; one that did not is open again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"effective": True, "note": "the repeated inspection of 18 May passed"}]})

    effective: bool
    note: Note


class Waiver(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the customer takes the shorts as they are"}]})

    reason: Note


class Closing(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"resolution": "resewn and passed; the workshop bears the cost"}]})

    resolution: Annotated[Note, Field(description="how it ended")]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an exception stands: on an order or on a shipment, with the orders concerned and the quantities of their lines."""

    order_id: UUID | None
    shipment_id: UUID | None
    shipment: str | None
    orders: tuple[ConcernedOrder, ...]
    quantities: dict[tuple[str, str], Decimal]
    """By order number and line."""
    placed: Mapping[str, date | None] = field(default_factory=dict)
    """By order number, where somebody reports it: when the order was, if that is known."""


@dataclass(frozen=True, slots=True)
class Action:
    """`overdue` stands once the day has passed without it; `judged_by` verified or waived it, or found that it did not help;
    `on_behalf_of` is the owner, where his deputy did it.
    """

    action_id: UUID
    kind: ActionKind
    text: str
    owner: str
    due_on: date
    status: ActionStatus = "open"
    overdue: bool = False
    done_by: str | None = None
    result: str | None = None
    judged_by: str | None = None
    judgement: str | None = None
    on_behalf_of: str | None = None

    def told(self) -> ActionFacts:
        return ActionFacts(**{name: getattr(self, name) for name in ActionFacts.model_fields})


@dataclass(frozen=True, slots=True)
class OrderException:
    """An exception of one order (`order_id`) or of a shipment (`shipment_id`). `version` counts what was told of it."""

    exception_id: UUID
    order_id: UUID | None
    shipment_id: UUID | None
    shipment: str | None
    orders: tuple[ConcernedOrder, ...]
    kind: ExceptionKind
    severity: Severity
    description: str
    detected_on: date
    causes: tuple[Cause, ...]
    affected: tuple[AffectedLine, ...]
    amount: Money | None
    delay_id: UUID | None
    actions: tuple[Action, ...]
    status: ExceptionStatus
    opened_by: str
    opened_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    resolution: str | None
    version: int

    @property
    def under_investigation(self) -> bool:
        return unknown(self.causes)

    def told(self) -> ExceptionFacts:
        plain = set(ExceptionFacts.model_fields) - {"actions"}
        return ExceptionFacts(**{name: getattr(self, name) for name in plain}, actions=tuple(action.told() for action in self.actions))
