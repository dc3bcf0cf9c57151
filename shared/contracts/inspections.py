"""Events of inspections: goods looked at by a plan, and what was found. Aggregate: the order, whose milestones they move. Internal.

Sampling is by attributes as in ISO 2859-1: the acceptance numbers are those that the plan was agreed with.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.exceptions import Severity
from shared.contracts.text import LocalText

InspectionType = Literal["iqc", "inline", "final", "lab"]
InspectionState = Literal["planned", "passed", "failed", "waived", "withdrawn"]


INSPECTIONS: Mapping[InspectionType, LocalText] = MappingProxyType(
    {
        "iqc": LocalText(en="incoming inspection", zh_cn="来料检验"),
        "inline": LocalText(en="inline inspection", zh_cn="中期验货"),
        "final": LocalText(en="final inspection", zh_cn="最终验货"),
        "lab": LocalText(en="laboratory test", zh_cn="实验室检测"),
    }
)
"""What each type is called."""


class Acceptance(Contract):
    """How many defects of one class a sample may have."""

    accept: int = Field(ge=0, le=1_000_000, description="acceptance number")
    aql: Decimal | None = Field(default=None, ge=0, le=1000, max_digits=7, decimal_places=3, description="acceptance quality limit")


class Sampling(Contract):
    """How much of a lot is looked at, and what it may have."""

    lot_size: int = Field(ge=1, le=1_000_000_000)
    sample_size: int = Field(ge=1, le=1_000_000_000)
    critical: Acceptance = Acceptance(accept=0)
    major: Acceptance
    minor: Acceptance


class Defect(Contract):
    """A defect that was found, and how often."""

    severity: Severity = Field(description="class of the defect")
    description: str
    count: int = Field(ge=1, le=1_000_000)


class InspectionFacts(Contract):
    """An inspection as it stands."""

    inspection_id: UUID
    order_id: UUID
    order: str = Field(description="order number")
    customer_id: UUID
    type: InspectionType
    milestone: str | None = Field(
        description="waits while it has failed; null: none does. With an inline or final one that has passed it happens"
    )
    lines: tuple[str, ...]
    state: InspectionState
    day: date = Field(description="for which it is or was planned")
    inspector: str | None = Field(default=None, description="login, where it is ours")
    third_party: str | None = Field(default=None, description="who inspects, where it is not ours")
    sampling: Sampling
    repeats: UUID | None = Field(default=None, description="the one that failed before it")
    inspected_on: date | None = None
    inspected: int | None = Field(default=None, description="units that were looked at")
    defects: tuple[Defect, ...] = ()
    note: str | None = None
    exception_id: UUID | None = Field(default=None, description="in which its failure is seen to")
    reported_by: str | None = None
    waived_by: str | None = Field(default=None, description="who accepted the goods all the same")
    waived_on: date | None = None
    reason: str | None = Field(default=None, description="why it was waived or withdrawn")
    on_behalf_of: str | None = Field(default=None, description="the absent inspector, whose deputy reported it")


class InspectionPlanned(Event, type="orders.inspection.planned.v1"):
    """Goods are to be inspected on a day; again, where `repeats` failed."""

    inspection: InspectionFacts


class InspectionChanged(Event, type="orders.inspection.changed.v1"):
    """It is planned otherwise."""

    inspection: InspectionFacts


class InspectionPassed(Event, type="orders.inspection.passed.v1"):
    """The goods are as agreed. The milestones that happened by it are told by their own events."""

    inspection: InspectionFacts


class InspectionFailed(Event, type="orders.inspection.failed.v1"):
    """The goods are not as agreed. Its milestone cannot happen before it is repeated or waived."""

    inspection: InspectionFacts


class InspectionWaived(Event, type="orders.inspection.waived.v1"):
    """Somebody answers for it that the goods go on although they failed."""

    inspection: InspectionFacts


class InspectionWithdrawn(Event, type="orders.inspection.withdrawn.v1"):
    """It is not made."""

    inspection: InspectionFacts
