"""Events of orders about what an order's lateness came from. Aggregate: the order. Internal: never shown to a customer."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.codes import CauseCode, Party
from shared.contracts.event import Contract, Event


class CauseDays(Contract):
    """Days of the delivery's lateness that a cause of a delay answers for: UNKNOWN for the share of what no cause accounts for."""

    code: CauseCode
    party: Party
    days: int = Field(ge=0)


class LateStep(Contract):
    """Something that was late by itself, and what it moved the delivery by: 0 where that was harmless."""

    kind: Literal["delay", "unlogged", "plan"] = Field(
        description="a delay that was logged; lateness at a milestone that nobody logged; "
        "days closed, or a plan made too short, since the order was planned"
    )
    milestone: str
    department: str
    delay_id: UUID | None
    late_days: int = Field(ge=0, description="calendar days after the milestone could have happened")
    days: int = Field(ge=0, description="of the delivery's lateness")
    causes: tuple[CauseDays, ...] = Field(description="of a delay; their days sum to its days")


class LegLateness(Contract):
    """A leg. The days of its steps sum to its days: those of its latest line after the first promise of that, none when in time."""

    shipment: str | None
    promised: date = Field(description="the first promise of the line that is the latest after its own")
    delivered: date = Field(description="when that line was delivered, or is expected")
    days: int = Field(ge=0)
    steps: tuple[LateStep, ...]


class LatenessAttributed(Event, type="orders.lateness.attributed.v1"):
    """An order is completed, or something was found since: what each leg's lateness came from. Replaces what was told before; without
    legs the order is open again.
    """

    order_id: UUID
    number: str
    customer_id: UUID
    legs: tuple[LegLateness, ...]
