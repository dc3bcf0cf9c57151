"""Shipments as they are asked for, and what is known of one whose lines change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from services.orders.arrivals.model import NoticeDays
from services.orders.cutoffs.domain import StateCutoffs
from services.orders.estimates.domain import Word
from services.orders.fields import Body, Day, Locode, Note, Number, Short, Vessel, require_soon
from services.orders.planning.model import OpenDelay
from services.orders.shipments import marks, words
from services.orders.shipments.examples import DELIVERY, NEW, ROLLED, SCHEDULE, SPLIT, TRANSPORT
from shared.contracts.blame import blame
from shared.contracts.codes import Mode
from shared.contracts.places import TimeZone
from shared.contracts.shipments import Transport
from shared.contracts.text import Shape
from shared.problems import Invalid

Container = Annotated[Number, StringConstraints(to_upper=True), AfterValidator(marks.container)]
Imo = Annotated[str, Shape(r"^[0-9]{7}$", words.IMO), AfterValidator(marks.imo)]


class TransportBody(Body):
    """How a shipment travels; what is not known yet is left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRANSPORT]})

    mode: Mode | None = None
    carrier: Short | None = None
    vessel: Vessel | None = None
    vessel_imo: Imo | None = None
    voyage: Short | None = None
    booking: Short | None = None
    transport_document: Annotated[Short | None, Field(description="B/L or air waybill number")] = None
    containers: Annotated[tuple[Container, ...], Field(max_length=200, description="in capitals, whatever was typed")] = ()
    port_of_loading: Annotated[Locode | None, Field(description="UN/LOCODE, like CNSHA")] = None
    port_of_discharge: Annotated[Locode | None, Field(description="UN/LOCODE, like DEHAM")] = None
    transhipment_ports: Annotated[tuple[Locode, ...], Field(max_length=10, description="UN/LOCODEs, in their order")] = ()

    @model_validator(mode="after")
    def _boxes_by_sea(self) -> Self:
        """What goes by rail, road or air may be in a wagon, a trailer or a unit of the aircraft."""
        odd = [f"containers.{index}" for index, number in enumerate(self.containers) if not marks.OF_A_CONTAINER.fits(number)]
        if odd and self.mode in (None, "sea", "barge"):
            raise blame(odd, words.CONTAINER)
        return self

    @model_validator(mode="after")
    def _each_box_once(self) -> Self:
        again = [f"containers.{index}" for index, number in enumerate(self.containers) if number in self.containers[:index]]
        if again:
            raise blame(again, words.TWICE)
        return self

    def told(self) -> Transport:
        return Transport(**{name: getattr(self, name) for name in TransportBody.model_fields})


def vessel_of(how: "TransportBody | RollShipment | Transport") -> tuple[str, str]:
    """The vessel and the voyage, to be compared: however they are typed."""
    return (how.vessel or "").upper(), (how.voyage or "").upper()


class NewShipment(TransportBody):
    model_config = ConfigDict(json_schema_extra={"examples": [NEW]})

    number: Number


class DeliveryInstructions(Body):
    """What was agreed about the goods' last way. Whom to call is a contact of the customer, by his id: no person is kept here."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY]})

    place: Annotated[Note | None, Field(description="where to deliver: the address of a site")] = None
    contact: Annotated[UUID | None, Field(description="id of the customer's contact")] = None
    forwarder: Annotated[Short | None, Field(description="the one that the customer nominated")] = None
    packing: Annotated[Note | None, Field(description="special packing")] = None
    handover: Annotated[Literal["to_door", "pickup"] | None, Field(description="brought to the door, or fetched by the customer")] = None
    notice_days: Annotated[NoticeDays | None, Field(description="told so many days before they arrive; else as the firm does")] = None


class Schedule(Body):
    """What the carrier says of the sailing; what he has not said, or takes back, is left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"etd": "2026-05-22", "eta": "2026-06-21"}]})

    etd: Annotated[Day | None, Field(description="expected departure from the port of loading")] = None
    eta: Annotated[Day | None, Field(description="expected arrival at the port of discharge")] = None

    def require_ahead(self, known: "Schedule", today: date) -> None:
        """Invalid for a day that has passed or lies too far ahead, unless it is `known`, and for an arrival before the departure."""
        for name in Schedule.model_fields:
            if (day := getattr(self, name)) is not None and day != getattr(known, name):
                require_soon(day, today, name)
        if self.etd is not None and self.eta is not None and self.eta < self.etd:
            raise Invalid(words.before_departure(self.eta, self.etd), field="eta")


class ScheduleSaid(Schedule):
    """The schedule, with the cut-offs that the carrier states for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [SCHEDULE]})

    cutoffs: Annotated[StateCutoffs | None, Field(description="as for the cut-offs by themselves; left out, they stand as they are")] = None


class ShippedLines(Body):
    order: Number
    lines: Annotated[
        tuple[Number, ...] | None, Field(min_length=1, max_length=1000, description="all of it in the shipment if left out")
    ] = None


class MoveLines(Body):
    """Lines of one order change their shipment: are put into one, taken out (`shipment` null), or moved to another."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"lines": ["1", "2"], "shipment": "SH-2026-041", "reason": "booked with COSCO"}]}
    )

    lines: Annotated[tuple[Number, ...], Field(min_length=1, max_length=1000)]
    shipment: Number | None
    reason: Note


class SplitShipment(Body):
    """Part of a shipment travels in another, which is made where there is none of its number."""

    model_config = ConfigDict(json_schema_extra={"examples": [SPLIT]})

    into: NewShipment
    orders: Annotated[tuple[ShippedLines, ...], Field(min_length=1, max_length=200)]
    reason: Note


class MergeShipment(Body):
    """Everything in a shipment travels in another that there is already."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"into": "SH-2026-041", "reason": "both fit into one container"}]})

    into: Number
    reason: Note


class RollShipment(Schedule):
    """The shipment missed its vessel and travels with another. Only what is given here is another than before."""

    model_config = ConfigDict(json_schema_extra={"examples": [ROLLED]})

    vessel: Vessel
    vessel_imo: Imo | None = None
    voyage: Short
    carrier: Short | None = None
    booking: Short | None = None
    zone: Annotated[TimeZone | None, Field(description="of the port of loading, where it is not known yet, for the cut-offs")] = None
    reason: Note

    def require_another(self, known: Transport) -> None:
        """Invalid for the vessel and the voyage of which it is `known` to be: the carrier's other days of them are a schedule."""
        if vessel_of(self) == vessel_of(known):
            raise Invalid(words.same_sailing(known), field="voyage")


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody said last by hand of a milestone of a shipment for the carrier, and when, as far as that is known; no day where he took
    it back. `departs` is, of an arrival, when the vessel leaves that he said it of.
    """

    day: date | None
    at: datetime | None
    departs: date | None = None


UNTYPED = Typed(None, None)


@dataclass(frozen=True, slots=True)
class Sailing:
    """What lines meet that join a shipment: how it travels, its open delays and those of its vessel, what the carrier says of it, with the
    day on which the vessel `departs` that he says the arrival of, and whether it has left already. `followed` are orders that a
    disruption has listed whose run is to come to them, each after that: it finds their goods wherever they are. `words` are those of the
    carrier on its other milestones."""

    transport: Transport | None = None
    held: Sequence[OpenDelay] = ()
    etd: date | None = None
    eta: date | None = None
    said_at: datetime | None = None
    departs: date | None = None
    left: bool = False
    version: int = 0
    followed: Collection[tuple[UUID, UUID]] = frozenset()
    words: Mapping[str, Word] = field(default_factory=dict)
