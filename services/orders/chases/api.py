"""Chases over HTTP, for those who ask: asked, reminded, ended, listed."""

from uuid import UUID

from services.orders.chases import domain, queries, store
from services.orders.chases.domain import ChaseOpen, ChaseOver
from services.orders.chases.model import Ask, Chase
from services.orders.chases.queries import ChaseShown, ChasesQuery, shown
from services.orders.chases.words import NOT_YOURS
from services.orders.fields import Answer
from services.orders.milestones.domain import MilestoneReached
from services.orders.planning import store as planning
from services.orders.planning.legs import find_leg
from services.orders.planning.model import Plan
from services.orders.sight import named, sight
from shared.contracts.chases import ChaseClosing, ChaseSent
from shared.database.pool import Tx
from shared.directory import owners_seen, stands_in_for
from shared.ids import new_id
from shared.problems import Forbidden, NotFound
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes

CHASES = "/api/orders/chases"

routes = Routes("chases")


class ChaseLinkShown(Answer):
    """Where the asked one answers without signing in. Whoever has it can answer this chase, and read its question."""

    link: str


@routes.post("/api/orders/{order}/chases", roles=WRITERS, status=201, problems=(NotFound, MilestoneReached, ChaseOpen))
async def ask(call: Call, order: str, body: Ask) -> Reply[ChaseShown]:
    """Ask somebody about a milestone. He gets a link by which he answers without signing in; silence is told further up."""
    plan = await planning.lock_order(call.tx, order, await sight(call), call.now.date())
    leg = find_leg(plan, body.milestone, body.shipment, "shipment" in body.model_fields_set)
    body = domain.addressed(body, plan, leg)
    whom = await store.asked(call.tx, body.login, body.department or plan.at((leg, body.milestone)).department)
    made = domain.ask(plan, leg, body, whom, chase_id=new_id(), by=call.principal.login, now=call.now)
    await store.check_unasked(call.tx, made)
    await _send(call, await store.with_link(call.tx, made, call.principal.name, call.settings.public_url), plan)
    return Reply(shown(made), headers={"Location": f"{CHASES}/{made.chase_id}"})


@routes.post(CHASES + "/{chase}/reminder", roles=WRITERS, problems=(NotFound, ChaseOver, MilestoneReached))
async def remind(call: Call, chase: UUID) -> ChaseShown:
    """Ask again. The link is sent once more; the day by which an answer was asked stays."""
    known = await _lock(call, chase)
    (plan,) = await planning.read_plans(call.tx, [known.order_id], call.now.date())
    later = domain.remind(known, plan, call.now)
    await store.require_there(call.tx, later.asked)
    await _send(call, later, plan)
    return shown(later)


@routes.post(CHASES + "/{chase}/closing", roles=WRITERS, problems=(NotFound, ChaseOver))
async def close_chase(call: Call, chase: UUID) -> ChaseShown:
    """Close a chase. The answer that stands is the last; its link answers no more."""
    return await _end(call, chase, "closed")


@routes.post(CHASES + "/{chase}/withdrawal", roles=WRITERS, problems=(NotFound, ChaseOver))
async def withdraw_chase(call: Call, chase: UUID) -> ChaseShown:
    """Withdraw a chase that is not needed any more. An estimate that was answered stays."""
    return await _end(call, chase, "withdrawn")


@routes.get(CHASES, roles=ANYONE)
async def list_chases(call: Call, query: ChasesQuery) -> Page[ChaseShown]:
    """List chases, the newest first. Of orders in sight, and those that ask the caller or somebody he stands in for."""
    return await queries.list_chases(call.tx, query, await sight(call), (await named(call)).mine, call.now.date())


@routes.get(CHASES + "/{chase}", roles=ANYONE, problems=(NotFound,))
async def read_chase(call: Call, chase: UUID) -> ChaseShown:
    """Read a chase with the answer that stands. Who is asked reads his, and his deputy while he is away."""
    return shown(await store.read(call.tx, chase, await sight(call), (await named(call)).mine))


@routes.post(CHASES + "/{chase}/link", roles=ANYONE, problems=(NotFound, ChaseOver, MilestoneReached), transaction=False)
async def read_chase_link(call: Call, chase: UUID) -> Reply[ChaseLinkShown]:
    """Give the link of a chase, while an answer is awaited. The answer is stored nowhere.

    His own to the manager who is asked further up; that of who was asked to himself, and to those who follow the order, to hand it on.
    """
    async with call.database.connection() as connection:
        found = await _with_link(connection, call, chase)
        (plan,) = await planning.read_plans(connection, [found.order_id], call.now.date())
        domain.require_awaited(found, plan, call.now)
        bearer = call.principal.login if call.principal.login == found.escalated_to else found.asked
        await store.require_there(connection, bearer)
        given = await store.link_of(connection, found, bearer)
    return Reply(ChaseLinkShown(link=given.link), headers={"Cache-Control": "no-store"})


async def _with_link(tx: Tx, call: Call, chase: UUID) -> Chase:
    """A chase whose link the caller may have; Forbidden where he may read it alone."""
    login, owners = call.principal.login, await owners_seen(tx, call.principal, call.now)
    try:
        return await store.read(tx, chase, owners if WRITERS.intersection(call.principal.roles) else [], [login])
    except NotFound:
        await store.read(tx, chase, owners, [login, *await stands_in_for(tx, login, call.now)])
        raise Forbidden(NOT_YOURS) from None


async def _lock(call: Call, chase: UUID) -> Chase:
    await store.read(call.tx, chase, await sight(call))
    return await store.lock(call.tx, chase)


async def _send(call: Call, chase: Chase, plan: Plan) -> None:
    event = ChaseSent(chase=chase.told(), about=domain.asked_about(chase, plan), reminder=chase.reminders, personal=chase.sealed_link)
    await store.save(call.tx, call.stamp(), chase, event)


async def _end(call: Call, chase: UUID, how: ChaseClosing) -> ChaseShown:
    later, event = domain.end(await _lock(call, chase), how)
    await store.save(call.tx, call.stamp(), later, event)
    return shown(later)
