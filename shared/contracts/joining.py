"""What lines that join a leg which is there expect from then on: a part of `plan.reestimated`."""

from datetime import date

from pydantic import Field

from shared.contracts.event import Contract
from shared.contracts.text import LocalText


class JoinedNode(Contract):
    """A milestone of lines that joined a leg, on another day there than where they were. Of the leg's other lines it stands."""

    shipment: str | None = Field(description="the leg that they joined")
    milestone: str
    lines: tuple[str, ...]
    visible: bool
    before: date = Field(description="expected where they were")
    after: date
    revision: int = Field(ge=0, description="of the leg's milestone, which does not count it; 0 while its first estimate still stands")
    name: LocalText | None = Field(default=None, description="what the milestone is called")
    due: date | None = Field(default=None, description="the earlier day on which it was expected, where only days that passed made it late")
