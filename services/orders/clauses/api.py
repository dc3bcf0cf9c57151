"""Contract clauses over HTTP: agreed, said anew, closed, and supervised."""

from uuid import UUID

from services.orders.clauses import domain, queries, store
from services.orders.clauses.domain import ClauseOver
from services.orders.clauses.model import Clause, ClauseBody, ClauseClosing
from services.orders.clauses.queries import ClauseShown, ClausesQuery
from services.orders.clauses.store import ClauseExists
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.sight import sight
from shared.contracts.clauses import ClauseAgreed, ClauseChanged
from shared.ids import new_id
from shared.problems import NotFound, Stale
from shared.web.auth import DEALERS, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes

CLAUSES = "/api/orders/clauses"

routes = Routes("clauses")


@routes.post("/api/orders/{order}/clauses", roles=WRITERS, status=201, problems=(NotFound, ClauseExists))
async def agree_clause(call: Call, order: str, body: ClauseBody) -> Reply[ClauseShown]:
    """Enter a clause of an order's contract. What has to have happened by when, and what it costs when it is late."""
    plan = await planning.lock_order(call.tx, order, await sight(call), call.now.date())
    worth = await store.worth(call.tx, plan.order_id, body.line)
    made = domain.agree(plan, body, worth, clause_id=new_id(), by=call.principal.login, now=call.now)
    await store.watch_order(call.tx, made.clause_id, [plan.order_id])
    await store.save(call.tx, call.stamp(), made, ClauseAgreed(clause=made.told()))
    return Reply(queries.shown(made, plan, call.now.date()), headers={"Location": f"{CLAUSES}/{made.clause_id}"})


@routes.put(CLAUSES + "/{clause}", roles=WRITERS, if_match=True, problems=(NotFound, ClauseOver, ClauseExists, Stale))
async def change_clause(call: Call, clause: UUID, body: ClauseBody) -> ClauseShown:
    """Say a clause anew. A breach of the new wording is told anew."""
    known, plan = await _lock(call, clause)
    call.require_version(known.version)
    now = domain.change(known, plan, body, await store.worth(call.tx, plan.order_id, body.line), call.now.date())
    await store.save(call.tx, call.stamp(), now, ClauseChanged(clause=now.told()))
    return queries.shown(now, plan, call.now.date())


@routes.post(CLAUSES + "/{clause}/closing", roles=WRITERS, problems=(NotFound, ClauseOver))
async def close_clause(call: Call, clause: UUID, body: ClauseClosing) -> ClauseShown:
    """Close a clause. It was kept, its penalty is settled, or it was waived; nothing is watched any more, and it stands as it does now."""
    known, plan = await _lock(call, clause, ended=True)
    now, told = domain.close(known, plan, body.outcome, call.principal.login, call.now)
    await store.save(call.tx, call.stamp(), now, *told)
    return queries.shown(now, plan, call.now.date())


@routes.get(CLAUSES, roles=DEALERS)
async def list_clauses(call: Call, query: ClausesQuery) -> Page[ClauseShown]:
    """List clauses, those to be kept first at the top. With what each costs so far, and as things are expected."""
    return await queries.list_clauses(call.tx, query, await sight(call), call.now.date())


@routes.get(CLAUSES + "/{clause}", roles=DEALERS, problems=(NotFound,))
async def read_clause(call: Call, clause: UUID) -> ClauseShown:
    """Read a clause and how it stands."""
    known = await store.read(call.tx, clause, await sight(call))
    (plan,) = await planning.read_plans(call.tx, [known.order_id], call.now.date())
    return queries.shown(known, plan, call.now.date())


async def _lock(call: Call, clause_id: UUID, *, ended: bool = False) -> tuple[Clause, Plan]:
    """The clause in sight under its lock, with the plan of its order, which is watched until it is `ended`."""
    seen = await store.read(call.tx, clause_id, await sight(call))
    await store.watch_order(call.tx, clause_id, () if ended else (seen.order_id,))
    (known,) = await store.lock(call.tx, [clause_id])
    (plan,) = await planning.read_plans(call.tx, [known.order_id], call.now.date())
    return known, plan
