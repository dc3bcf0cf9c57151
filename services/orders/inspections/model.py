"""Inspections as they are planned and as they stand."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, field_validator, model_validator

from services.orders.fields import Body, Day, MilestoneCode, Note, Number, Short
from services.orders.inspections.words import sample_too_large
from shared.contracts.blame import blame
from shared.contracts.exceptions import Severity
from shared.contracts.inspections import Defect, InspectionFacts, InspectionState, InspectionType, Sampling
from shared.contracts.text import Both
from shared.contracts.text import Line as Login

SAMPLED: dict[str, Any] = {
    "lot_size": 1200,
    "sample_size": 80,
    "critical": {"accept": 0},
    "major": {"accept": 5, "aql": "2.5"},
    "minor": {"accept": 7, "aql": "4.0"},
}
PLANNED: dict[str, Any] = {"day": "2026-05-15", "inspector": "qian.li", "sampling": SAMPLED}
FOUND: dict[str, Any] = {
    "outcome": "failed",
    "date": "2026-05-15",
    "inspected": 80,
    "defects": [{"severity": "major", "description": "open seam", "count": 9}],
}
"""Examples."""


class InspectionPlan(Body):
    """When it is made, by whom, and what a sample may have."""

    model_config = ConfigDict(json_schema_extra={"examples": [PLANNED]})

    day: Annotated[Day, Field(description="while it is ahead, it is the word on when the milestone happens")]
    inspector: Annotated[Login | None, Field(description="login of active staff")] = None
    third_party: Annotated[Short | None, Field(description="who inspects, where it is nobody of ours")] = None
    sampling: Sampling

    @model_validator(mode="after")
    def _inspected_by_one(self) -> Self:
        if (self.inspector is None) == (self.third_party is None):
            raise blame(
                ["inspector", "third_party"],
                Both("it is made either by an inspector of ours or by a third party", "验货由我司验货员或第三方进行，二者择一"),
            )
        return self

    @field_validator("sampling")
    @classmethod
    def _samples_the_lot(cls, sampling: Sampling) -> Sampling:
        if sampling.sample_size > sampling.lot_size:
            raise ValueError(sample_too_large(sampling.sample_size, sampling.lot_size))
        return sampling


class PlanInspection(InspectionPlan):
    """An inspection of those lines of an order, of those of one shipment or, where neither is said, of all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "final", "lines": ["1", "2"], **PLANNED}]})

    type: InspectionType
    milestone: Annotated[
        MilestoneCode | None, Field(description="that waits while the goods have failed; left out: that of the type, where the plan has it")
    ] = None
    shipment: Number | None = None
    lines: Annotated[tuple[Number, ...] | None, Field(min_length=1, max_length=1000)] = None

    @model_validator(mode="after")
    def _of_one_or_the_other(self) -> Self:
        if self.shipment is not None and self.lines is not None:
            raise blame(["shipment", "lines"], Both("name the lines or their shipment, not both", "请填写订单行或其出运批次，不可同时填写"))
        return self


class FoundDefect(Body):
    """A defect of one kind."""

    severity: Severity
    description: Short
    count: Annotated[int, Field(ge=1, le=1_000_000)]


class ReportInspection(Body):
    """What was found. It has to agree with the plan: passed is what has no more defects of any class than that accepts."""

    model_config = ConfigDict(json_schema_extra={"examples": [FOUND]})

    outcome: Literal["passed", "failed"]
    date: Day
    inspected: Annotated[int, Field(ge=1, le=1_000_000_000, description="units that were looked at")]
    defects: Annotated[tuple[FoundDefect, ...], Field(max_length=200)] = ()
    note: Annotated[Note | None, Field(description="needed where it failed with no more defects than are accepted")] = None
    exception: Annotated[
        UUID | None, Field(description="an open quality exception of the order that a failure belongs to; left out, one is opened")
    ] = None


class Reason(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the buyer inspects at his warehouse"}]})

    reason: Note


class WaiveInspection(Reason):
    """The goods go on although they failed, and why that may be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"date": "2026-05-16", "reason": "the buyer takes them at 3 % less"}]})

    date: Day


@dataclass(frozen=True, slots=True)
class Inspection:
    """An inspection under the rules. `repeated`: another that repeats it has its result. `on_behalf_of` is the inspector, where his deputy
    reported it.
    """

    inspection_id: UUID
    order_id: UUID
    order: str
    customer_id: UUID
    type: InspectionType
    milestone: str | None
    lines: tuple[str, ...]
    day: date
    inspector: str | None
    third_party: str | None
    sampling: Sampling
    planned_by: str
    repeats: UUID | None = None
    state: InspectionState = "planned"
    repeated: bool = False
    inspected_on: date | None = None
    inspected: int | None = None
    defects: tuple[Defect, ...] = ()
    note: str | None = None
    exception_id: UUID | None = None
    reported_by: str | None = None
    waived_by: str | None = None
    waived_on: date | None = None
    reason: str | None = None
    on_behalf_of: str | None = None
    version: int = 1

    @property
    def stands(self) -> bool:
        """It failed, and nothing has been made of that."""
        return self.state == "failed" and not self.repeated

    @property
    def open(self) -> bool:
        """Somebody has still to see to it."""
        return self.state == "planned" or self.stands

    @property
    def cleared(self) -> date | None:
        """The day on which its goods could go on."""
        return self.waived_on or (self.inspected_on if self.state == "passed" else None)

    def told(self) -> InspectionFacts:
        return InspectionFacts(**{name: getattr(self, name) for name in InspectionFacts.model_fields})
