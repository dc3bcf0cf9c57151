"""Events of orders about shipments. Aggregate: the shipment."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.contracts.codes import Mode
from shared.contracts.event import Contract, Event


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
