"""Events of orders about one thing that makes many orders late. Aggregate: the disruption. Internal: never shown to a customer.

It logs one delay for each customer it touches, whose events belong to the disruption, too. A notice of such a delay is held until the
customer's owner releases it.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.orders import Cause
from shared.contracts.text import LocalText

ScopeKind = Literal["vessel", "shipment", "port", "supplier", "factory", "material", "closed_day"]
PortSide = Literal["loading", "discharge"]


class Scope(Contract):
    """What is late: `name` is a vessel, a shipment's number, a port's UN/LOCODE, a supplier's code, a material's, or the code of the work
    calendar that a factory's steps are counted in, or that is closed on some days."""

    kind: ScopeKind
    name: str
    voyage: str | None = Field(default=None, description="of a vessel")
    at: PortSide | None = Field(default=None, description="of a port: where the goods are loaded, or where they are discharged")
    first: date | None = Field(default=None, description="of closed days: the first on which nobody works")
    last: date | None = Field(default=None, description="of closed days: the last of them")


class DisruptionFacts(Contract):
    """What is late and by how much: to a day, or by days."""

    disruption_id: UUID
    scope: Scope
    milestone: str = Field(description="late in each order; of a material and of closed days that of the first order, as each has its own")
    to: date | None
    days: int | None = Field(description="calendar days, from what each order expects; of closed days both are null: the calendar says it")
    causes: tuple[Cause, ...]
    action: LocalText = Field(description="what is being done, in words fit for the customers")
    ask: LocalText | None = None
    ask_by: date | None = None
    next_news_on: date | None = None
    orders: int = Field(description="how many were found")
    opened_by: str


class DisruptionOpened(Event, type="orders.disruption.opened.v1"):
    """Somebody knows of it and looks at what it touches; nothing is delayed yet."""

    disruption: DisruptionFacts


class DisruptionConfirmed(Event, type="orders.disruption.confirmed.v1"):
    """What it touches was looked for again, and its delays are being logged from now on."""

    disruption_id: UUID
    orders: int | None = Field(default=None, description="how many were found then, those left out not counted")


class DisruptionLogged(Event, type="orders.disruption.logged.v1"):
    """Every order it touches is delayed, or was left out for a reason."""

    disruption_id: UUID
    delayed: int
    skipped: int


class HeldNotice(Contract):
    """The notice of one customer's delay."""

    delay_id: UUID
    customer_id: UUID


class DisruptionReleased(Event, type="orders.disruption.released.v1"):
    """Customers may hear of their delays: their owner lets them, or what moves nothing has nothing to tell."""

    disruption_id: UUID
    notices: tuple[HeldNotice, ...] = Field(max_length=1000)


class DisruptionWithdrawn(Event, type="orders.disruption.withdrawn.v1"):
    """It was opened by mistake; nothing was delayed."""

    disruption_id: UUID
    reason: str
