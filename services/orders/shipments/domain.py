"""Shipments: what travels together, and the names by which people find it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.orders.fields import Body, Locode, Number, Short
from shared.contracts.codes import Mode
from shared.contracts.orders import Transport

Container = Annotated[Number, StringConstraints(to_upper=True)]


class TransportBody(Body):
    """How a shipment travels; what is not known yet is left out."""

    mode: Mode | None = None
    carrier: Short | None = None
    vessel: Short | None = None
    voyage: Short | None = None
    booking: Short | None = None
    transport_document: Annotated[Short | None, Field(description="B/L or air waybill number")] = None
    containers: Annotated[tuple[Container, ...], Field(max_length=200, description="in capitals, whatever was typed")] = ()
    port_of_loading: Annotated[Locode | None, Field(description="UN/LOCODE, like CNSHA")] = None
    port_of_discharge: Annotated[Locode | None, Field(description="UN/LOCODE, like DEHAM")] = None

    def told(self) -> Transport:
        return Transport(**{name: getattr(self, name) for name in TransportBody.model_fields})


class NewShipment(TransportBody):
    number: Number
