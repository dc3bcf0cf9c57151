"""What keeps milestones of an order from happening, beside the plan itself."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Failed:
    """An inspection of these lines that failed, and was neither repeated since nor waived: what it is to meet cannot happen."""

    inspection_id: UUID
    milestone: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detained:
    """A customs entry that is held: the lines declared with it are not released."""

    entry_id: UUID
    number: str
    lines: tuple[str, ...]
