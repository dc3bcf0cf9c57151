"""Events of the notifications service. Aggregate: the message."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.event import Contract, Event
from shared.contracts.text import Language

Unreachable = Literal["no_contact", "no_address"]
Suppressed = Literal["date_already_told", "below_materiality", "day_over", "already_achieved", "order_cancelled", "rule_off"]
Cancelled = Literal["delay_retracted", "order_cancelled", "decided_anew"]


class ToldDate(Contract):
    """A date that the message tells: a line's delivery, or a milestone of a leg where `line` is null. A line that joined the leg, and had
    been told another day of the milestone, has it by itself.
    """

    order_id: UUID
    shipment: str | None
    milestone: str
    line: str | None
    before: date
    after: date
    revision: int
    promised: date | None = Field(
        default=None, description="the promise of the line that moved and is told with it; `after` is later where it is expected later"
    )


class MessageFacts(Contract):
    message_id: UUID
    rule: str
    customer_id: UUID
    contact_id: UUID | None = Field(description="null when the customer has no contact to tell")
    delay_id: UUID | None
    delay_revision: int | None
    orders: tuple[UUID, ...]


class MessageQueued(Event, type="notifications.message.queued.v1"):
    """It was decided to tell a contact, in which language and which dates; the message waits to be sent."""

    message: MessageFacts
    channel: Literal["email"]
    language: Language
    corrects: UUID | None = Field(default=None, description="the message that this one takes back")
    dates: tuple[ToldDate, ...]


class MessageSuppressed(Event, type="notifications.message.suppressed.v1"):
    """Nothing is sent, and this is why."""

    message: MessageFacts
    why: Suppressed


class MessageUnreachable(Event, type="notifications.message.unreachable.v1"):
    """Somebody should have been told and cannot be; listed for the customer's owner."""

    message: MessageFacts
    why: Unreachable
    owner: str
    dates: tuple[ToldDate, ...]


class MessageSent(Event, type="notifications.message.sent.v1"):
    """The mail server took the message."""

    message_id: UUID
    delay_id: UUID | None
    at: AwareDatetime
    attempts: int


class MessageFailed(Event, type="notifications.message.failed.v1"):
    """Given up after the last attempt; listed for the customer's owner."""

    message_id: UUID
    delay_id: UUID | None
    why: str
    attempts: int


class MessageCancelled(Event, type="notifications.message.cancelled.v1"):
    """Taken back before it was sent: what it was to tell no longer holds, or a mail before it that it builds on did not leave (another is
    decided in its place), and nobody has read it.
    """

    message_id: UUID
    delay_id: UUID | None
    why: Cancelled
