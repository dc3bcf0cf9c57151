"""Documents as they are asked for and as they stand."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from services.orders.documents.words import REASON
from services.orders.fields import Body, Day, Note, Number, Short
from services.orders.templates.model import Department
from shared.contracts.blame import blame
from shared.contracts.due import DueAfter
from shared.contracts.papers import DocumentCode, DocumentFacts, DocumentState, Step
from shared.contracts.text import Both


class DocumentTerms(Body):
    """By when a document has to be there, and whose work it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"department": "docs", "due_after": {"milestone": "ON_BOARD", "days": 5}}]})

    department: Department
    due_on: Day | None = None
    due_after: Annotated[DueAfter | None, Field(description="days after a milestone, or before it: the shipment, mostly")] = None

    @model_validator(mode="after")
    def _due_once(self) -> Self:
        if (self.due_on is None) == (self.due_after is None):
            raise blame(
                ["due_on", "due_after"],
                Both("a document is due either on a day or some days after a milestone", "单证的期限为某日，或某节点后若干天，二者择一"),
            )
        return self


class NeededDocument(DocumentTerms):
    """A document that an order needs once, or once for each shipment named."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "INVOICE", "department": "docs", "due_on": "2026-05-22"}]})

    code: DocumentCode
    shipment: Annotated[Number | None, Field(description="left out: of the whole order")] = None


class NeededDocuments(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "documents": [
                        {
                            "code": "BILL_OF_LADING",
                            "shipment": "SH-2026-041",
                            "department": "docs",
                            "due_after": {"milestone": "ON_BOARD", "days": 3},
                        },
                        {"code": "ORIGIN", "department": "docs", "due_on": "2026-05-22"},
                    ]
                }
            ]
        }
    )

    documents: Annotated[tuple[NeededDocument, ...], Field(min_length=1, max_length=50)]


class DocumentStep(Body):
    """How far a document has come. A discrepancy and a waiver give their reason as `note`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"state": "issued", "on": "2026-05-31", "number": "COSU6321884420"},
                {"state": "discrepant", "on": "2026-06-05", "note": "the consignee's name differs from the credit's"},
            ]
        }
    )

    state: Step
    on: Day
    number: Annotated[Short | None, Field(description="the document's own number; left out, the one it has stays")] = None
    note: Annotated[Note | None, Field(validate_default=True)] = None

    @field_validator("note")
    @classmethod
    def _gives_its_reason(cls, note: str | None, given: ValidationInfo) -> str | None:
        if given.data.get("state") in ("discrepant", "waived") and note is None:
            raise ValueError(REASON)
        return note


@dataclass(frozen=True, slots=True)
class Document:
    """A document under the rules. `due` and `overdue` are as it was last looked at."""

    document_id: UUID
    order_id: UUID
    order: str
    customer_id: UUID
    shipment: str | None
    code: DocumentCode
    department: str
    due_on: date | None
    due_after: DueAfter | None
    due: date
    overdue: bool = False
    state: DocumentState = "missing"
    number: str | None = None
    on: date | None = None
    by: str | None = None
    note: str | None = None
    version: int = 1

    @property
    def lacking(self) -> bool:
        """It is not there, or not as it has to be."""
        return self.state in ("missing", "discrepant")

    def told(self) -> DocumentFacts:
        return DocumentFacts(**{name: getattr(self, name) for name in DocumentFacts.model_fields})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line that was taken out of the shipment of a document and is in none yet. `missing`: the document was, so that it needs one where
    it goes.
    """

    document_id: UUID
    line: str
    missing: bool
