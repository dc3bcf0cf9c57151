"""A line that is split, or joined again, as it is asked for and as it stands."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field

from services.orders.fields import Body, Note, Number
from services.orders.planning.model import Plan
from services.orders.splitting.examples import JOIN_LINE, SPLIT_LINE
from shared.contracts.legs import LineJoined, LineSplit
from shared.contracts.orders import OrderLine

Portion = Annotated[Decimal | None, Field(ge=0, max_digits=18, decimal_places=6)]


class SplitLine(Body):
    """Part of a line's quantity goes by itself: as a new line of the same goods, with the same price, supplier and promise."""

    model_config = ConfigDict(json_schema_extra={"examples": [SPLIT_LINE]})

    line: Annotated[Number, Field(description="keeps its number and the rest")]
    part: Annotated[Number, Field(description="number of the new line")]
    quantity: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6, description="what goes into it, in the line's unit")]
    shipment: Annotated[Number | None, Field(description="in which the part travels; null: in none yet; left out: in that of the line")] = (
        None
    )
    made: Annotated[Portion, Field(description="of what is reported as made; left out, what is more than the rest")] = None
    in_stock: Annotated[Portion, Field(description="of what the last check found; left out, what is more than the rest")] = None
    reason: Note

    @property
    def moves(self) -> bool:
        """A shipment is named for the part, or that it has none yet."""
        return "shipment" in self.model_fields_set


class JoinLine(Body):
    """A part goes with the line that it was split from after all, or with another part of that."""

    model_config = ConfigDict(json_schema_extra={"examples": [JOIN_LINE]})

    line: Annotated[Number, Field(description="takes the quantity and the worth of the part, which travels with it")]
    part: Annotated[Number, Field(description="is no line any more")]
    reason: Note


@dataclass(frozen=True, slots=True)
class Known:
    """A line as it stands; `part_of` is the one that it was ordered as, where it was split from it, `joined_into` the one that it is a
    part of again.
    """

    told: OrderLine
    part_of: str | None
    joined_into: str | None


@dataclass(frozen=True, slots=True)
class Parted:
    """An order whose line was split: its plan with both, nothing moved yet, what is left of the line, and what is told of it."""

    plan: Plan
    rest: OrderLine
    event: LineSplit


@dataclass(frozen=True, slots=True)
class Joined:
    """A line with what its part gives back to it, and what is told of it."""

    line: OrderLine
    event: LineJoined
