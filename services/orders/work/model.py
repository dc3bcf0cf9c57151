"""What the work list shows of each kind, and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.orders.clauses.model import ClauseState
from services.orders.fields import ABSENT, Answer
from shared.contracts.credits import CreditRiskKind
from shared.contracts.papers import DocumentCode, DocumentState
from shared.contracts.shipments import CutoffKind
from shared.directory.domain import Named

PartName = Literal[
    "urgent", "due", "overdue", "at_risk", "warnings", "news", "awaited", "advice", "requests", "to_answer", "unanswered", "answered",
    "asked", "to_approve", "cutoffs", "actions", "verifications", "exceptions", "documents", "production", "stock", "inspections",
    "credits", "clauses", "materials",
]  # fmt: skip


class MilestoneWork(Answer):
    order: str
    customer: Annotated[str, Field(description="code")]
    urgent: bool
    shipment: str | None
    milestone: str
    department: str
    planned: date
    due: Annotated[date, Field(description="when it was expected, had no day passed without it: overdue is measured by it")]
    expected: date
    link: str


class OrderAtRisk(Answer):
    order: str
    customer: Annotated[str, Field(description="code")]
    urgent: bool
    promised: Annotated[date, Field(description="the earliest promise that will be missed")]
    expected: date
    lines: int
    link: str


class UrgentWork(Answer):
    """A small order that must leave at once, and what is next to happen to it."""

    order: str
    customer: Annotated[str, Field(description="code")]
    promised: Annotated[date | None, Field(description="the earliest promise that is open")]
    expected: Annotated[date | None, Field(description="when the last open line is expected")]
    milestone: Annotated[str, Field(description="the next one")]
    department: str
    next_on: Annotated[date, Field(description="when the next milestone is expected")]
    link: str


class DelayWork(Answer):
    delay: UUID
    milestone: str
    shipment: str | None
    orders: Annotated[tuple[str, ...], Field(description="of one's own customers")]
    on: Annotated[date | None, Field(description="the day of the news, or by which an answer was asked")]
    link: str


class CutoffWork(Answer):
    shipment: str
    kind: CutoffKind
    at: datetime
    missed: bool
    overtaken: Annotated[bool, Field(description="it lies after the departure: have the carrier state it anew")]
    link: str


class DocumentWork(Answer):
    document: UUID
    order: str
    customer: Annotated[str, Field(description="code")]
    shipment: str | None
    code: DocumentCode
    department: str
    state: DocumentState
    due: date
    link: str


class CreditWork(Answer):
    credit: UUID
    number: str
    customer: Annotated[str, Field(description="code of the applicant")]
    terms: Annotated[tuple[CreditRiskKind, ...], Field(description="what is not kept as things are expected")]
    amend_by: Annotated[date | None, Field(description="the first day by which it has to be amended")]
    link: str


class ClauseWork(Answer):
    clause: UUID
    order: str
    customer: Annotated[str, Field(description="code")]
    reference: str
    state: Annotated[ClauseState, Field(description="at_risk or breached")]
    keep_by: date
    link: str


class ChaseWork(Answer):
    """A question that waits for an answer, or for what is to be made of it."""

    chase: UUID
    order: str
    shipment: str | None
    milestone: str
    question: str
    asked: Annotated[str, Field(description="login")]
    department: Annotated[str | None, Field(description="the one that was asked; null where a person was")]
    asked_by: str
    answer_by: date
    level: Annotated[int, Field(description="how often it was escalated")]
    absent: Annotated[str | None, ABSENT]
    link: str


class AnsweredWork(ChaseWork):
    """A question that was answered: by this answer it has happened."""

    done_on: Annotated[date, Field(description="when it has happened, to be recorded as actual")]
    text: str | None


@dataclass(frozen=True, slots=True)
class Person(Named):
    """Whose work it is; `sees` is his sight."""

    sees: Sequence[str] | None
