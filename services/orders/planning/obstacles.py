"""What keeps milestones of an order from happening, beside the plan itself."""

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.inspections import InspectionType

FINAL = "QC_FINAL"
"""The milestone that says of finished goods that they have passed."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An inspection of these lines that failed, and was neither repeated since nor waived: what it is to meet cannot happen. The plan may
    have nothing that it is to meet.
    """

    inspection_id: UUID
    type: InspectionType
    milestone: str | None
    lines: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """Whether it is of the goods as they are to leave, and not of material, of a sample or of what is being made."""
        return self.type == "final" or (self.type == "lab" and self.milestone in (FINAL, None))


@dataclass(frozen=True, slots=True)
class Detained:
    """A customs entry that is held: the lines declared with it are not released."""

    entry_id: UUID
    number: str
    lines: tuple[str, ...]
