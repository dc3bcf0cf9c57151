"""Inspections over HTTP: planned, made, repeated, waived or withdrawn; listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.orders.exceptions import queries as exceptions_shown
from services.orders.exceptions import store as exceptions
from services.orders.exceptions.domain import OwnWork
from services.orders.exceptions.queries import ExceptionShown
from services.orders.inspections import domain, queries, store
from services.orders.inspections.domain import DEPARTMENT, InspectionElsewhere, Outcome
from services.orders.inspections.model import Inspection, InspectionPlan, PlanInspection, Reason, ReportInspection, WaiveInspection
from services.orders.inspections.queries import InspectionDone, InspectionShown, InspectionsQuery, Moved
from services.orders.inspections.words import NO_EXCEPTION
from services.orders.milestones.domain import OrderOver
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.production import store as production
from services.orders.production.model import Progress
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import Elsewhere
from services.orders.sight import named, reporter, sight
from shared.contracts.customers import Role
from shared.contracts.exceptions import ExceptionOpened
from shared.contracts.reasons import not_staff
from shared.ids import new_id
from shared.problems import Invalid, NotFound, Stale
from shared.web.auth import ANYONE, MANAGERS, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes

INSPECTIONS = "/api/orders/inspections"
INSPECTORS: frozenset[Role] = WRITERS | {"qc"}
"""Those who follow orders, and those who inspect goods; beside them whoever is of the department DEPARTMENT."""

routes = Routes("inspections")


@dataclass(frozen=True, slots=True)
class Held:
    """An inspection whose order is locked, with the order and all its other inspections."""

    inspection: Inspection
    plan: Plan
    others: list[Inspection]


@routes.post("/api/orders/{order}/inspections", roles=ANYONE, status=201, problems=(NotFound, OrderOver))
async def plan_inspection(call: Call, order: str, body: PlanInspection) -> Reply[InspectionDone]:
    """Plan an inspection. Of incoming material, inline, final or in a laboratory; its day is the word on QC_INLINE or QC_FINAL.

    What fails holds up its milestone and what comes after. The plan is that of ISO 2859-1 or any other: lot, sample, and how many defects
    of each class are accepted.
    """
    await _require(call)
    plan = await planning.lock_order(call.tx, order, await sight(call), call.now.date())
    await _check_inspector(call, body)
    others = await store.of_order(call.tx, plan.order_id)
    made = domain.plan_inspection(await _progress(call, plan), body, others, inspection_id=new_id(), by=call.principal.login, now=call.now)
    return await _made(call, made)


@routes.put(INSPECTIONS + "/{inspection}", roles=ANYONE, if_match=True, problems=(NotFound, InspectionElsewhere, Elsewhere, Stale))
async def change_inspection(call: Call, inspection: UUID, body: InspectionPlan) -> InspectionDone:
    """Plan an inspection otherwise, while it is not made."""
    await _require(call)
    held = await _hold(call, inspection)
    call.require_version(held.inspection.version)
    await _check_inspector(call, body)
    return await _save(
        call, domain.change(await _progress(call, held.plan), held.inspection, body, held.others, call.now), "estimate_stated"
    )


@routes.post(INSPECTIONS + "/{inspection}/result", roles=ANYONE, problems=(NotFound, InspectionElsewhere, Elsewhere))
async def report_inspection(call: Call, inspection: UUID, body: ReportInspection) -> InspectionDone:
    """Say what an inspection found. What has passed records its milestone, with all rules of an actual date.

    With several inspections of a leg the last one does; `not_recorded` says which rule forbids it. What failed opens an exception of the
    kind quality, and its milestone cannot happen before it is repeated or waived. A final inspection of more than is made, by what is
    reported of production, is refused. Whoever is named as the inspector may report it, and his deputy while he is away.
    """
    who = await named(call)
    held = await _hold(call, inspection, who.mine)
    if not who.concerned(held.inspection.inspector):
        await _require(call)
    made, absent = await _progress(call, held.plan), who.absent(held.inspection.inspector)
    outcome = domain.report(made, held.inspection, body, held.others, by=who.login, on_behalf_of=absent, today=call.now.date())
    if body.outcome == "failed":
        outcome = domain.seen_to(outcome, await _exception(call, held, body.exception, outcome))
    return await _save(call, outcome, "actual_recorded")


@routes.post(
    INSPECTIONS + "/{inspection}/repeats", roles=ANYONE, status=201, problems=(NotFound, OrderOver, InspectionElsewhere, Elsewhere)
)
async def repeat_inspection(call: Call, inspection: UUID, body: InspectionPlan) -> Reply[InspectionDone]:
    """Plan to inspect the same goods again, after they failed."""
    await _require(call)
    held = await _hold(call, inspection)
    await _check_inspector(call, body)
    login = call.principal.login
    made = domain.repeat(
        await _progress(call, held.plan), held.inspection, body, held.others, inspection_id=new_id(), by=login, now=call.now
    )
    return await _made(call, made)


@routes.post(INSPECTIONS + "/{inspection}/waiver", roles=MANAGERS, problems=(NotFound, InspectionElsewhere, OwnWork, Elsewhere))
async def waive_inspection(call: Call, inspection: UUID, body: WaiveInspection) -> InspectionDone:
    """Let goods go on although they failed, with the reason. By a manager who neither inspected them nor reported it."""
    held = await _hold(call, inspection)
    made, by = await _progress(call, held.plan), call.principal.login
    waived = domain.waive(made, held.inspection, body, held.others, by=by, today=call.now.date())
    return await _save(call, waived, "actual_recorded")


@routes.post(INSPECTIONS + "/{inspection}/withdrawal", roles=ANYONE, problems=(NotFound, InspectionElsewhere, Elsewhere))
async def withdraw_inspection(call: Call, inspection: UUID, body: Reason) -> InspectionDone:
    """Withdraw an inspection that will not be made, with the reason."""
    await _require(call)
    held = await _hold(call, inspection)
    return await _save(call, domain.withdraw(held.plan, held.inspection, body.reason, held.others, call.now), "estimate_stated")


@routes.get(INSPECTIONS, roles=ANYONE)
async def list_inspections(call: Call, query: InspectionsQuery) -> Page[InspectionShown]:
    """List inspections by the day they are planned for. Of orders in sight, and those that the caller makes or stands in for who does.

    `open=true` are those that somebody has still to see to.
    """
    return await queries.list_inspections(call.tx, query, await sight(call), (await named(call)).mine)


@routes.get(INSPECTIONS + "/{inspection}", roles=ANYONE, problems=(NotFound,))
async def read_inspection(call: Call, inspection: UUID) -> InspectionShown:
    """Read an inspection. Its inspector may, too, where he does not see the order, and his deputy while he is away."""
    return await queries.show(call.tx, inspection, await sight(call), (await named(call)).mine)


async def _require(call: Call) -> None:
    """Forbidden but for INSPECTORS and whoever is of the department."""
    (await reporter(call, INSPECTORS)).require_of(DEPARTMENT)


async def _hold(call: Call, inspection_id: UUID, logins: Sequence[str] = ()) -> Held:
    """An inspection in sight, or one that one of `logins` is to make, under the lock of its order."""
    seen = await store.read(call.tx, inspection_id, await sight(call), logins)
    plan = await shipments.lock_order(call.tx, seen.order, None, call.now.date())
    known = {one.inspection_id: one for one in await store.of_order(call.tx, plan.order_id)}
    return Held(known.pop(inspection_id), plan, list(known.values()))


async def _progress(call: Call, plan: Plan) -> Progress:
    """The order with what is reported of its production."""
    return (await production.progress(call.tx, [plan]))[plan.order_id]


async def _check_inspector(call: Call, body: InspectionPlan) -> None:
    if body.inspector is not None and not await exceptions.at_work(call.tx, body.inspector):
        raise Invalid(not_staff(body.inspector), field="inspector")


async def _exception(call: Call, held: Held, named: UUID | None, failed: Outcome) -> UUID:
    """The exception of a failure: the one named, that of the failure before it while it is open, or a new one."""
    if named is not None:
        if await _takes(call, held.plan, named):
            return named
        raise Invalid(NO_EXCEPTION, field="exception")
    before = next((one.exception_id for one in failed.changed[1:]), None)
    if before is not None and await _takes(call, held.plan, before):
        return before
    place = await exceptions.order_place(call.tx, held.plan.number, None)
    opened = domain.complain(failed, place, exception_id=new_id(), by=call.principal.login, now=call.now)
    await exceptions.save(call.tx, call.stamp(), opened, ExceptionOpened(exception=opened.told()))
    return opened.exception_id


async def _takes(call: Call, plan: Plan, exception_id: UUID) -> bool:
    try:
        found: ExceptionShown = await exceptions_shown.read_exception(call.tx, exception_id, (), None)
    except NotFound:
        return False
    return found.status == "open" and found.kind == "quality" and plan.number in {order.number for order in found.orders}


async def _made(call: Call, made: Outcome) -> Reply[InspectionDone]:
    return Reply(await _save(call, made, "estimate_stated"), headers={"Location": f"{INSPECTIONS}/{made.asked.inspection_id}"})


async def _save(call: Call, outcome: Outcome, because: str) -> InspectionDone:
    moves = (await store.save(call.tx, call.stamp(), outcome, because)).moves
    moved = Moved(
        nodes=moves.nodes,
        lines=moves.lines,
        at_risk=tuple(line.line for line in moves.at_risk),
        recorded=outcome.recorded,
        not_recorded=outcome.unmoved,
    )
    return InspectionDone(**dict(await queries.show(call.tx, outcome.asked.inspection_id, None)), moved=moved)
