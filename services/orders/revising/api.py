"""Orders in progress planned with another revision of their template, over HTTP: what it would do, and done."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import ConfigDict, Field

from services.orders.delays.simulations import breaches
from services.orders.fields import Answer
from services.orders.milestones.domain import OrderOver
from services.orders.planning import store as planning
from services.orders.planning.domain import compare
from services.orders.planning.domain.deadlines import Breaches
from services.orders.planning.model import CancelledAlready, OpenDelay, Plan
from services.orders.revising import store
from services.orders.revising.domain import DoesNotFit, Revised, revise
from services.orders.revising.examples import REVISED, SIMULATED
from services.orders.revising.model import MilestoneRevised, Replanned, TakeRevision
from services.orders.revising.words import no_revision
from services.orders.shipments import store as shipments
from services.orders.sight import sight
from services.orders.templates import store as templates
from services.orders.templates.domain import Network
from shared.contracts.orders import MovedLine, MovedNode
from shared.problems import Invalid, NotFound, Stale
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("plans")


class PlanRevised(Answer):
    """What the revision makes different in an order; its promises stay. All is empty where it is planned with that revision already."""

    model_config = ConfigDict(json_schema_extra={"examples": [REVISED]})

    number: str
    template: str
    before: Annotated[int, Field(description="the revision it was planned with")]
    revision: int
    version: Annotated[int, Field(description="of the order as it stands now: `If-Match` of the command names it")]
    milestones: Annotated[tuple[MilestoneRevised, ...], Field(description="that are new, gone, or of which the revisions differ")]
    planned: Annotated[tuple[Replanned, ...], Field(description="milestones that are planned for another day, are new or gone")]
    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones whose expected date moved")]
    lines: Annotated[tuple[MovedLine, ...], Field(description="lines whose expected delivery moved")]
    at_risk: Annotated[tuple[str, ...], Field(description="lines newly expected after their promise")]
    closed: Annotated[tuple[str, ...], Field(description="links of delays that hold the order no more")]
    reopened: Annotated[tuple[str, ...], Field(description="links of delays that hold it again")]


class RevisionSimulated(PlanRevised):
    """What the command would do."""

    model_config = ConfigDict(json_schema_extra={"examples": [SIMULATED]})

    breaches: Breaches


REVISING = (NotFound, CancelledAlready, OrderOver, DoesNotFit)


@routes.post("/api/orders/{order}/plan/revisions/simulations", roles=WRITERS, problems=REVISING)
async def simulate_revision(call: Call, order: str, body: TakeRevision) -> RevisionSimulated:
    """Ask what another revision of its template would do to an order in progress. The same decision as the command's; writes nothing."""
    plan = (await planning.read_order(call.tx, order, await sight(call), call.now.date())).standing()
    network = await _network(call, plan, body)
    revised = revise(plan, network, await store.known(call.tx, plan, network), body.reason)
    broken = await breaches(call.tx, replace(revised.settled, before=plan)) if revised else ()
    return RevisionSimulated(**dict(_shown(plan, revised, plan.version)), breaches=broken)


@routes.post("/api/orders/{order}/plan/revisions", roles=WRITERS, if_match=True, problems=(*REVISING, Stale))
async def take_revision(call: Call, order: str, body: TakeRevision) -> PlanRevised:
    """Plan an order in progress with the newest revision of its template, or with the one named. Promises stay.

    What has happened, was said and is delayed of a milestone stays with it. Refused where something that has happened, or hangs on a
    milestone, has no place in the revision. The customer hears of dates that move, as always. Done twice it is done once.
    """
    plan = await shipments.lock_order(call.tx, order, await sight(call), call.now.date())
    network = await _network(call, plan, body)
    if network.revision == plan.network.revision:
        return _shown(plan, None, plan.version)
    call.require_version(plan.version)
    known = await store.known(call.tx, plan, network)
    revised = revise(plan, network, known, body.reason)
    if revised is not None:
        await store.save(call.tx, call.stamp(), revised, known.country)
    return _shown(plan, revised, plan.version + (len(revised.settled.events) if revised else 0))


async def _network(call: Call, plan: Plan, body: TakeRevision) -> Network:
    code = plan.network.template.code
    found = await templates.network(call.tx, code, body.revision)
    if found is None:
        raise Invalid(no_revision(code, body.revision), field="revision")
    return found


def _shown(plan: Plan, revised: Revised | None, version: int) -> PlanRevised:
    after, moves = (revised.settled.after, revised.settled.moves) if revised else (plan, compare(plan, plan))
    return PlanRevised(
        number=plan.number,
        template=plan.network.template.code,
        before=plan.network.revision,
        revision=after.network.revision,
        version=version,
        milestones=revised.milestones if revised else (),
        planned=revised.planned if revised else (),
        nodes=moves.nodes,
        lines=moves.lines,
        at_risk=tuple(line.line for line in moves.at_risk),
        closed=_links(revised.freed if revised else ()),
        reopened=_links(revised.back if revised else ()),
    )


def _links(delays: Sequence[OpenDelay]) -> tuple[str, ...]:
    return tuple(f"/api/orders/delays/{delay.delay_id}" for delay in delays)
