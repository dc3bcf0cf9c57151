"""Plan templates: the chain of milestones that an order of one kind runs through."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.contracts.codes import Incoterm
from shared.contracts.text import LocalText

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class Milestone(BaseModel):
    """One step of the chain; `duration_days` are calendar days after the step before it (the first step's are not used)."""

    model_config = _FROZEN

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]{1,19}$")
    name: LocalText
    department: str = Field(min_length=1, max_length=40)
    duration_days: int = Field(ge=0, le=365)
    visible: bool = Field(description="the customer sees it, and hears when its date moves")


class Template(BaseModel):
    """Milestones in the order in which they happen, and the one at which the promise is met."""

    model_config = _FROZEN

    code: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    name: LocalText
    delivery_point: str
    delivery_point_by_incoterm: Mapping[Incoterm, str] = Field(default_factory=dict, description="where a term delivers elsewhere")
    milestones: tuple[Milestone, ...] = Field(min_length=1, max_length=60)

    @model_validator(mode="after")
    def _points_exist(self) -> Self:
        codes = [step.code for step in self.milestones]
        if len(set(codes)) != len(codes):
            raise ValueError("a milestone is listed twice")
        for point in (self.delivery_point, *self.delivery_point_by_incoterm.values()):
            if point not in codes:
                raise ValueError(f"the delivery point {point} is not a milestone of the template")
        return self

    def point_for(self, incoterm: Incoterm | None) -> str:
        """The milestone at which an order under `incoterm` has been delivered."""
        return self.delivery_point if incoterm is None else self.delivery_point_by_incoterm.get(incoterm, self.delivery_point)

    def codes(self) -> tuple[str, ...]:
        return tuple(step.code for step in self.milestones)
