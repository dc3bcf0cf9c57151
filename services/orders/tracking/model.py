"""Tracking events as carriers tell them: the shapes of DCSA Track & Trace 2.2 and 3.0, read into one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from services.orders.cutoffs.domain import zone_of
from services.orders.fields import MEANT, single_blanks
from services.orders.planning.model import Key, OpenDelay
from services.orders.tracking import words
from shared.contracts.reasons import reason
from shared.contracts.text import ONE_LINE, Both
from shared.problems import FieldError, Invalid

Kind = Literal["SHIPMENT", "TRANSPORT", "EQUIPMENT"]
Classifier = Literal["PLN", "EST", "ACT"]
Instant = Annotated[AwareDatetime, MEANT]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), ONE_LINE]


class _Shape(BaseModel):
    """A part of an event; fields of it that say nothing to us are passed over, and so are empty ones: not all who send leave them out."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _said(cls, raw: Any) -> Any:
        return {name: value for name, value in raw.items() if value not in (None, "")} if isinstance(raw, dict) else raw


class _Metadata(_Shape):
    event_id: Text = Field(alias="eventID")
    created: Instant = Field(alias="eventCreatedDateTime")
    kind: Kind = Field(alias="eventType")
    retracts: Text | None = Field(default=None, alias="retractedEventID")


class _Reference(_Shape):
    kind: Text = Field(validation_alias=AliasChoices("type", "documentReferenceType", "referenceType"))
    value: Text | None = Field(default=None, validation_alias=AliasChoices("value", "documentReferenceValue", "referenceValue"))


class _Location(_Shape):
    port: Text | None = Field(default=None, alias="UNLocationCode")


class _Vessel(_Shape):
    imo: Text | None = Field(default=None, alias="vesselIMONumber")
    name: Text | None = Field(default=None, validation_alias=AliasChoices("name", "vesselName"))


class _Barge(_Shape):
    name: Text | None = Field(default=None, validation_alias=AliasChoices("name", "bargeName"))


class _Call(_Location):
    mode: Text | None = Field(default=None, alias="modeOfTransport")
    location: _Location = _Location()
    vessel: _Vessel = _Vessel()
    barge: _Barge = _Barge()
    voyage: Text | None = Field(default=None, alias="carrierVoyageNumber")
    export: Text | None = Field(default=None, validation_alias=AliasChoices("carrierExportVoyageNumber", "exportVoyageNumber"))
    import_: Text | None = Field(default=None, validation_alias=AliasChoices("carrierImportVoyageNumber", "importVoyageNumber"))


_References = Annotated[tuple[_Reference, ...], Field(max_length=100)]
_Reasons = Annotated[tuple[Text, ...], Field(max_length=20), BeforeValidator(lambda raw: (raw,) if isinstance(raw, str) else raw)]
"""A list in 3.0, one in 2.2."""


class _Payload(_Shape):
    classifier: Classifier | None = Field(default=None, alias="eventClassifierCode")
    at: Instant | None = Field(default=None, alias="eventDateTime")
    call: _Call = Field(default=_Call(), alias="transportCall")
    location: _Location = Field(default=_Location(), validation_alias=AliasChoices("location", "eventLocation"))
    documents: _References = Field(default=(), validation_alias=AliasChoices("relatedDocumentReferences", "documentReferences"))
    references: _References = ()
    container: Text | None = Field(default=None, alias="equipmentReference")
    empty: Literal["LADEN", "EMPTY"] | None = Field(default=None, alias="emptyIndicatorCode")
    transhipment: bool = Field(default=False, alias="isTransshipmentMove")
    document_kind: Text | None = Field(default=None, alias="documentTypeCode")
    document: Text | None = Field(default=None, validation_alias=AliasChoices("documentReference", "documentID"))
    reasons: _Reasons = Field(default=(), validation_alias=AliasChoices("delayReasonCodes", "delayReasonCode"))
    remark: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] | None = Field(
        default=None, validation_alias=AliasChoices("changeRemark", "vesselScheduleChangeRemark", "reason")
    )
    transport_code: Text | None = Field(default=None, validation_alias=AliasChoices("transportEventTypeCode", "eventTypeCode"))
    equipment_code: Text | None = Field(default=None, validation_alias=AliasChoices("equipmentEventTypeCode", "eventTypeCode"))
    shipment_code: Text | None = Field(
        default=None, validation_alias=AliasChoices("shipmentEventTypeCode", "eventTypeCode", "eventSubtype")
    )


CODE = {"TRANSPORT": "transportEventTypeCode", "EQUIPMENT": "equipmentEventTypeCode", "SHIPMENT": "shipmentEventTypeCode"}


