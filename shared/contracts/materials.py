"""Events of the material that orders wait for. Aggregate: the material line. Internal: never shown to a customer."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.numbers import Plain

MaterialState = Literal["planned", "ordered", "received", "short", "withdrawn"]


class MaterialFacts(Contract):
    """Material that an order waits for, and how far it has come."""

    material_id: UUID
    order_id: UUID
    order: str = Field(description="order number")
    customer_id: UUID
    line: str | None = Field(description="the order line that it is for; null: for the whole order")
    milestone: str = Field(description="that waits for it")
    material: str = Field(description="its code")
    name: str | None
    supplier: str | None = Field(description="supplier code; null while there is none yet")
    po_number: str | None
    quantity: Plain
    uom: str
    received: Plain = Field(description="of that quantity, so far")
    need_by: date
    ordered_on: date | None
    eta: date | None
    state: MaterialState
    reason: str | None = Field(default=None, description="why it was closed short or withdrawn")


class MaterialRequired(Event, type="orders.material.required.v1"):
    """The order waits for this material; it may be ordered already."""

    material: MaterialFacts


class MaterialChanged(Event, type="orders.material.changed.v1"):
    """What is needed, by when or for what, was said anew."""

    material: MaterialFacts


class MaterialOrdered(Event, type="orders.material.ordered.v1"):
    """It is ordered from the supplier; again, where number or day were corrected."""

    material: MaterialFacts


class MaterialEtaChanged(Event, type="orders.material.eta_changed.v1"):
    """It is expected on another day than before, or no day is known any more."""

    material: MaterialFacts
    before: date | None


class MaterialReceived(Event, type="orders.material.received.v1"):
    """A part of it has come, or all of it: its state says which."""

    material: MaterialFacts
    quantity: Plain
    on: date
    receipt: int | None = Field(default=None, description="counts the receipts of the line")


class MaterialReceiptCorrected(Event, type="orders.material.receipt_corrected.v1"):
    """What was said to have come had not, or had come in another quantity or on another day: its state says whether all of it is there."""

    material: MaterialFacts
    receipt: int = Field(description="which of the line's receipts")
    before: Plain = Field(description="the quantity that was said before")
    before_on: date
    quantity: Plain = Field(description="0: nothing came")
    on: date
    last_on: date | None = Field(description="the last day on which any of the line came; null where nothing has")
    reason: str


class MaterialShort(Event, type="orders.material.short.v1"):
    """The rest of it will not come. The exception says what is done about it."""

    material: MaterialFacts
    exception_id: UUID


class MaterialWithdrawn(Event, type="orders.material.withdrawn.v1"):
    """It is not needed any more."""

    material: MaterialFacts
