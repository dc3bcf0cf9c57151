"""Early warnings over HTTP: milestones in danger, and the limits of the firm."""

from collections.abc import Sequence
from typing import get_args

from services.orders.fields import Answer
from services.orders.risks import queries, store
from services.orders.risks.model import Limit
from services.orders.risks.queries import RiskShown, RisksQuery
from services.orders.sight import sight
from shared.contracts.risks import RiskKind
from shared.contracts.text import Both
from shared.problems import NotFound, Stale
from shared.web.auth import ANYONE, MANAGERS
from shared.web.call import Call
from shared.web.paging import Page
from shared.web.routes import Routes

routes = Routes("risks")


class LimitShown(Answer):
    kind: RiskKind
    days: int
    margin: int
    version: int


class LimitsShown(Answer):
    items: Sequence[LimitShown]


@routes.get("/api/orders/risks", roles=ANYONE)
async def list_risks(call: Call, query: RisksQuery) -> Page[RiskShown]:
    """List milestones in danger, with the reasons. They are not late yet, or newly so; the highest score first."""
    return await queries.list_risks(call.tx, query, await sight(call))


@routes.get("/api/orders/risk-limits", roles=ANYONE)
async def list_risk_limits(call: Call) -> LimitsShown:
    """List the limits of early warning. A reason is raised with `days` left or fewer, and stands until more than `margin` more are left."""
    found = await store.limits(call.tx)
    return LimitsShown(items=[_shown(kind, limit, version) for kind, (limit, version) in found.items()])


@routes.put("/api/orders/risk-limits/{kind}", roles=MANAGERS, if_match=True, problems=(NotFound, Stale))
async def change_risk_limit(call: Call, kind: str, body: Limit) -> LimitShown:
    """Change a limit of early warning. Every open order is looked at again."""
    known = next((one for one in get_args(RiskKind) if one == kind), None)
    if known is None:
        there = get_args(RiskKind)
        raise NotFound(Both(f"there is no limit of {kind}: there are {', '.join(there)}", f"没有 {kind} 的限值，现有：{'、'.join(there)}"))
    call.require_version(await store.lock_limit(call.tx, known))
    return _shown(known, body, await store.save_limit(call.tx, known, body))


def _shown(kind: RiskKind, limit: Limit, version: int) -> LimitShown:
    return LimitShown(kind=kind, days=limit.days, margin=limit.margin, version=version)
