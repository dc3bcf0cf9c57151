"""Material lines as they are asked for and as they stand."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from services.orders.fields import Body, Day, MilestoneCode, Note, Number, Short
from services.orders.materials.words import TOGETHER
from shared.contracts.exceptions import Severity
from shared.contracts.materials import MaterialFacts, MaterialState

MAT_IN = "MAT_IN"
"""The milestone that waits for material, where no other is named."""

Quantity = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6)]


class MaterialTerms(Body):
    """What is needed, of whom, how much, by when and for what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"material": "FAB-2231", "name": "Twill 3/1 navy", "supplier": "MILL", "quantity": "1850", "uom": "MTR"}]
        }
    )

    material: Annotated[Number, Field(description="material code")]
    name: Short | None = None
    supplier: Annotated[Number | None, Field(description="supplier code; left out: none is chosen yet")] = None
    quantity: Quantity
    uom: Annotated[Short, Field(description="unit of measure, UNECE Rec 20 where there is one", max_length=20)]
    tolerance_percent: Annotated[
        Decimal, Field(ge=0, le=50, max_digits=5, decimal_places=3, description="so much less is all of it, and so much more may come")
    ] = Decimal(0)
    line: Annotated[Number | None, Field(description="the order line that it is for; left out: for the whole order")] = None
    milestone: Annotated[MilestoneCode, Field(description="that waits for it")] = MAT_IN
    need_by: Annotated[Day | None, Field(description="left out: the last day of the milestone that keeps the promise")] = None
    note: Note | None = None


class NeededMaterial(MaterialTerms):
    """Material that an order waits for. With its purchase order where it is ordered already."""

    po_number: Annotated[Short | None, Field(max_length=60)] = None
    ordered_on: Annotated[Day | None, Field(validate_default=True)] = None
    eta: Annotated[Day | None, Field(description="when it is expected")] = None

    @field_validator("ordered_on")
    @classmethod
    def _ordered_or_not(cls, ordered_on: date | None, given: ValidationInfo) -> date | None:
        if "po_number" in given.data and (given.data["po_number"] is None) != (ordered_on is None):
            raise ValueError(TOGETHER)
        return ordered_on


class NeededMaterials(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "materials": [
                        {"material": "FAB-2231", "name": "Twill 3/1 navy", "supplier": "MILL", "quantity": "1850", "uom": "MTR",
                         "tolerance_percent": "3", "po_number": "4500-118", "ordered_on": "2026-03-02", "eta": "2026-03-20"},
                        {"material": "ZIP-18", "quantity": "1200", "uom": "PCE", "line": "1"},
                    ]
                }
            ]
        }
    )  # fmt: skip

    materials: Annotated[tuple[NeededMaterial, ...], Field(min_length=1, max_length=200)]


class Purchase(Body):
    """It is ordered. Said again, it takes the place of what was said; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"po_number": "4500-118", "date": "2026-03-02", "eta": "2026-03-20"}]})

    po_number: Annotated[Short, Field(max_length=60)]
    date: Day
    supplier: Annotated[Number | None, Field(description="supplier code")] = None
    eta: Day | None = None


class NewEta(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"eta": "2026-03-27"}]})

    eta: Annotated[Day | None, Field(description="null: it is not known any more")]


class NewReceipt(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"quantity": "900", "date": "2026-03-20"}]})

    quantity: Quantity
    date: Day


class CorrectReceipt(Body):
    """What had come after all. What is left out stays as it was said."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"quantity": "840", "reason": "one roll was counted twice"}]})

    quantity: Annotated[Decimal | None, Field(ge=0, max_digits=18, decimal_places=6, description="0: nothing came")] = None
    date: Day | None = None
    reason: Note


class Shortage(Body):
    """The rest will not come: an exception is opened with it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "the mill has no more yarn", "date": "2026-03-24", "severity": "major"}]}
    )

    reason: Note
    date: Day
    severity: Severity = "major"


class MaterialWithdrawal(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the customer takes buttons instead"}]})

    reason: Note


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came on a day, and who said so; a correction is the same receipt in another revision, with its reason."""

    number: int
    quantity: Decimal
    date: date
    by: str
    revision: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """A material line under the rules. `need_by` is as it was last counted, where none is `stated`."""

    material_id: UUID
    order_id: UUID
    order: str
    customer_id: UUID
    customer: str
    line: str | None
    milestone: str
    material: str
    name: str | None
    supplier: str | None
    quantity: Decimal
    uom: str
    tolerance_percent: Decimal
    stated: date | None
    need_by: date
    note: str | None
    state: MaterialState = "planned"
    po_number: str | None = None
    ordered_on: date | None = None
    eta: date | None = None
    receipts: tuple[Receipt, ...] = ()
    closed_on: date | None = None
    reason: str | None = None
    exception_id: UUID | None = None
    version: int = 1

    @property
    def open(self) -> bool:
        """Some of it is still to come."""
        return self.state in ("planned", "ordered")

    @property
    def standing(self) -> tuple[Receipt, ...]:
        """The newest revision of each receipt."""
        return tuple({receipt.number: receipt for receipt in self.receipts}.values())

    @property
    def came(self) -> tuple[Receipt, ...]:
        """The receipts that count: of those that stand all by which something came."""
        return tuple(receipt for receipt in self.standing if receipt.quantity)

    @property
    def received(self) -> Decimal:
        return sum((receipt.quantity for receipt in self.came), Decimal(0))

    @property
    def least(self) -> Decimal:
        """With so much it is all there."""
        return self.quantity * (100 - self.tolerance_percent) / 100

    @property
    def most(self) -> Decimal:
        """So much may come."""
        return self.quantity * (100 + self.tolerance_percent) / 100

    @property
    def done_on(self) -> date | None:
        """The day since which nothing more of it is waited for."""
        if self.state == "received":
            return max(receipt.date for receipt in self.came)
        return self.closed_on

    def coming(self, today: date) -> date | None:
        """When the rest of it is expected; a day that has passed without it says nothing any more."""
        return self.eta if self.open and self.eta is not None and self.eta >= today else None

    def told(self) -> MaterialFacts:
        return MaterialFacts(**{name: getattr(self, name) for name in MaterialFacts.model_fields})
