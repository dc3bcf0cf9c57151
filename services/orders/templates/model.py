"""Plan templates as they are written: milestones, what each waits for, and where the order delivers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from services.orders.fields import Answer, Body, MilestoneCode, Note
from services.orders.templates.examples import SAMPLE_FIRST
from services.orders.templates.words import CALENDAR_CODE, TEMPLATE_CODE
from shared.contracts.codes import Incoterm, Mode, TradeType
from shared.contracts.text import LocalText, Shape

Stage = Literal["order", "sample", "material", "production", "quality", "logistics", "customs", "documents", "payment", "after_sales"]
Route = Literal["make", "stock"]
Waits = Literal["finish_to_start", "start_to_start", "finish_to_finish"]

TemplateCode = Annotated[str, Shape(r"^[a-z][a-z0-9-]{1,39}$", TEMPLATE_CODE)]
CalendarCode = Annotated[str, Shape(r"^[a-z][a-z0-9-]{1,59}$", CALENDAR_CODE)]
Department = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class Dependency(Body):
    """`milestone` comes first. A milestone starts, or with finish_to_finish finishes, no earlier than `lag_days` after it.

    start_to_start counts from the day on which the other one's work may begin. `together`: goods are loaded when the vessel is there, and
    not when it was to be.
    """

    milestone: MilestoneCode
    waits: Waits = "finish_to_start"
    lag_days: Annotated[int, Field(ge=0, le=365)] = 0
    calendar_days: Annotated[bool, Field(description="the lag counts every day, not the days this milestone works")] = False
    together: Annotated[
        bool, Field(description="it is not done long before this one: where this is late so is it, by the days planned between them")
    ] = False


MOST_TOLERATED = 60
"""Days that a milestone may be late at most before it counts as late."""


class Milestone(Body):
    """One step. It happens `duration_days` working days of its calendar after all that it waits for.

    A milestone that waits for nothing happens on the day it is planned.
    """

    code: MilestoneCode
    name: LocalText
    stage: Stage
    department: Department
    person: Annotated[str | None, Field(min_length=1, max_length=100, description="login of the one who owns it; else his department")] = (
        None
    )
    calendar: Annotated[CalendarCode, Field(description="a calendar's code, or whose it is: department, supplier, carrier, customer")] = (
        "every-day"
    )
    duration_days: Annotated[int, Field(ge=0, le=365)]
    after: Annotated[tuple[Dependency, ...], Field(max_length=20)] = ()
    visible: Annotated[bool, Field(description="the customer sees it, and hears when its date moves")]
    tolerance_days: Annotated[int, Field(ge=0, le=MOST_TOLERATED, description="calendar days it may be late before it counts as late")] = 0
    gate: Annotated[bool, Field(description="nothing after it happens before somebody has met it")] = False
    early: Annotated[bool, Field(description="comes earlier than planned when all it waits for does; a sailing does not")] = False


class Template(Body):
    """A named network of milestones for orders of one kind. An empty list of trade types, routes or modes means any."""

    model_config = ConfigDict(json_schema_extra={"examples": [SAMPLE_FIRST]})

    code: TemplateCode
    name: LocalText
    trade_types: tuple[TradeType, ...] = ()
    routes: tuple[Route, ...] = ()
    modes: tuple[Mode, ...] = ()
    urgent: Annotated[bool, Field(description="for small orders that must leave at once")] = False
    delivery_point: Annotated[MilestoneCode, Field(description="milestone at which the promise is met")]
    delivery_point_by_incoterm: Annotated[
        Mapping[Incoterm, MilestoneCode], Field(description="where the risk passes under a term, if elsewhere")
    ] = Field(default_factory=dict)
    milestones: Annotated[tuple[Milestone, ...], Field(min_length=1, max_length=60)]

    def point_for(self, incoterm: Incoterm | None) -> str:
        """The milestone at which an order under `incoterm` has been delivered."""
        return self.delivery_point if incoterm is None else self.delivery_point_by_incoterm.get(incoterm, self.delivery_point)


class WhyRetired(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "all goods are packed by the forwarder since May"}]})

    reason: Note


class Retired(Answer):
    """Who took a template out of use, when and why."""

    by: str
    at: datetime
    reason: str


class Unclear(Answer):
    """Orders of one kind that must name their template: none fits them best, or several do."""

    trade_type: TradeType
    route: Route
    urgent: bool
    modes: tuple[Mode, ...]
    fitting: Annotated[tuple[str, ...], Field(description="codes of those that fit equally well")]
