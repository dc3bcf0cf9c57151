"""Days that hang on a milestone."""

from pydantic import Field

from shared.contracts.event import Contract


class DueAfter(Contract):
    """So many calendar days after a milestone, wherever that moves; before it where they are negative."""

    milestone: str
    days: int = Field(ge=-3650, le=3650)
