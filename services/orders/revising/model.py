"""Another revision of its template for an order, as it is asked for, what it meets there, and what it makes different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, NamedTuple

from pydantic import ConfigDict, Field

from services.orders.calendars.domain import Calendars
from services.orders.fields import Answer, Body, Note
from services.orders.planning.model import Key, OpenDelay
from services.orders.shipments.model import Sailing
from services.orders.templates.model import Milestone
from shared.contracts.text import Both


class TakeRevision(Body):
    """The revision of its template that an order is to be planned with from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": 2, "reason": "he wants an inline inspection of each order"}]})

    revision: Annotated[int | None, Field(ge=1, le=1_000_000, description="the newest if left out")] = None
    reason: Note


class MilestoneRevised(Answer):
    """A milestone of which the revisions say different things: `before` is null for a new one, `after` for one that is gone."""

    milestone: str
    changed: Annotated[tuple[str, ...], Field(description="names of the fields that differ")]
    before: Milestone | None
    after: Milestone | None


class Replanned(Answer):
    """A milestone of a leg that is planned for another day; null where it is not in the plan."""

    shipment: str | None
    milestone: str
    before: date | None
    after: date | None


class Hanging(NamedTuple):
    """Something of the order that needs a milestone."""

    milestone: str
    what: Both


@dataclass(frozen=True, slots=True)
class Known:
    """What an order's plan is made with, and what hangs on it.

    `suppliers` are those of the lines of each leg, `country` is the customer's; `hanging` is what hangs on milestones that the revision
    does not have, `over` the delays whose milestones are behind the order, `counted` the highest revisions that its milestones ever had.
    `sailings` are those of its shipments where the revision is the first to plan a departure or an arrival.
    """

    calendars: Calendars
    suppliers: Mapping[str | None, Sequence[str]]
    country: str | None = None
    hanging: Sequence[Hanging] = ()
    over: Sequence[OpenDelay] = ()
    counted: Mapping[Key, int] = field(default_factory=dict)
    sailings: Mapping[str, Sailing] = field(default_factory=dict)
