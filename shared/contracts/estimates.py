"""Events of orders about words on when a milestone will happen. Aggregate: the order."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event

EstimateSource = Literal["owner", "supplier", "carrier", "production", "answer", "inspection", "material"]
"""Whose word it is: the owner of the milestone, its supplier, the carrier, the progress of production, who was asked, the plan of an
inspection, or the material that it waits for."""


class MilestoneEstimated(Event, type="orders.milestone.estimated.v1"):
    """Somebody said when a milestone will happen, of this leg or of goods that have joined it. What moved with it is told by the plan's own
    event.
    """

    order_id: UUID
    shipment: str | None
    milestone: str
    day: date | None = Field(description="null when the word was taken back")
    source: EstimateSource
