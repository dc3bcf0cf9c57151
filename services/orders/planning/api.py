"""Plans over HTTP: read as a table and as a picture, and tried for an order that is not entered yet."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from services.orders.calendars import store as calendars
from services.orders.calendars.domain import Owner, Parties, departments, named
from services.orders.clauses import queries as clauses
from services.orders.clauses.queries import ClauseShown
from services.orders.fields import Answer, Body, Day, MilestoneCode, Number, Short, require_ahead
from services.orders.planning import store
from services.orders.planning.domain import settle
from services.orders.planning.domain.reading import NodeRead, Stretch, Trial, attempt, read
from services.orders.planning.examples import PLAN
from services.orders.planning.model import Plan
from services.orders.planning.picture import picture
from services.orders.planning.prospects import LegProspect, prospects
from services.orders.sight import sight
from services.orders.suppliers import store as suppliers
from services.orders.templates import store as templates
from services.orders.templates.domain import Network, TemplateOutOfUse, compile_template
from services.orders.templates.words import no_point, retired
from services.orders.words import no_supplier
from shared.contracts.codes import Incoterm
from shared.contracts.confidential import CONFIDENTIAL
from shared.contracts.estimates import EstimateSource
from shared.contracts.places import Country
from shared.contracts.text import LocalText
from shared.problems import Invalid, NotFound
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Download
from shared.web.routes import Routes

routes = Routes("plans")


class SkippedShown(Answer):
    """Days in a row that do not count. `provisional`: the official list of their year is not published yet."""

    first: date
    last: date
    why: Annotated[str, Field(description="week, holiday or closure")]
    name: LocalText
    provisional: bool


Provisional = Annotated[
    bool, Field(description="reckoned over days of which the official list is not published yet, or from a day that was: it may still move")
]


class StatedShown(Answer):
    """Somebody's word on when the milestone will happen."""

    day: date
    source: EstimateSource
    at: datetime


class NodeShown(Answer):
    """A milestone of a leg with its dates and what explains them."""

    milestone: str
    name: LocalText
    stage: str
    department: str
    person: str | None
    calendar: str
    gate: bool
    visible: bool
    planned: date
    estimated: date
    due: Annotated[date | None, Field(description="the earlier day on which it was expected, where only days that passed made that later")]
    actual: date | None
    latest: Annotated[date, Field(description="the last day that still keeps the promise")]
    slack_days: Annotated[int, Field(description="calendar days from the expected day to the latest; negative when the promise is broken")]
    float_days: Annotated[int, Field(description="the same from the earliest day possible, did nothing wait for its plan")]
    critical: Annotated[bool, Field(description="still to come on the path that drives the delivery point")]
    passed: Annotated[bool, Field(description="it has happened, or something that cannot happen before it")]
    late: Annotated[bool, Field(description="expected after its plan by more than its tolerance")]
    driven_by: Annotated[
        str | None,
        Field(description="the milestone that drives its date; null: its own plan, delay or actual date, or what shows that it has passed"),
    ]
    held_to: Annotated[date | None, Field(description="new date of its open delay")]
    stated: StatedShown | None
    began: Annotated[date, Field(description="its work may begin at the end of this day")]
    skipped: Annotated[tuple[SkippedShown, ...], Field(description="days from `began` to its date that do not count")]
    provisional: Provisional


class LegShown(LegProspect):
    promise: Annotated[date, Field(description="the earliest that is still to be kept")]
    nodes: tuple[NodeShown, ...]


class PlanShown(Answer):
    """The plan of an order as of today, leg by leg, each node after those it waits for."""

    model_config = ConfigDict(json_schema_extra={"examples": [PLAN]})

    number: str
    template: str
    template_revision: int
    delivery_point: str
    version: int
    legs: tuple[LegShown, ...]
    clauses: Annotated[
        tuple[ClauseShown, ...] | None, CONFIDENTIAL, Field(description="open clauses of its contract, with their penalties")
    ]


