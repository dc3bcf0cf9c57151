"""The promise over HTTP: its ledger, and the command that moves it."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.fields import Answer
from services.orders.planning import store as planning
from services.orders.planning.domain import written
from services.orders.promises import store
from services.orders.promises.domain import ChangePromise, change, late, meant, promised
from services.orders.promises.store import Entry, LedgerQuery
from services.orders.sight import sight
from shared.approvals.models import Waiting, waiting
from shared.contracts.orders import PromisedLine
from shared.problems import NotFound
from shared.web.auth import DEALERS, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes

routes = Routes("promises")


class PromiseMoved(Answer):
    """The order after its promise moved; `at_risk` are those of the lines that are expected after it."""

    number: str
    version: int
    lines: tuple[PromisedLine, ...]
    at_risk: tuple[str, ...]
    approval: Annotated[Waiting | None, Field(description="set where nothing moved yet: it waits for approval")] = None
    withdrawn: Annotated[tuple[UUID, ...], Field(description="requests for approval of earlier promises that it takes the place of")] = ()


@routes.get("/api/orders/{order}/promises", roles=DEALERS, problems=(NotFound,))
async def read_ledger(call: Call, order: str, query: LedgerQuery) -> Page[Entry]:
    """Read the promise ledger. Every date asked, promised, planned, expected and reached, in the order it was written."""
    plan = await planning.read_order(call.tx, order, await sight(call), call.now.date())
    return await store.ledger(call.tx, plan.order_id, query)


@routes.post(
    "/api/orders/{order}/promises", roles=WRITERS, status=201, heeds_version=True, also={202: "It waits for approval"}, problems=(NotFound,)
)
async def change_promise(call: Call, order: str, body: ChangePromise) -> Reply[PromiseMoved]:
    """Move the promise of an order, or of some of its lines. The customer is told.

    A later one is no reason to deliver later: what we expect stays. For an earlier one what is still to come is planned and expected anew,
    and `at_risk` says which lines are expected after it all the same.

    With `replies_to` it answers what the customer asked for, whether it is the day he wants or another.
    202 where the rule `promise-later` wants approval: nothing has moved, `approval` says what waits, for whom, and until when. What waits
    already, of none but these lines, is withdrawn.
    """
    plan = await planning.lock_order(call.tx, order, await sight(call), call.now.date())
    call.heed_version(plan.version)
    policy = await store.policy(call.tx, [plan.customer_id], [body])
    answered = policy.request(body, [plan.order_id], "replies_to")
    settled = change(plan, body, call.now.date(), answered)
    moved = promised(settled)
    asked = policy.of(call.principal.roles).weigh(plan, moved)
    request = await store.ask(call.tx, call.stamp(), plan, asked, body) if asked is not None else None
    over = await store.replace(call.tx, call.stamp(), plan.order_id, meant(plan, body, answered), body.note, request)
    withdrawn = tuple(one.id for one in over)
    if request is not None:
        waits = PromiseMoved(number=plan.number, version=plan.version, lines=(), at_risk=(), approval=waiting(request), withdrawn=withdrawn)
        return Reply(waits, status=202)
    await store.save(call.tx, call.stamp(), settled, body)
    return Reply(
        PromiseMoved(
            number=plan.number,
            version=written(settled).version,
            lines=moved,
            at_risk=late(settled, moved),
            withdrawn=withdrawn,
        )
    )
