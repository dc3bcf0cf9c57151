"""Production over HTTP: what workshops report, one order or many at once; corrected; listed with what it lets expect."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.orders.corrections import store as corrections
from services.orders.corrections.domain import ActualCorrected, Righted
from services.orders.fields import Answer
from services.orders.milestones.domain import Happened, OrderOver, Unmoved
from services.orders.planning import store as planning
from services.orders.planning.domain import written
from services.orders.planning.words import no_order
from services.orders.production import domain, queries, store
from services.orders.production.domain import Followed, ReportCorrected, finishes
from services.orders.production.model import CorrectReport, Entry, Progress, ReportProgress, Reports, Stage, StageBody, StageCode
from services.orders.production.queries import ProductionQuery, ReportShown, StepShown
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import Elsewhere
from services.orders.sight import reporter, sight
from services.orders.waiting import store as waiting
from shared.contracts.customers import Role
from shared.contracts.orders import MovedNode
from shared.contracts.production import ExpectedFinish
from shared.contracts.text import Both, LocalText
from shared.ids import new_id
from shared.problems import FieldError, NotFound, Problem, Stale
from shared.web.auth import ANYONE, MANAGERS, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page, PageQuery
from shared.web.routes import Routes
from shared.web.together import attempt

PRODUCTION = "/api/orders/production"
STAGES = PRODUCTION + "/stages"
REPORTERS: frozenset[Role] = WRITERS | {"planner"}
"""Those who report whatever they see. Others report the milestones that their department answers for."""

routes = Routes("production")


class Production(Answer):
    """How far an order is, and what that lets expect of its milestones."""

    order: str
    steps: tuple[StepShown, ...]
    expected: tuple[ExpectedFinish, ...]
    not_recorded: Annotated[tuple[Unmoved, ...], Field(description="milestones that have happened by the reports, and why they could not")]


class Progressed(Production):
    """What reports did to an order."""

    version: int
    recorded: Annotated[tuple[Happened, ...], Field(description="milestones that have happened by it")]
    corrected: Annotated[tuple[ActualCorrected, ...], Field(description="milestones that a wrong report had recorded")]
    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones whose expected date moved")]
    at_risk: Annotated[tuple[str, ...], Field(description="lines newly expected after their promise")]


class ReportTaken(Answer):
    """What became of one report. `refused`: nothing of it is kept; `unchanged`: it says what was said before."""

    order: str
    line: str | None
    stage: str
    outcome: Literal["taken", "unchanged", "refused"]
    report: Annotated[UUID | None, Field(description="to correct it by")] = None
    reason: Both | None = None
    errors: tuple[FieldError, ...] = ()


class ReportsTaken(Answer):
    """One answer for each report, in their order, and the orders that they brought further."""

    taken: int = 0
    unchanged: int = 0
    refused: int = 0
    reports: tuple[ReportTaken, ...]
    orders: tuple[Progressed, ...]


class StageShown(Answer):
    code: str
    name: LocalText
    milestone: Annotated[str, Field(description="what it belongs to")]
    last: Annotated[bool, Field(description="its whole quantity is what the milestone waits for")]
    position: int
    version: int


class StagesShown(Answer):
    items: tuple[StageShown, ...]


@dataclass(frozen=True, slots=True)
class _Taken:
    """What became of each of several reports, and the orders with what they did to them."""

    outcomes: Sequence[Entry | Problem | None]
    known: Mapping[str, Progress]
    followed: Mapping[str, Followed]
    corrected: tuple[ActualCorrected, ...] = ()


@routes.post(
    "/api/orders/{order}/production", roles=ANYONE, status=201, also={200: "said before"}, problems=(NotFound, OrderOver, Elsewhere)
)
async def report_progress(call: Call, order: str, body: ReportProgress) -> Reply[Progressed]:
    """Report what a step of production has made of a line, all in all. The milestones it ends are expected at its rate so far.

    The first quantity records PRD_START, the whole of the last step what that ends, with all rules of an actual date. Open delays still
    hold a milestone; a promise never moves by this. Of those who do not follow orders, the department that answers for the milestone
    may report.
    """
    taken = await _take(call, [(order, body)])
    (outcome,) = taken.outcomes
    if isinstance(outcome, Problem):
        raise outcome
    return Reply(_progressed(taken, order, call.now.date()), status=201 if outcome else 200)


@routes.post(PRODUCTION, roles=ANYONE, problems=(Elsewhere,))
async def report_all(call: Call, body: Reports) -> ReportsTaken:
    """Report what a workshop made of many orders. Each report is answered by itself: those that are refused do not stop the others."""
    taken = await _take(call, [(one.order, one) for one in body.reports])
    reports = tuple(_answer(one.order, one.line, one.stage, outcome) for one, outcome in zip(body.reports, taken.outcomes, strict=True))
    count = Counter[str](one.outcome for one in reports)
    orders = tuple(_progressed(taken, number, call.now.date()) for number in taken.followed)
    return ReportsTaken(**count, reports=reports, orders=orders)


@routes.post(PRODUCTION + "/{report}/correction", roles=ANYONE, problems=(NotFound, OrderOver, ReportCorrected, Elsewhere))
async def correct_progress(call: Call, report: UUID, body: CorrectReport) -> Progressed:
    """Correct a report, with the reason. The first stays on record; a date that was recorded by it is corrected, too."""
    owners, who = await sight(call), await reporter(call, REPORTERS)
    number = await store.order_of(call.tx, report, owners)
    plan = await shipments.lock_order(call.tx, number, owners, call.now.date())
    before = (await store.progress(call.tx, [plan]))[plan.order_id]
    entry = domain.correct(plan, await store.standing(call.tx, report, before), body, who, new_id())
    await store.keep(call.tx, call.stamp(), {plan.order_id: [entry]})
    after, today = (await store.progress(call.tx, [plan]))[plan.order_id], call.now.date()
    was, now = domain.happened(before, today), domain.happened(after, today)
    righted = await corrections.follow(call.tx, plan, was, now, body.reason)
    [followed] = await _save(call, [domain.follow(before, replace(after, plan=righted.settled.after), [entry], call.now)], righted)
    taken = _Taken([entry], {number: after}, {number: followed}, righted.corrected)
    return _progressed(taken, number, today)


@routes.get(PRODUCTION, roles=ANYONE)
async def list_production(call: Call, query: ProductionQuery) -> Page[StepShown]:
    """List how far each step of each line is, with its rate and when it ends by that. `behind=true` are those that endanger a milestone."""
    return await queries.list_steps(call.tx, query, await sight(call), call.now.date())


@routes.get("/api/orders/{order}/production", roles=ANYONE, problems=(NotFound,))
async def read_production(call: Call, order: str) -> Production:
    """Read how far an order is, what holds it up, and when its milestones can be expected by that."""
    plan = await planning.read_order(call.tx, order, await sight(call), call.now.date())
    return _shown((await store.progress(call.tx, [plan]))[plan.order_id], call.now.date())


@routes.get("/api/orders/{order}/production/reports", roles=ANYONE, problems=(NotFound,))
async def list_progress_reports(call: Call, order: str, query: PageQuery) -> Page[ReportShown]:
    """List the reports on an order as they were made, corrected ones too. The newest first."""
    plan = await planning.read_order(call.tx, order, await sight(call), call.now.date())
    return await queries.list_reports(call.tx, plan.order_id, query)


@routes.get(STAGES, roles=ANYONE)
async def list_stages(call: Call) -> StagesShown:
    """List the steps of production, in the order of the process."""
    return StagesShown(items=tuple(_stage(stage, version) for stage, version in (await store.stages(call.tx)).values()))


@routes.put(STAGES + "/{stage}", roles=MANAGERS, if_match=True, problems=(Stale,))
async def save_stage(call: Call, stage: StageCode, body: StageBody) -> StageShown:
    """Write a step of production. A new one with If-Match "0"."""
    saved = Stage(stage, body.name, body.milestone, body.last, body.position)
    version = await store.save_stage(call.tx, saved)
    call.require_version(version - 1)
    return _stage(saved, version)


async def _take(call: Call, reports: Sequence[tuple[str, ReportProgress]]) -> _Taken:
    """Keep the reports that can be kept, and let their orders follow."""
    tx, today, who = call.tx, call.now.date(), await reporter(call, REPORTERS)
    plans = await shipments.lock_orders(tx, [number for number, _ in reports], await sight(call), today)
    before = await store.progress(tx, list(plans.values()))
    known = {number: before[plan.order_id] for number, plan in plans.items()}
    stages = {code: stage for code, (stage, _) in (await store.stages(tx)).items()}
    outcomes, entries = list[Entry | Problem | None](), dict[UUID, list[Entry]]()
    for number, body in reports:
        if number not in known:
            outcomes.append(NotFound(no_order(number), field="order"))
            continue
        outcome = attempt(domain.report, known[number], stages, body, who, new_id(), today)
        outcomes.append(outcome)
        if isinstance(outcome, Entry):
            entries.setdefault(plans[number].order_id, []).append(outcome)
            known[number] = known[number].with_track(outcome.track)
    followed = {
        number: domain.follow(before[plan.order_id], known[number], own, call.now)
        for number, plan in plans.items()
        if (own := entries.get(plan.order_id))
    }
    await store.keep(tx, call.stamp(), entries)
    return _Taken(outcomes, known, dict(zip(followed, await _save(call, list(followed.values())), strict=True)))


async def _save(call: Call, followed: Sequence[Followed], righted: Righted | None = None) -> list[Followed]:
    """Write what orders follow, and look again at those of which something could not be recorded; each as it is then."""
    settled = await waiting.follow(call.tx, call.stamp(), [one.settled for one in followed], store.REPORTED, righted=righted)
    for one in followed:
        if one.waits:
            await store.watch_order(call.tx, one.settled.after.order_id, True)
    return [replace(one, settled=now) for one, now in zip(followed, settled, strict=True)]


def _stage(stage: Stage, version: int) -> StageShown:
    same = {name: getattr(stage, name) for name in StageShown.model_fields if name != "version"}
    return StageShown(**same, version=version)


def _answer(order: str, line: str | None, stage: str, outcome: Entry | Problem | None) -> ReportTaken:
    if isinstance(outcome, Problem):
        return ReportTaken(order=order, line=line, stage=stage, outcome="refused", reason=outcome.detail, errors=outcome.errors)
    if outcome is None:
        return ReportTaken(order=order, line=line, stage=stage, outcome="unchanged")
    return ReportTaken(order=order, line=outcome.track.line, stage=stage, outcome="taken", report=outcome.report_id)


def _shown(known: Progress, today: date) -> Production:
    expected = tuple(one.told() for one in finishes(known.plan, known.tracks.values(), today))
    missing = domain.retry(known, today).unmoved if known.plan.status == "open" else ()
    return Production(order=known.plan.number, steps=tuple(queries.shown(known, today)), expected=expected, not_recorded=missing)


def _progressed(taken: _Taken, number: str, today: date) -> Progressed:
    """The order as it is now; one that no report brought further stands as before."""
    known, followed = taken.known[number], taken.followed.get(number)
    if followed is None:
        return Progressed(**dict(_shown(known, today)), version=known.plan.version, recorded=(), corrected=(), nodes=(), at_risk=())
    settled, moves = followed.settled, followed.settled.moves
    return Progressed(
        **dict(_shown(replace(known, plan=settled.after), today)),
        version=written(settled).version,
        recorded=followed.recorded,
        corrected=taken.corrected,
        nodes=moves.nodes,
        at_risk=tuple(line.line for line in moves.at_risk),
    )
