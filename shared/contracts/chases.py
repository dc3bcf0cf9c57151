"""Events of chases: somebody is asked about a milestone, answers, or is silent. Aggregate: the chase. Internal.

The link that lets who is asked answer without signing in, each by his own, travels in `personal` alone, sealed with a key of the chase.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.event import Contract, Event
from shared.contracts.text import LocalText

ChaseClosing = Literal["closed", "withdrawn"]


class ChaseLink(BaseModel):
    """What `personal` of a chase's events holds."""

    link: str
    asker: str | None = Field(default=None, description="name of who asks, as far as his token said it")


class ChaseFacts(Contract):
    """A chase as it stands."""

    chase_id: UUID
    order_id: UUID
    number: str
    customer_id: UUID
    shipment: str | None
    milestone: str
    asked: str = Field(description="login")
    department: str | None = Field(description="the one that was asked; null where a person was")
    question: str
    answer_by: date
    asked_by: str = Field(description="login")
    parts: tuple[str | None, ...] = Field(
        default=(), description="further shipments in which a part of the goods travels that were asked about; null: in none yet"
    )


class AskedAbout(Contract):
    """The step that is asked about, as it stood when somebody was asked."""

    name: LocalText = Field(description="what the milestone is called")
    expected: date


class ChaseSent(Event, type="orders.chase.sent.v1"):
    """Somebody was asked, or was reminded of it."""

    chase: ChaseFacts
    about: AskedAbout | None = None
    reminder: int = Field(ge=0, description="0: asked for the first time")
    personal: str = Field(description="sealed ChaseLink")


class ChaseEscalated(Event, type="orders.chase.escalated.v1"):
    """Nobody answered in time: his manager is asked, too."""

    chase: ChaseFacts
    about: AskedAbout | None = None
    level: int = Field(ge=1)
    to: str = Field(description="login")
    personal: str = Field(description="sealed ChaseLink")


class ChaseAnswered(Event, type="orders.chase.answered.v1"):
    """The asked one answered; a later answer takes the place of an earlier one. A day becomes the milestone's estimate by its own event."""

    chase: ChaseFacts
    day: date | None = Field(description="when it will happen")
    done_on: date | None = Field(description="when it has happened: a proposal, until who follows the order records it")
    text: str | None
    answer: int = Field(ge=1, description="counts the answers")
    response_seconds: int = Field(ge=0, description="from the question to this answer, business time")
    level: int = Field(ge=0, description="how often it was escalated before")
    answered_by: str | None = Field(
        default=None,
        description="login of who answered, signed in or by his link; null from an older publisher: by the link of who was asked",
    )
    on_behalf_of: str | None = Field(default=None, description="login of the absent one that was asked, whose deputy answered")


class ChaseMoved(Event, type="orders.chase.moved.v1"):
    """Lines that it is asked about travel in another shipment now: what is asked went along, with its link and its deadline, or is asked of
    both where a part of them did.
    """

    chase: ChaseFacts
    before: str | None = Field(description="shipment that it was asked about; null: none yet")


class ChaseEnded(Event, type="orders.chase.ended.v1"):
    """Nothing is asked any more: closed with the answer that stands, or withdrawn."""

    chase: ChaseFacts
    how: ChaseClosing
    same_as: UUID | None = Field(
        default=None, description="the chase that asks him about this milestone already, of goods that these travel with from now on"
    )
    same_by: str | None = Field(default=None, description="with `same_as`: login of who asked that one")
    about: AskedAbout | None = Field(default=None, description="with `same_as`")
