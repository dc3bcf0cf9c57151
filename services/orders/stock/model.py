"""Checks of stock as they are reported and as they stand."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from services.orders.fields import Body, Day, Note, Number, Short
from services.orders.stock.words import ON_HOLD
from shared.contracts.exceptions import Severity
from shared.contracts.stock import StockFacts

Quantity = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6)]


class LineStock(Body):
    """What is there for a line, in its unit of measure."""

    line: Number
    available: Annotated[Quantity, Field(description="what is there for it, with what quality holds")]
    on_hold: Annotated[Quantity, Field(description="how much of that quality holds")] = Decimal(0)
    place: Annotated[Short | None, Field(description="warehouse and bin")] = None
    ready: Annotated[bool, Field(description="picked, and fit to leave the warehouse")] = False
    note: Note | None = None

    @field_validator("on_hold")
    @classmethod
    def _holds_what_is_there(cls, on_hold: Decimal, given: ValidationInfo) -> Decimal:
        if on_hold > given.data.get("available", on_hold):
            raise ValueError(ON_HOLD)
        return on_hold


class CheckStock(Body):
    """What a check of the stock has found. The newest check of a line counts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "day": "2026-04-08",
                    "lines": [
                        {"line": "1", "available": "1200", "place": "WH2 A-04", "ready": True},
                        {"line": "2", "available": "500", "on_hold": "80"},
                    ],
                    "severity": "major",
                }
            ]
        }
    )

    day: Day
    lines: Annotated[tuple[LineStock, ...], Field(min_length=1, max_length=1000)]
    severity: Annotated[
        Severity | None, Field(description="opens an exception of the kind shortage for what is short; left out, none is opened")
    ] = None


@dataclass(frozen=True, slots=True)
class Stock:
    """A check of a line. `exception_id` is the shortage that it is a part of."""

    check_id: UUID
    line: str
    shipment: str | None
    needed: Decimal
    uom: str
    day: date
    available: Decimal
    on_hold: Decimal
    ready: bool
    place: str | None = None
    note: str | None = None
    exception_id: UUID | None = None

    @property
    def short(self) -> Decimal:
        return max(Decimal(0), self.needed - self.available + self.on_hold)

    def told(self) -> StockFacts:
        return StockFacts(**{name: getattr(self, name) for name in StockFacts.model_fields})
