"""The promise over HTTP: its ledger, and the command that moves it."""

from services.orders.fields import Answer
from services.orders.planning import store as planning
from services.orders.planning.store import Context
from services.orders.promises import store
from services.orders.promises.domain import ChangePromise, change
from services.orders.promises.store import Entry, LedgerQuery
from services.orders.sight import sight
from shared.contracts.orders import PromiseChanged, PromisedLine
from shared.messaging.record import append
from shared.problems import NotFound
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call
from shared.web.paging import Page
from shared.web.routes import Routes

routes = Routes("promises")


class PromiseMoved(Answer):
    """The order after its promise moved; `at_risk` are lines now expected after the promise that were in time before."""

    number: str
    version: int
    lines: tuple[PromisedLine, ...]
    at_risk: tuple[str, ...]


@routes.get("/api/orders/{order}/promises", roles=ANYONE, problems=(NotFound,))
async def read_ledger(call: Call, order: str, query: LedgerQuery) -> Page[Entry]:
    """Read the promise ledger. Every date asked, promised, planned, expected and reached, in the order it was written."""
    plan = await planning.read_order(call.tx, order, await sight(call))
    return await store.ledger(call.tx, plan.order_id, query)


@routes.post("/api/orders/{order}/promises", roles=WRITERS, status=201, problems=(NotFound,))
async def change_promise(call: Call, order: str, body: ChangePromise) -> PromiseMoved:
    """Move the promise of an order, or of some of its lines. The customer is told; what we expect does not move."""
    plan = await planning.lock_order(call.tx, order, await sight(call))
    settled = change(plan, body)
    stamp = call.stamp()
    context = Context(stamp.time, stamp.actor, "api", "promise_changed", promise_reason=body.reason)
    await planning.save(call.tx, [settled], context)
    await append(call.tx, stamp, planning.facts([settled]))
    moved = next(event for event in settled.events if isinstance(event, PromiseChanged))
    return PromiseMoved(
        number=plan.number,
        version=plan.version + len(settled.events),
        lines=moved.lines,
        at_risk=tuple(line.line for line in settled.moves.at_risk),
    )
