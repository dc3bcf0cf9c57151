"""What customers ask for over HTTP: entered, answered by keeping the promise, listed. A promise that answers is the promise's command."""

from uuid import UUID

from services.orders.contacts import store as contacts
from services.orders.planning import store as planning
from services.orders.promises import store as promises
from services.orders.requests import domain, queries, store, words
from services.orders.requests.domain import AnswerWaits, AskForDay, KeepPromise, RequestOver
from services.orders.requests.queries import DayRequestShown, DayRequestsQuery
from services.orders.sight import sight
from shared.ids import new_id
from shared.problems import NotFound
from shared.web.auth import DEALERS, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes

REQUESTS = "/api/orders/{order}/requests"

routes = Routes("promises")


@routes.post(REQUESTS, roles=WRITERS, status=201, heeds_version=True, problems=(NotFound,))
async def ask_for_day(call: Call, order: str, body: AskForDay) -> Reply[DayRequestShown]:
    """Enter that the customer asks for another day. No date moves by it; it waits for our answer, and overtakes what he asked for before.

    It is answered by a promise that names it in `replies_to`, or by keeping the one that stands.
    """
    plan = await planning.lock_order(call.tx, order, await sight(call), call.now.date())
    call.heed_version(plan.version)
    stranger = body.contact is not None and await contacts.strange(call.tx, [plan.customer_id], body.contact)
    asked = domain.ask(plan, body, request_id=new_id(), today=call.now.date(), stranger=stranger)
    await store.ask(call.tx, call.stamp(), plan, asked)
    shown = await queries.show(call.tx, plan.order_id, asked.request_id)
    return Reply(shown, headers={"Location": shown.link})


@routes.post(REQUESTS + "/{request}/refusal", roles=WRITERS, heeds_version=True, problems=(NotFound, RequestOver, AnswerWaits))
async def keep_promise(call: Call, order: str, request: UUID, body: KeepPromise) -> DayRequestShown:
    """Answer that we keep the promise, with the reason, for all lines that wait for an answer."""
    plan = await planning.lock_order(call.tx, order, await sight(call), call.now.date())
    call.heed_version(plan.version)
    known = (await store.read(call.tx, [request])).get(request)
    if known is None or known.order_id != plan.order_id:
        raise NotFound(words.no_request(order))
    answers = await promises.answering(call.tx, plan.order_id, request)
    await store.keep(call.tx, call.stamp(), plan, domain.keep(plan, known, body.reason, answers))
    return await queries.show(call.tx, plan.order_id, request)


@routes.get(REQUESTS, roles=DEALERS, problems=(NotFound,))
async def list_requests(call: Call, order: str, query: DayRequestsQuery) -> Page[DayRequestShown]:
    """List what the customer of an order asked for since it was entered, the newest first, with what he was answered."""
    plan = await planning.read_order(call.tx, order, await sight(call), call.now.date())
    return await queries.of_order(call.tx, plan.order_id, query)
