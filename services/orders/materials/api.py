"""Material over HTTP: what orders wait for, bought, expected, received; what each line does to the milestone that waits for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.corrections import store as corrections
from services.orders.corrections.domain import ActualCorrected, Righted
from services.orders.delays.simulations import breaches
from services.orders.exceptions import store as exceptions
from services.orders.fields import Answer
from services.orders.materials import domain, queries, store
from services.orders.materials.domain import Fed, MaterialElsewhere
from services.orders.materials.model import (
    CorrectReceipt,
    Material,
    MaterialTerms,
    MaterialWithdrawal,
    NeededMaterials,
    NewEta,
    NewReceipt,
    Purchase,
    Shortage,
)
from services.orders.materials.queries import MaterialShown, MaterialsQuery
from services.orders.milestones.domain import GateClosed, Unmoved
from services.orders.planning import store as planning
from services.orders.planning.domain.deadlines import Breaches
from services.orders.planning.model import Plan
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import Elsewhere
from services.orders.sight import sight
from services.orders.suppliers import store as suppliers
from services.orders.waiting import store as waiting
from shared.contracts.customers import Role
from shared.contracts.event import Event
from shared.contracts.exceptions import ExceptionOpened
from shared.contracts.materials import MaterialRequired
from shared.contracts.orders import MovedLine, MovedNode
from shared.ids import new_id
from shared.problems import NotFound, Stale
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call
from shared.web.paging import Page
from shared.web.routes import Routes

MATERIALS = "/api/orders/materials"
BUYERS: frozenset[Role] = WRITERS | {"buyer"}
"""Those who follow orders, and those who buy for them."""
ALL_THERE = "收货更正后不短缺 / nothing is short by the corrected receipt"
"""How a shortage ended that was none."""

routes = Routes("materials")


class MilestoneMet(Answer):
    shipment: str | None
    milestone: str
    on: date


class PlanMoved(Answer):
    """What it did to the plan of the order."""

    met: Annotated[tuple[MilestoneMet, ...], Field(description="milestones that have happened with it")] = ()
    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones that are expected on another day")] = ()
    corrected: Annotated[tuple[ActualCorrected, ...], Field(description="milestones that a wrong receipt had recorded")] = ()
    not_recorded: Annotated[tuple[Unmoved, ...], Field(description="milestones that wait for an inspection that failed")] = ()
    lines: tuple[MovedLine, ...] = ()
    at_risk: Annotated[tuple[str, ...], Field(description="lines newly expected after their promise")] = ()


class MaterialMoved(MaterialShown):
    """A line as it stands now, and what that did."""

    plan: PlanMoved


class MaterialsNeeded(Answer):
    materials: tuple[MaterialShown, ...]
    plan: PlanMoved


class MaterialSimulated(MaterialMoved):
    breaches: Breaches


@routes.post("/api/orders/{order}/materials", roles=BUYERS, status=201, problems=(NotFound, GateClosed, Elsewhere))
async def require_materials(call: Call, order: str, body: NeededMaterials) -> MaterialsNeeded:
    """Say which material an order waits for. All lines or none; enter them before the first is received, which may be the last."""
    plan = await shipments.lock_order(call.tx, order, await sight(call), call.now.date())
    there = await store.of_order(call.tx, plan.order_id)
    known = await suppliers.known(call.tx, {one.supplier for one in body.materials if one.supplier is not None})
    made = domain.need(
        plan,
        body.materials,
        ids=[new_id() for _ in body.materials],
        customer=await store.customer(call.tx, plan.customer_id),
        suppliers=known,
        there=len(there),
        today=call.now.date(),
    )
    await store.watch_order(call.tx, plan.order_id)
    await store.save(call.tx, call.stamp(), [(one, MaterialRequired(material=one.told())) for one in made])
    fed = await _feed(call, plan, there, [*there, *made])
    return MaterialsNeeded(materials=tuple(queries.shown(one, call.now.date()) for one in made), plan=_moved(plan, fed))


@routes.put(MATERIALS + "/{material}", roles=BUYERS, if_match=True, problems=(NotFound, MaterialElsewhere, GateClosed, Elsewhere, Stale))
async def change_material(call: Call, material: UUID, body: MaterialTerms) -> MaterialMoved:
    """Say anew what is needed. With another quantity it may be all there. Purchase, ETA and receipts stay."""
    known, plan = await _lock(call, material)
    call.require_version(known.version)
    return await _save(call, plan, *domain.change(known, plan, body, await _suppliers(call, body.supplier), call.now.date()))


@routes.post(MATERIALS + "/{material}/purchase", roles=BUYERS, problems=(NotFound, MaterialElsewhere, GateClosed, Elsewhere))
async def order_material(call: Call, material: UUID, body: Purchase) -> MaterialMoved:
    """Say that material is ordered. With the last line of the order MAT_PO has happened. Said again it corrects number and day."""
    known, plan = await _lock(call, material)
    return await _save(call, plan, *domain.order(known, body, await _suppliers(call, body.supplier), call.now.date()))


@routes.post(MATERIALS + "/{material}/eta", roles=BUYERS, problems=(NotFound, MaterialElsewhere, Elsewhere))
async def expect_material(call: Call, material: UUID, body: NewEta) -> MaterialMoved:
    """Say when material is expected. The milestone that waits for it is expected with the last of its lines."""
    known, plan = await _lock(call, material)
    found = domain.expect(known, body.eta, call.now.date())
    if found is None:
        return MaterialMoved(**dict(queries.shown(known, call.now.date())), plan=PlanMoved())
    return await _save(call, plan, *found)


@routes.post(MATERIALS + "/{material}/eta/simulations", roles=BUYERS, problems=(NotFound, MaterialElsewhere, Elsewhere))
async def simulate_eta(call: Call, material: UUID, body: NewEta) -> MaterialSimulated:
    """Ask what another ETA would do. Answers what saying it would answer, with the deadlines it would break, and writes nothing."""
    known = await store.read(call.tx, material, await sight(call))
    (plan,) = await planning.read_plans(call.tx, [known.order_id], call.now.date())
    there = await store.of_order(call.tx, known.order_id)
    now, _ = domain.expect(known, body.eta, call.now.date()) or (known, None)
    fed = domain.feed(plan, there, _with(there, now), call.now)
    said = queries.shown(now, call.now.date())
    return MaterialSimulated(**dict(said), plan=_moved(plan, fed), breaches=await breaches(call.tx, fed.settled))


@routes.post(MATERIALS + "/{material}/receipts", roles=BUYERS, problems=(NotFound, MaterialElsewhere, GateClosed, Elsewhere))
async def receive_material(call: Call, material: UUID, body: NewReceipt) -> MaterialMoved:
    """Say that material has come, all of it or a part. With the last line the milestone that waits for it has happened."""
    known, plan = await _lock(call, material)
    return await _save(call, plan, *domain.receive(known, body, call.principal.login, call.now.date()))


@routes.post(
    MATERIALS + "/{material}/receipts/{receipt}/correction",
    roles=BUYERS,
    problems=(NotFound, MaterialElsewhere, GateClosed, Elsewhere),
)
async def correct_receipt(call: Call, material: UUID, receipt: int, body: CorrectReceipt) -> MaterialMoved:
    """Correct a receipt that is wrong, with the reason. Another quantity, another day, or nothing; the first stays on record.

    A date that it gave its milestone is corrected with it: what is not all there has not happened, delays that it closed hold again. A
    line that is all there with it is not short, and the exception of that is closed.
    """
    known, plan = await _lock(call, material)
    now, event = domain.correct_receipt(known, receipt, body, call.principal.login, call.now.date())
    if known.exception_id is not None and now.exception_id is None:
        await exceptions.end_shortage(call.tx, call.stamp(), known.exception_id, f"{ALL_THERE}: {body.reason}")
    return await _save(call, plan, now, event, wrong=body.reason)


@routes.post(MATERIALS + "/{material}/shortage", roles=BUYERS, problems=(NotFound, MaterialElsewhere, GateClosed, Elsewhere))
async def close_short(call: Call, material: UUID, body: Shortage) -> MaterialMoved:
    """Say that the rest will not come. Nothing more is waited for; opens an exception, in which it is seen to."""
    known, plan = await _lock(call, material)
    now, event, opened = domain.close_short(known, body, exception_id=new_id(), by=call.principal.login, now=call.now)
    await exceptions.save(call.tx, call.stamp(), opened, ExceptionOpened(exception=opened.told()))
    return await _save(call, plan, now, event)


@routes.post(MATERIALS + "/{material}/withdrawal", roles=BUYERS, problems=(NotFound, MaterialElsewhere, GateClosed, Elsewhere))
async def withdraw_material(call: Call, material: UUID, body: MaterialWithdrawal) -> MaterialMoved:
    """Withdraw material that is not needed, of which nothing has come."""
    known, plan = await _lock(call, material)
    return await _save(call, plan, *domain.withdraw(known, body.reason))


@routes.get(MATERIALS, roles=ANYONE)
async def list_materials(call: Call, query: MaterialsQuery) -> Page[MaterialShown]:
    """List material lines, those needed first at the top. `late=true` are those that come too late or should be there."""
    return await queries.list_materials(call.tx, query, await sight(call), call.now.date())


@routes.get(MATERIALS + "/{material}", roles=ANYONE, problems=(NotFound,))
async def read_material(call: Call, material: UUID) -> MaterialShown:
    """Read a material line."""
    return queries.shown(await store.read(call.tx, material, await sight(call)), call.now.date())


async def _lock(call: Call, material: UUID) -> tuple[Material, Plan]:
    """A line in sight, under the lock of its order."""
    owners = await sight(call)
    plan = await shipments.lock_order(call.tx, (await store.read(call.tx, material, owners)).order, owners, call.now.date())
    return await store.read(call.tx, material, owners), plan


async def _suppliers(call: Call, code: str | None) -> set[str]:
    return await suppliers.known(call.tx, [code]) if code is not None else set()


async def _save(call: Call, plan: Plan, now: Material, event: Event, *, wrong: str | None = None) -> MaterialMoved:
    """`wrong` is why the dates do not hold that the line as it was gave its milestones."""
    there = await store.of_order(call.tx, plan.order_id)
    after = _with(there, now)
    await store.save(call.tx, call.stamp(), [(now, event)])
    righted = await _correct(call, plan, there, after, wrong) if wrong is not None else None
    fed = await _feed(call, plan, there, after, righted)
    return MaterialMoved(**dict(queries.shown(now, call.now.date())), plan=_moved(plan, fed, righted.corrected if righted else ()))


async def _correct(call: Call, plan: Plan, before: Sequence[Material], after: Sequence[Material], reason: str) -> Righted:
    was, now = domain.there(plan, before), domain.there(plan, after)
    return await corrections.follow(call.tx, plan, was, now, reason)


async def _feed(call: Call, plan: Plan, before: Sequence[Material], after: Sequence[Material], righted: Righted | None = None) -> Fed:
    fed = domain.feed(righted.settled.after if righted else plan, before, after, call.now)
    [settled] = await waiting.follow(call.tx, call.stamp(), [fed.settled], store.FED, righted=righted)
    return replace(fed, settled=settled)


def _with(lines: Sequence[Material], now: Material) -> list[Material]:
    return [now if one.material_id == now.material_id else one for one in lines]


def _moved(plan: Plan, fed: Fed, corrected: tuple[ActualCorrected, ...] = ()) -> PlanMoved:
    moves, pairs = fed.settled.moves, zip(plan.nodes, fed.settled.after.nodes, strict=True)
    return PlanMoved(
        met=tuple(
            MilestoneMet(shipment=now.shipment, milestone=now.milestone, on=now.actual)
            for was, now in pairs
            if was.actual is None and now.actual is not None
        ),
        corrected=corrected,
        not_recorded=fed.unmoved,
        nodes=moves.nodes,
        lines=moves.lines,
        at_risk=tuple(line.line for line in moves.at_risk),
    )
