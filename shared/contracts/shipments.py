"""Events of orders about shipments. Aggregate: the shipment."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.codes import Mode
from shared.contracts.event import Contract, Event
from shared.contracts.text import LocalText


class Transport(Contract):
    """How a shipment travels and how people find it."""

    mode: Mode | None = None
    carrier: str | None = None
    vessel: str | None = None
    vessel_imo: str | None = Field(default=None, description="IMO number of the vessel")
    voyage: str | None = None
    booking: str | None = None
    transport_document: str | None = Field(default=None, description="B/L or air waybill number")
    containers: tuple[str, ...] = ()
    port_of_loading: str | None = Field(default=None, description="UN/LOCODE")
    port_of_discharge: str | None = Field(default=None, description="UN/LOCODE")
    transhipment_ports: tuple[str, ...] = Field(default=(), description="UN/LOCODEs on the way; none: direct, as far as known")


class ShipmentCreated(Event, type="orders.shipment.created.v1"):
    """A new shipment, as yet without orders."""

    shipment_id: UUID
    number: str
    transport: Transport


class ShipmentChanged(Event, type="orders.shipment.changed.v1"):
    """Carries the shipment's transport as it is now."""

    shipment_id: UUID
    number: str
    transport: Transport


class ShipmentScheduled(Event, type="orders.shipment.scheduled.v1"):
    """What the carrier says of the sailing is another than before. Each order tells for itself what it moved."""

    shipment_id: UUID
    number: str
    etd: date | None
    eta: date | None


class ShippedLine(Contract):
    order: str = Field(description="order number")
    line: str


class ShipmentSplit(Event, type="orders.shipment.split.v1"):
    """Some of its lines travel in another shipment from now on."""

    shipment_id: UUID
    number: str
    into: str = Field(description="number of the other shipment")
    lines: tuple[ShippedLine, ...]
    reason: str


class ShipmentMerged(Event, type="orders.shipment.merged.v1"):
    """All its lines travel in another shipment from now on; nothing travels in this one."""

    shipment_id: UUID
    number: str
    into: str = Field(description="number of the other shipment")
    lines: tuple[ShippedLine, ...]
    reason: str


class ShipmentRolled(Event, type="orders.shipment.rolled.v1"):
    """It missed its vessel, or was left behind by it, and travels with another."""

    shipment_id: UUID
    number: str
    before: Transport
    after: Transport
    reason: str


CutoffKind = Literal["shipping_instructions", "verified_gross_mass", "container_yard", "customs"]

CUTOFFS: Mapping[CutoffKind, LocalText] = MappingProxyType(
    {
        "shipping_instructions": LocalText(en="the shipping instructions", zh_cn="提单补料"),
        "verified_gross_mass": LocalText(en="the verified gross mass", zh_cn="核实总重 (VGM) 申报"),
        "container_yard": LocalText(en="the container yard", zh_cn="重箱进港"),
        "customs": LocalText(en="customs clearance", zh_cn="海关放行"),
    }
)
"""What each is the last moment for."""


class CutoffFacts(Contract):
    """By when something must be done for the goods to leave with the vessel: an instant, said in the zone of the port of loading."""

    kind: CutoffKind
    at: datetime
    zone: str = Field(description="IANA time zone")
    stated: bool = Field(description="by the carrier; else reckoned back from the departure")
    revision: int = Field(ge=1)
    met_at: datetime | None = None


class ShipmentCutoffsChanged(Event, type="orders.shipment.cutoffs_changed.v1"):
    """The cut-offs as they are now."""

    shipment_id: UUID
    number: str
    cutoffs: tuple[CutoffFacts, ...]


class LateForCutoff(Contract):
    order_id: UUID
    number: str
    customer_id: UUID
    milestone: str
    expected: date


class ShipmentCutoffAtRisk(Event, type="orders.shipment.cutoff_at_risk.v1"):
    """What must be done by a cut-off is expected after it or was not done when it passed, or the vessel leaves before it. Told once of each
    revision of it.
    """

    shipment_id: UUID
    number: str
    cutoff: CutoffFacts
    missed: bool = Field(description="it has passed")
    overtaken: bool = Field(default=False, description="it lies after the departure: the carrier has to state it anew")
    orders: tuple[LateForCutoff, ...] = Field(description="whose goods are expected too late")


class ArrivingOrder(Contract):
    order_id: UUID
    number: str
    customer_id: UUID
    eta: date


class ShipmentArriving(Event, type="orders.shipment.arriving.v1"):
    """It arrives within days: time to get ready for the goods. Told once of each day on which it is expected."""

    shipment_id: UUID
    number: str
    eta: date = Field(description="the latest of its orders'")
    transport: Transport
    orders: tuple[ArrivingOrder, ...] = Field(description="that are on their way in it")
