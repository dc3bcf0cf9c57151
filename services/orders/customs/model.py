"""Customs entries as they are declared and as they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.customs.examples import ENTRY
from services.orders.fields import Body, Day, GivenLeg, Note, Number
from shared.contracts.customs import CustomsFacts, CustomsState
from shared.contracts.exceptions import ConcernedOrder, Severity
from shared.contracts.text import Both, Shape

Regime = Annotated[str, Shape(r"^[0-9]{4}$", Both("is not a customs regime: four digits, like 0110", "须为四位监管方式代码，如 0110"))]


class EntryBody(Body):
    """What an entry is found by, and the documents it was declared with."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENTRY]})

    number: Annotated[Number, Field(description="of the declaration")]
    regime_code: Annotated[Regime, Field(description="customs regime: 0110 is general trade in China")]
    documents: Annotated[tuple[UUID, ...], Field(max_length=50, description="of the orders concerned")] = ()


class Declaration(EntryBody):
    """Goods of an order are declared."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**ENTRY, "on": "2026-05-18", "shipment": "SH-2026-041"}]})

    on: Day
    shipment: GivenLeg = None


class ShipmentDeclaration(EntryBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{**ENTRY, "on": "2026-05-18"}]})

    on: Day


class Inspection(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"on": "2026-05-19", "note": "two cartons opened, goods as declared"}]})

    on: Day
    note: Annotated[Note, Field(description="what customs found")]


class Hold(Body):
    """Customs keeps the goods: an exception is opened with it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"on": "2026-05-19", "reason": "the HS code of line 2 is questioned", "severity": "major"}]}
    )

    on: Day
    reason: Note
    severity: Severity = "major"


class Release(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"on": "2026-05-20"}]})

    on: Day


@dataclass(frozen=True, slots=True)
class Entry:
    """A customs entry under the rules; of one order (`order_id`) or of a shipment (`shipment_id`), as they were declared: `lines` of each
    order, which it is of wherever they travel.
    """

    entry_id: UUID
    order_id: UUID | None
    shipment_id: UUID | None
    shipment: str | None
    orders: tuple[ConcernedOrder, ...]
    lines: Mapping[UUID, tuple[str, ...]]
    number: str
    regime_code: str
    documents: tuple[UUID, ...]
    declared_on: date
    declared_by: str
    state: CustomsState = "declared"
    inspected_on: date | None = None
    held_on: date | None = None
    released_on: date | None = None
    note: str | None = None
    exception_id: UUID | None = None
    version: int = 1

    def told(self) -> CustomsFacts:
        return CustomsFacts(**{name: getattr(self, name) for name in CustomsFacts.model_fields})