@dataclass(frozen=True, slots=True)
class Said:
    """What an event says. `code` is the standard's, for a document with the document's kind before it, as in `BKG CONF`; `reasons` are
    those of a delay, by their codes of SMDG.
    """

    kind: Kind
    code: str
    classifier: Classifier
    at: datetime
    port: str | None
    mode: str | None
    vessel: str | None
    vessel_imo: str | None
    voyages: frozenset[str]
    bookings: frozenset[str]
    transport_documents: frozenset[str]
    containers: frozenset[str]
    container: str | None
    laden: bool | None
    transhipment: bool
    reasons: tuple[str, ...] = ()
    remark: str | None = None

    @property
    def day(self) -> date:
        """The day at the place where it happens: in the time of its port, where that is known, else as the sender writes it."""
        zone = zone_of(self.port)
        return (self.at.astimezone(ZoneInfo(zone)) if zone is not None else self.at).date()


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """An event of a carrier: it says something, or takes back what the event `retracts` said."""

    event_id: str
    created: datetime
    retracts: str | None
    said: Said | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What an event says of a milestone of a shipment, or of none of its milestones, for the reason in `note`. Of a sender's events
    the one that he `created` later counts, by his clock, which may be ahead of ours. All of it `waits` where it may say something once the
    shipment is said to travel otherwise.
    """

    event: str
    shipment_id: UUID
    created: datetime
    received: datetime
    code: str
    classifier: Classifier
    at: datetime
    day: date
    port: str | None
    container: str | None
    milestone: str | None
    note: Both | None = None
    reasons: tuple[str, ...] = ()
    remark: str | None = None
    waits: Said | None = None

    @property
    def heard(self) -> datetime:
        """When it was said, beside what people say by hand: it is never newer than the moment in which we heard it."""
        return min(self.created, self.received)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What tracking recorded of an order, and nobody otherwise since: milestones and deliveries of lines. `denied` are the milestones of
    which somebody said, and when, that they have not happened after all; `over` the order's delays whose milestones are behind it.
    """

    nodes: frozenset[Key] = frozenset()
    lines: frozenset[str] = frozenset()
    denied: Mapping[Key, datetime] = field(default_factory=dict)
    over: Sequence[OpenDelay] = ()


NOTHING = Recorded()


def read_event(raw: Any) -> TrackingEvent:
    """The event in either shape; Invalid with everything that is wrong with it."""
    if not isinstance(raw, dict):
        raise Invalid(words.NO_OBJECT)
    about, where = parts_of(raw)
    metadata = _validated(_Metadata, raw["metadata"] if about else raw, about)
    if metadata.retracts is not None:
        return TrackingEvent(metadata.event_id, metadata.created, metadata.retracts, None)
    payload = _validated(_Payload, raw.get("payload") if where else raw, where)
    return TrackingEvent(metadata.event_id, metadata.created, None, _said(metadata, payload, where))


def parts_of(raw: Mapping[str, Any]) -> tuple[str, str]:
    """Where the fields of an event stand that are about it, and those that it says: 3.0 has a part for each."""
    return ("metadata.", "payload.") if "metadata" in raw else ("", "")


def event_id_of(raw: Any) -> str | None:
    """The id of an event that could not be read, as far as it has one."""
    metadata = raw.get("metadata", raw) if isinstance(raw, dict) else None
    found = metadata.get("eventID") if isinstance(metadata, dict) else None
    return found[:100] if isinstance(found, str) else None


def _validated(model: Any, raw: Any, where: str) -> Any:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        errors = error.errors(include_url=False)[:10]
        places = [(where + ".".join(map(str, one["loc"]))).rstrip(".") for one in errors]
        said = [reason(one) for one in errors]
        raise Invalid(words.is_wrong(places[0], said[0]), errors=tuple(map(FieldError, places, said))) from None


def _said(metadata: _Metadata, payload: _Payload, where: str) -> Said:
    kind = metadata.kind
    code = {"TRANSPORT": payload.transport_code, "EQUIPMENT": payload.equipment_code, "SHIPMENT": payload.shipment_code}[kind]
    # What happens to a document is told when it has happened; 2.2 need not say so.
    of_document = kind == "SHIPMENT"
    classifier = payload.classifier or ("ACT" if of_document else None)
    at = payload.at or (metadata.created if of_document else None)
    given = {CODE[kind]: code, "eventClassifierCode": classifier, "eventDateTime": at}
    if of_document:
        given["documentTypeCode"] = payload.document_kind
    missing = tuple(FieldError(where + name, words.is_missing(where + name)) for name, value in given.items() if value is None)
    if missing or code is None or classifier is None or at is None:
        raise Invalid(missing[0].reason, errors=missing)
    references = [(one.kind, one.value.upper()) for one in (*payload.documents, *payload.references) if one.value]
    if payload.document is not None and payload.document_kind is not None:
        references.append((payload.document_kind, payload.document.upper()))
    call = payload.call
    vessel = call.vessel.name or call.barge.name
    container = payload.container.upper() if payload.container else None
    return Said(
        kind=kind,
        code=f"{payload.document_kind} {code}" if of_document else code,
        classifier=classifier,
        at=at,
        port=call.port or call.location.port or payload.location.port,
        mode=call.mode,
        vessel=single_blanks(vessel).upper() if vessel else None,
        vessel_imo=call.vessel.imo,
        voyages=frozenset(voyage.upper() for voyage in (call.voyage, call.export, call.import_) if voyage),
        bookings=frozenset(value for reference, value in references if reference == "BKG"),
        transport_documents=frozenset(value for reference, value in references if reference == "TRD"),
        containers=frozenset({value for reference, value in references if reference == "EQ"} | ({container} if container else set())),
        container=container,
        laden=payload.empty == "LADEN" if payload.empty is not None else None,
        transhipment=payload.transhipment,
        reasons=payload.reasons,
        remark=payload.remark or None,
    )
