"""What people read of messages."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.notifications.messages.domain import MOST_REASONS, Status
from shared.contracts.text import Language
from shared.web.paging import PageQuery


class MessageQuery(PageQuery):
    """Filters are joined by `and`."""

    order: str | None = Field(default=None, max_length=100, description="order number")
    delay: UUID | None = None
    customer: str | None = Field(default=None, max_length=100, description="customer code")
    contact: UUID | None = None
    status: Status | None = None
    since: AwareDatetime | None = Field(default=None, description="decided at or after (business time)")


class CaseQuery(PageQuery):
    customer: str | None = Field(default=None, max_length=100, description="customer code")
    since: AwareDatetime | None = Field(default=None, description="decided at or after (business time)")


class OutcomeQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    wait: float = Field(default=0, ge=0, le=5, description="seconds to wait until everything is settled")
    revision: int = Field(default=1, ge=1, description="settled no sooner than this revision of the delay is")
    retracted: bool = Field(default=False, description="settled no sooner than the retraction of the delay is")


class Summary(BaseModel):
    """One decision for one contact. `contact` is null when it concerns the customer as a whole."""

    id: UUID
    status: Status
    why: str | None = Field(description="why nothing was sent, or why it failed")
    rule: str
    because: str = Field(description="the command that moved the dates")
    customer: str
    contact: UUID | None
    delay: UUID | None
    delay_revision: int | None
    orders: list[str]
    language: Language | None
    subject: str | None
    corrects: UUID | None
    sent_with: UUID | None = Field(description="the message whose mail tells of it, too: of another delay of the same disruption")
    correlation_id: str
    decided_at: datetime
    sent_at: datetime | None
    attempts: int
    possible_duplicates: int
    took_ms: float | None = Field(description="from decided to sent, failed or cancelled, by the server's clock")


class AttemptMade(BaseModel):
    number: int
    began_at: datetime
    ended_at: datetime
    outcome: str
    code: str | None


class WeighedDate(BaseModel):
    """A date as it was weighed: `verdict` is `due`, or why the customer need not hear of it."""

    order: str
    shipment: str | None
    milestone: str
    line: str | None
    told: date
    now: date
    days: int
    promised: date | None = Field(default=None, description="the promise that moved and is weighed with it")
    verdict: str


class Reasons(BaseModel):
    rule: str | None
    materiality_days: int | None
    dates: list[WeighedDate] = Field(description=f"the first {MOST_REASONS}, those that are due before the others")


class Detail(Summary):
    """A message with its text, the reasons of the decision, and every attempt to send it."""

    to: str | None
    cc: list[str]
    reply_to: list[str] = Field(description="who is present first, then the owner who is away")
    body: str | None
    reasons: Reasons
    sending: list[AttemptMade]


class Unreached(Summary):
    """Somebody who should have been told and was not, with the dates he has not heard of."""

    owner: str
    customer_name: str
    dates: list[WeighedDate]


class DelayOutcome(BaseModel):
    """Who was told of a delay. `settled`: every customer is decided and every mail has come to its end."""

    delay: UUID
    known: bool = Field(description="whether the delay has reached notifications yet")
    revision: int | None
    retracted: bool
    settled: bool
    awaits_release: bool = Field(description="a disruption logged it, and the customer's owner has not released the notice yet")
    told: list[Summary] = Field(description="sent")
    pending: list[Summary] = Field(description="queued or being sent")
    held: list[Summary] = Field(description="suppressed: nothing to tell")
    unreachable: list[Summary] = Field(description="no contact, no address, or given up")
    cancelled: list[Summary] = Field(description="taken back before they were sent")


def reasons(document: dict[str, Any]) -> Reasons:
    return Reasons.model_validate({**document, "dates": document["dates"][:MOST_REASONS]})
