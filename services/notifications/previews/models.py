"""What people read of messages that are not written yet."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.notifications.log.models import Reasons
from services.notifications.previews.examples import SIMULATED
from shared.contracts.orders import PlanReestimated
from shared.contracts.text import Language

MOST_ORDERS = 1000


class PreviewQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    wait: float = Field(default=2, ge=0, le=5, description="seconds to wait for an order or customer that was entered a moment ago")


class SimulatedOrder(BaseModel):
    """Of what a simulation answers for an order, the event that would be told."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reestimated: PlanReestimated


class Simulated(BaseModel):
    """The answer of a simulation of a delay, as it is: whatever else it says is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [SIMULATED]})

    orders: Annotated[tuple[SimulatedOrder, ...], Field(min_length=1, max_length=MOST_ORDERS)]


class NoticeForeseen(BaseModel):
    """What would be decided for one contact; `contact` is null when it concerns the customer as a whole."""

    contact: UUID | None
    status: Literal["queued", "suppressed", "unreachable"] = Field(description="queued: sent, at once where nothing awaits release")
    why: str | None
    language: Language | None
    to_name: str | None
    to: str | None
    cc: tuple[str, ...]
    reply_to: tuple[str, ...] = Field(description="who is present first, then the owner who is away")
    subject: str | None
    body: str | None
    untranslated: tuple[Literal["action", "ask"], ...] = Field(description="what he reads in another language: it is not given in his")


class CustomerForeseen(BaseModel):
    """What one customer would hear of a delay: all his orders in one mail to each contact."""

    customer: str
    owner: str
    orders: tuple[str, ...]
    awaits_release: bool = Field(description="sent when his owner releases the notices of the disruption, by the dates as they stand then")
    reasons: Reasons
    notices: tuple[NoticeForeseen, ...]


class Preview(BaseModel):
    """Every text that would be sent, customer by customer, and why somebody would read none."""

    customers: tuple[CustomerForeseen, ...]