class TryPlan(Body):
    """An order that is not entered yet. Without `delivery_point` the template's for the Incoterm holds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"start": "2026-02-26", "requested": "2026-05-18", "incoterm": "FOB", "supplier": "MILL", "country": "DE"}]
        }
    )

    start: Annotated[Day, Field(description="when what waits for nothing can happen: the order's confirmation, mostly")]
    requested: Annotated[Day | None, Field(description="the date the customer asks for")] = None
    incoterm: Incoterm | None = None
    delivery_point: MilestoneCode | None = None
    supplier: Annotated[Number | None, Field(description="whose calendar counts for material")] = None
    carrier: Short | None = None
    country: Annotated[Country | None, Field(description="the customer's")] = None


class MilestoneTried(Answer):
    milestone: str
    name: LocalText
    department: str
    calendar: str
    earliest: date
    latest: Annotated[date, Field(description="the last day that keeps the date asked for, else the earliest promise")]
    critical: bool
    skipped: tuple[SkippedShown, ...]
    provisional: Provisional


class PlanTried(Answer):
    """What could be promised. `slack_days` to the last day that keeps the date asked for; negative: it cannot be kept."""

    template: str
    template_revision: int
    delivery_point: str
    earliest_promise: date
    provisional: Provisional
    requested: date | None
    slack_days: int | None
    milestones: tuple[MilestoneTried, ...]


@routes.get("/api/orders/{order}/plan", roles=ANYONE, problems=(NotFound,))
async def read_plan(call: Call, order: str) -> PlanShown:
    """Read an order's plan as of today. With slack, the critical path, what drives each date and which days were skipped.

    What is overdue is expected today, and what waits for it accordingly. Of each leg it says whether its promise can be kept.
    """
    plan, today = await _as_of_today(call, order), call.now.date()
    legs = zip(read(plan), prospects(plan, today), strict=True)
    return PlanShown(
        number=plan.number,
        template=plan.network.template.code,
        template_revision=plan.network.revision,
        delivery_point=plan.delivery_point,
        version=plan.version,
        legs=tuple(LegShown(**dict(can), promise=leg.promise, nodes=tuple(map(_node, leg.nodes))) for leg, can in legs),
        clauses=await clauses.of_plan(call.tx, plan, today),
    )


@routes.get("/api/orders/{order}/plan.svg", roles=ANYONE, problems=(NotFound,))
async def draw_plan(call: Call, order: str) -> Download:
    """Draw an order's plan as of today. Planned, expected and actual dates, the critical path and delays, in the language asked for."""
    plan, today = await _as_of_today(call, order), call.now.date()
    drawn = picture(plan, read(plan), today, call.language)

    async def chunks() -> AsyncIterator[bytes]:
        yield drawn.encode()

    return Download(f"plan-{plan.number}.svg", "image/svg+xml; charset=utf-8", chunks())


async def _as_of_today(call: Call, order: str) -> Plan:
    """An order's plan, also where the day has begun and the clock has not come to it yet.

    What is stored are the dates that were told last. What explains them is not: slack, the critical path and what drives each date are
    reckoned as of today when they are read, and the dates with them, so that one answer fits together.
    """
    plan = await store.read_order(call.tx, order, await sight(call), call.now.date())
    return settle(plan) if plan.status == "open" else plan


@routes.post("/api/orders/templates/{template}/trials", roles=WRITERS, problems=(NotFound, TemplateOutOfUse))
async def try_plan(call: Call, template: str, body: TryPlan) -> PlanTried:
    """Plan an order without entering it. Answers the earliest date that can be promised and what decides it; writes nothing."""
    stored = await templates.read(call.tx, template)
    if stored.retired is not None:
        raise TemplateOutOfUse(retired(template))
    for name, day in (("start", body.start), ("requested", body.requested)):
        if day is not None:
            require_ahead(day, call.now.date(), name)
    if body.supplier is not None and not await suppliers.known(call.tx, [body.supplier]):
        raise Invalid(no_supplier(body.supplier), field="supplier")
    network = compile_template(stored.template, stored.revision)
    point = body.delivery_point or stored.template.point_for(body.incoterm)
    if point not in network.index:
        raise Invalid(no_point(template, point, network.codes), field="delivery_point")
    trial = await _attempt(call, network, point, body)
    return PlanTried(
        template=template,
        template_revision=stored.revision,
        delivery_point=point,
        earliest_promise=trial.earliest_promise,
        provisional=trial.provisional,
        requested=body.requested,
        slack_days=trial.slack_days,
        milestones=tuple(
            MilestoneTried(
                milestone=one.step.code,
                name=one.step.name,
                department=one.step.department,
                calendar=one.calendar,
                earliest=one.earliest,
                latest=one.latest,
                critical=one.critical,
                skipped=_skipped(one.skipped),
                provisional=one.provisional,
            )
            for one in trial.milestones
        ),
    )


async def _attempt(call: Call, network: Network, point: str, body: TryPlan) -> Trial:
    owners: list[Owner] = [("department", department) for department in departments([network])]
    owners += [("supplier", body.supplier)] if body.supplier else []
    owners += [("carrier", body.carrier)] if body.carrier else []
    known = await calendars.wanted(call.tx, named([network]), owners, body.country)
    chosen = known.choose(network, Parties((body.supplier,) if body.supplier else (), body.carrier, body.country))
    return attempt(network, chosen, known.days, point=point, start=body.start, requested=body.requested)


def _node(read: NodeRead) -> NodeShown:
    node, step = read.node, read.step
    return NodeShown(
        milestone=node.milestone,
        name=step.name,
        stage=step.stage,
        department=node.department,
        person=step.person,
        calendar=node.calendar,
        gate=step.gate,
        visible=node.visible,
        planned=node.planned,
        estimated=node.estimated,
        due=node.due,
        actual=node.actual,
        latest=read.latest,
        slack_days=read.slack_days,
        float_days=read.float_days,
        critical=read.critical,
        passed=read.passed,
        late=(node.estimated - node.planned).days > step.tolerance_days,
        driven_by=read.driven_by,
        held_to=read.held_to,
        stated=StatedShown(day=node.stated.day, source=node.stated.source, at=node.stated.at) if node.stated else None,
        began=read.began,
        skipped=_skipped(read.skipped),
        provisional=read.provisional,
    )


def _skipped(stretches: tuple[Stretch, ...]) -> tuple[SkippedShown, ...]:
    return tuple(SkippedShown(first=one.first, last=one.last, why=one.why, name=one.name, provisional=one.provisional) for one in stretches)
