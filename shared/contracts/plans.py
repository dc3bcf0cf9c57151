"""Events of orders about their plans as a whole. Aggregate: the order."""

from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event
from shared.contracts.orders import PlanNode


class PlanRebaselined(Event, type="orders.plan.rebaselined.v1"):
    """An order in progress is planned anew: with another revision of its template, while promises stay, or, by the same revision, for an
    earlier promise: one that moved, or that a line brought into its leg. What it moved is told by the plan's next event.
    """

    order_id: UUID
    number: str
    customer_id: UUID
    template: str
    before: int = Field(description="the revision it was planned with until now")
    revision: int
    added: tuple[str, ...] = Field(description="milestones that it did not have before")
    gone: tuple[str, ...] = Field(description="milestones that it has no more")
    plan: tuple[PlanNode, ...] = Field(description="all its milestones, as they stand now")
    reason: str = Field(description="why, in free words; internal: never shown to a customer")
