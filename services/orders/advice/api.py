"""Advice over HTTP: given on an order, answered by the customer, taken back; listed."""

from uuid import UUID

from services.orders.advice import domain, queries, store
from services.orders.advice.domain import AdviceOver
from services.orders.advice.model import Advice, AnswerAdvice, GiveAdvice, WithdrawAdvice
from services.orders.advice.queries import AdviceQuery, AdviceShown
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.sight import sight
from shared.contracts.advice import AdviceAnswered, AdviceGiven, AdviceWithdrawn
from shared.contracts.event import Event
from shared.ids import new_id
from shared.problems import NotFound
from shared.web.auth import DEALERS, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes

ADVICE = "/api/orders/advice"

routes = Routes("advice")


@routes.post("/api/orders/{order}/advice", roles=WRITERS, status=201, problems=(NotFound,))
async def give_advice(call: Call, order: str, body: GiveAdvice) -> Reply[AdviceShown]:
    """Record an advice that the customer was given on his order. It is not sent: `way` says how he had it."""
    plan = await planning.lock_order(call.tx, order, await sight(call), call.now.date())
    reads = await store.reads(call.tx, plan.customer_id)
    made = domain.give(plan, body, reads, advice_id=new_id(), by=call.principal.login, today=call.now.date())
    shown = await _save(call, plan, made, AdviceGiven(advice=made.told()))
    return Reply(shown, headers={"Location": shown.link})


@routes.post(ADVICE + "/{advice}/answer", roles=WRITERS, problems=(NotFound, AdviceOver))
async def answer_advice(call: Call, advice: UUID, body: AnswerAdvice) -> AdviceShown:
    """Record what the customer answered. What he says later takes its place.

    Nothing moves by it: what he accepted is done by its own command, a new promise by the one that moves promises.
    """
    plan, known = await _lock(call, advice)
    later = domain.answer(known, body, by=call.principal.login, today=call.now.date())
    return await _save(call, plan, later, AdviceAnswered(advice=later.told()))


@routes.post(ADVICE + "/{advice}/withdrawal", roles=WRITERS, problems=(NotFound, AdviceOver))
async def withdraw_advice(call: Call, advice: UUID, body: WithdrawAdvice) -> AdviceShown:
    """Take an advice back that he has not answered, with the reason."""
    plan, known = await _lock(call, advice)
    later = domain.withdraw(known, body.reason)
    return await _save(call, plan, later, AdviceWithdrawn(advice=later.told()))


@routes.get(ADVICE, roles=DEALERS)
async def list_advice(call: Call, query: AdviceQuery) -> Page[AdviceShown]:
    """List advice, the newest first. `answered=false` waits for the customer."""
    return await queries.list_advice(call.tx, query, await sight(call))


@routes.get(ADVICE + "/{advice}", roles=DEALERS, problems=(NotFound,))
async def read_advice(call: Call, advice: UUID) -> AdviceShown:
    """Read an advice with the customer's answer."""
    return await queries.show(call.tx, advice, await sight(call))


async def _lock(call: Call, advice: UUID) -> tuple[Plan, Advice]:
    """The order under its lock, and the advice as it is then."""
    owners = await sight(call)
    seen = await store.read(call.tx, advice, owners)
    plan = await planning.lock_order(call.tx, seen.order, owners, call.now.date())
    return plan, await store.read(call.tx, advice, owners)


async def _save(call: Call, plan: Plan, now: Advice, event: Event) -> AdviceShown:
    await store.save(call.tx, call.stamp(), plan, now, event)
    return await queries.show(call.tx, now.advice_id, await sight(call))
