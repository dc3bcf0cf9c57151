"""Events of requests for approval. Aggregate: the request.

Each service that asks publishes events of its own; what is said of a request is the same in all.
"""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from shared.contracts.customers import Grade, Role
from shared.contracts.event import Contract, Event
from shared.contracts.numbers import plain


class Days(Contract):
    days: int = Field(ge=0, le=3650)


class Money(Contract):
    amount: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4), AfterValidator(plain)]
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")


Amount = Days | Money


class ApprovalFacts(Contract):
    """What is asked, by whom, and how far it has come."""

    approval_id: UUID
    kind: str = Field(description="what is asked for, `promise-later`")
    subject_id: UUID = Field(description="what it is about: the order for `promise-later`")
    subject: str = Field(description="people's number of it")
    customer_id: UUID | None
    grade: Grade | None = Field(description="the customer's when it was asked")
    amount: Amount
    requester: str
    level: int = Field(ge=1, description="the level it has come to")
    levels: int = Field(ge=1, description="how many levels have to approve")


class Turn(Contract):
    """Who may decide, beside his deputies, and until when."""

    deciders: tuple[str, ...] = Field(description="logins")
    roles: tuple[Role, ...] = Field(description="anybody who has one of them")
    due_at: AwareDatetime


class Verdict(Contract):
    by: str
    on_behalf_of: str | None = Field(default=None, description="the absent colleague for whom `by` stands in")
    reason: str | None = None


class ApprovalRequested(Event, type="orders.approval.requested.v1"):
    """A request waits for a decision: told when it is asked, and again for each next level."""

    approval: ApprovalFacts
    turn: Turn


class ApprovalEscalated(Event, type="orders.approval.escalated.v1"):
    """Nobody decided in time: those who could still can, and more people can now."""

    approval: ApprovalFacts
    turn: Turn


class ApprovalGranted(Event, type="orders.approval.granted.v1"):
    """The last level approved, and the command was carried out with it."""

    approval: ApprovalFacts
    verdict: Verdict


class ApprovalRefused(Event, type="orders.approval.refused.v1"):
    """Somebody who may decide said no; nothing is carried out."""

    approval: ApprovalFacts
    verdict: Verdict


class ApprovalWithdrawn(Event, type="orders.approval.withdrawn.v1"):
    """The requester took it back."""

    approval: ApprovalFacts
    reason: str | None = None


class ApprovalExpired(Event, type="orders.approval.expired.v1"):
    """Nobody decided, and there is nobody left to ask; nothing is carried out."""

    approval: ApprovalFacts
