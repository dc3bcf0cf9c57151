"""Delays over HTTP: logged on an order or a shipment, updated, retracted, attributed, listed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.delays import domain, queries, store, words
from services.orders.delays.domain import Decision, DelayOpen, DelayOver, Target, Touched
from services.orders.delays.model import Attribution, Delay, DelayBody, LogDelay, LogShipmentDelay, Retraction, UpdateDelay, causes_of
from services.orders.delays.queries import DelayShown, DelaysQuery
from services.orders.delays.store import Saving
from services.orders.fields import Answer
from services.orders.lateness import store as lateness
from services.orders.planning import store as planning
from services.orders.planning.legs import find_leg
from services.orders.planning.model import Plan
from services.orders.planning.words import no_order
from services.orders.promises import store as promises
from services.orders.promises.domain import FREE, NewPromise, Policy
from services.orders.requests import store as requests
from services.orders.shipments import store as shipments
from services.orders.sight import NotAllYours, plans_of, require_all, sight, sights_of
from shared.approvals.domain import Request
from shared.approvals.models import Waiting, waiting
from shared.contracts.orders import MovedLine, MovedNode, PromisedLine
from shared.contracts.text import LocalText
from shared.ids import new_id
from shared.problems import NotFound, Stale
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes
from shared.web.together import ALONE, Outcome, Outcomes, attempt

WAITS = {202: "The delay is logged, a promise given with it waits for approval"}

routes = Routes("delays")


class OrderTouched(Answer):
    """What the command did to one order."""

    number: str
    name: Annotated[LocalText, Field(description="what the delayed milestone is called in its plan")]
    before: Annotated[date, Field(description="expected date of the delayed milestone before")]
    after: date
    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones that moved, with what drives them and the slack left")]
    lines: Annotated[tuple[MovedLine, ...], Field(description="lines whose expected delivery moved")]
    promises: Annotated[tuple[PromisedLine, ...], Field(description="promises that moved")]
    at_risk: Annotated[tuple[str, ...], Field(description="lines that newly miss their promise")]


class DelaySaid(Answer):
    """The delay after the command, and every order it touched."""

    delay: UUID
    revision: int
    version: int
    status: str
    milestone: str
    shipment: str | None
    new_date: date
    under_investigation: bool
    orders: tuple[OrderTouched, ...]
    told: Annotated[str, Field(description="who was told what; waits up to 5 s for the outcome")]
    approvals: Annotated[tuple[Waiting, ...], Field(description="new promises that wait for approval, one request for each order")] = ()
    withdrawn: Annotated[
        tuple[UUID, ...], Field(description="requests for approval of earlier promises that it takes the place of, or that end with it")
    ] = ()


class Attributed(Answer):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"delay": "019e0d58-1f93-7a6d-b0e4-83c52d7f9a16", "version": 2, "under_investigation": False}]}
    )

    delay: UUID
    version: int
    under_investigation: bool


@routes.post(
    "/api/orders/{order}/delays", roles=WRITERS, status=201, heeds_version=True, also=WAITS, problems=(NotFound, DelayOpen), apart="order"
)
async def log_delay(calls: Sequence[Call], order: Sequence[str], body: Sequence[LogDelay]) -> Outcomes[Reply[DelaySaid]]:
    """Log a delay of an order. The answer gives the dates before and after; the customer is told by notifications.

    Give every cause with the party that answers for it, or UNKNOWN alone while it is under investigation. The new date must lie after
    what is expected now, or was before days passed without it. A milestone has one open delay: it is updated, not logged again. The
    promise stays unless `promise` moves it; what waits for approval already, of none but those lines, is withdrawn then.
    202 where the rule `promise-later` wants approval of that: the delay is logged all the same, `approvals` says what waits for whom.
    """
    alone = len(calls) == 1
    found = await planning.lock_owned_orders(calls[0].tx, order, calls[0].now.date(), wait=alone)
    policy = await policy_for(calls[0], body, [plan for plan, _ in found.values()])
    outcomes: list[Outcome[Decision]] = [
        attempt(_log, call, number, found.get(number), owners, asked, policy) if alone or number in found else ALONE
        for call, number, owners, asked in zip(calls, order, await sights_of(calls), body, strict=True)
    ]
    logged = [
        Saving(call.stamp(), outcome, "delay_logged", asked.promise.reason if asked.promise else None)
        for call, outcome, asked in zip(calls, outcomes, body, strict=True)
        if isinstance(outcome, Decision)
    ]
    await store.save(calls[0].tx, logged)
    return [
        await _said(call, outcome, asked.promise) if isinstance(outcome, Decision) else outcome
        for call, outcome, asked in zip(calls, outcomes, body, strict=True)
    ]


def _log(call: Call, number: str, found: tuple[Plan, str] | None, owners: list[str] | None, body: LogDelay, policy: Policy) -> Decision:
    plan, owner = found or (None, "")
    if plan is None or (owners is not None and owner not in owners):
        raise NotFound(no_order(number))
    call.heed_version(plan.version)
    leg = find_leg(plan.standing(), body.milestone, body.shipment, "shipment" in body.model_fields_set)
    target = Target(body.milestone, leg, order_id=plan.order_id)
    return decided(call, target, [plan], body, policy)


@routes.post("/api/orders/shipments/{shipment}/delays", roles=WRITERS, status=201, also=WAITS, problems=(NotFound, NotAllYours, DelayOpen))
async def log_shipment_delay(call: Call, shipment: str, body: LogShipmentDelay) -> Reply[DelaySaid]:
    """Log a delay of a shipment, with all its orders that have the milestone still before them.

    Every order must be of a customer in the caller's sight. Each customer hears of his own orders only.
    """
    found = await shipments.lock(call.tx, shipment)
    plans = await plans_of(call, shipment)
    target = Target(body.milestone, shipment, shipment_id=found.id)
    decision = decided(call, target, plans, body, await policy_for(call, [body], plans))
    return await _save(call, decision, "delay_logged", body.promise, found.version)


@routes.put("/api/orders/delays/{delay}", roles=WRITERS, if_match=True, also=WAITS, problems=(NotFound, NotAllYours, DelayOver, Stale))
async def update_delay(call: Call, delay: UUID, body: UpdateDelay) -> Reply[DelaySaid]:
    """Say a delay anew. The whole delay is given as it stands now; its ETag is its version.

    Every order that it holds, or has made late, must be of a customer in the caller's sight; one that has left it does not count.
    A promise given with it before that still waits for approval is withdrawn, unless the same is given again; so is any other that waits
    of none but the lines that are promised anew.
    """
    current, plans, version = await _lock(call, delay, all_of_shipment=True)
    call.require_version(current.version)
    policy = await policy_for(call, [body], plans)
    reply = await _save(call, updated(call, current, plans, body, policy), "delay_updated", body.promise, version)
    return await _without_earlier(call, reply, plans, body.promise.note if body.promise else None)


@routes.post("/api/orders/delays/{delay}/retraction", roles=WRITERS, problems=(NotFound, NotAllYours, DelayOver))
async def retract_delay(call: Call, delay: UUID, body: Retraction) -> Reply[DelaySaid]:
    """Take a delay back. Every estimate is again what it would be without it; those who were told hear the correction.

    Every order that it holds, or has made late, must be of a customer in the caller's sight; one that has left it does not count.
    A promise that moved with the delay stays moved: it goes back by its own command. One that still waits for approval is withdrawn.
    """
    current, plans, version = await _lock(call, delay)
    reply = await _save(call, domain.retract_delay(current, plans, body.reason), "delay_retracted", None, version)
    return await _without_earlier(call, reply, plans, body.reason)


@routes.post("/api/orders/delays/{delay}/attribution", roles=WRITERS, problems=(NotFound, NotAllYours, DelayOver))
async def attribute_delay(call: Call, delay: UUID, body: Attribution) -> Attributed:
    """Give the causes that were found. Also for a delay that is closed; no date moves and nobody is told."""
    current, plans, _ = await _lock(call, delay)
    attributed, event = domain.attribute_delay(current, plans, causes_of(body.causes, found=True))
    await store.save_attribution(call.tx, attributed)
    await store.tell(call.tx, call.stamp(), attributed, event)
    await lateness.look_again(call.tx, plans, call.now)
    return Attributed(delay=delay, version=attributed.version, under_investigation=attributed.under_investigation)


@routes.get("/api/orders/delays", roles=ANYONE)
async def list_delays(call: Call, query: DelaysQuery) -> Page[DelayShown]:
    """List delays, the newest first."""
    return await queries.list_delays(call.tx, query, await sight(call))


@routes.get("/api/orders/delays/{delay}", roles=ANYONE, problems=(NotFound,))
async def read_delay(call: Call, delay: UUID) -> DelayShown:
    """Read a delay with its orders in sight."""
    return await queries.read_delay(call.tx, delay, await sight(call))


@routes.get("/api/orders/{order}/delays", roles=ANYONE, problems=(NotFound,))
async def list_order_delays(call: Call, order: str, query: DelaysQuery) -> Page[DelayShown]:
    """List an order's delays, those of its shipments included, the newest first."""
    owners = await sight(call)
    await planning.read_order(call.tx, order, owners, call.now.date())
    return await queries.list_delays(call.tx, query.model_copy(update={"order": order}), owners)


async def _lock(call: Call, delay_id: UUID, *, all_of_shipment: bool = False) -> tuple[Delay, list[Plan], int | None]:
    """The delay and its orders under their locks (with `all_of_shipment` those that joined it since, too), and the version of its
    shipment or disruption.

    NotFound when none of its orders is in sight, NotAllYours when some are not.
    """
    owners = await sight(call)
    place = await store.place(call.tx, delay_id)
    version = await store.lock_place(call.tx, place) if place.kind == "shipment" else None
    plans, others = await planning.lock_delayed_orders(call.tx, delay_id, owners, call.now.date())
    require_delayed(plans, others)
    if place.shipment and all_of_shipment:
        plans = await plans_of(call, place.shipment)
    if place.kind == "disruption":
        version = await store.lock_place(call.tx, place)
    return await store.read(call.tx, delay_id), plans, version


def require_delayed(plans: Sequence[Plan], others: int) -> None:
    """NotFound when none of a delay's orders is in sight, NotAllYours when some are not."""
    if others == len(plans):
        raise NotFound(words.NO_DELAY)
    require_all(others, "the delay")


def decided(call: Call, target: Target, plans: Sequence[Plan], body: DelayBody, policy: Policy) -> Decision:
    """The decision on a delay that the caller asks for: of the command and of its simulation alike."""
    own = policy.of(call.principal.roles)
    return domain.log_delay(target, plans, body, delay_id=new_id(), by=call.principal.login, now=call.now, policy=own)


def updated(call: Call, delay: Delay, plans: Sequence[Plan], body: UpdateDelay, policy: Policy) -> Decision:
    """The decision on what the caller says of a delay anew: of the command and of its simulation alike."""
    return domain.update_delay(delay, plans, body, now=call.now, policy=policy.of(call.principal.roles))


async def policy_for(call: Call, bodies: Sequence[DelayBody], plans: Sequence[Plan]) -> Policy:
    """Which promises wait; nothing is looked up where none is given."""
    given = [body.promise for body in bodies if body.promise is not None]
    return await promises.policy(call.tx, [plan.customer_id for plan in plans], given) if given else FREE


async def _save(call: Call, decision: Decision, because: str, promise: NewPromise | None, version: int | None) -> Reply[DelaySaid]:
    reason = promise.reason if promise else None
    await store.save(call.tx, [Saving(call.stamp(), decision, because, reason, version)])
    return await _said(call, decision, promise)


async def _said(call: Call, decision: Decision, promise: NewPromise | None) -> Reply[DelaySaid]:
    """The answer to a delay that is saved, and to what was promised with it."""
    delay = decision.delay
    asked, over = await _promised(call, decision, promise) if promise is not None else ([], [])
    said = DelaySaid(
        delay=delay.delay_id,
        revision=delay.revision,
        version=delay.version,
        status=delay.status,
        milestone=delay.milestone,
        shipment=delay.shipment,
        new_date=delay.new_date,
        under_investigation=delay.under_investigation,
        orders=tuple(touched(order) for order in decision.orders),
        told=f"/api/notifications/delays/{delay.delay_id}/outcome?wait=5&revision={delay.revision}"
        + ("&retracted=true" if delay.status == "retracted" else ""),
        approvals=tuple(waiting(request) for request in asked),
        withdrawn=tuple(request.id for request in over),
    )
    return Reply(said, status=202 if asked else None)


async def _promised(call: Call, decision: Decision, promise: NewPromise) -> tuple[list[Request], list[Request]]:
    """The requests for what was promised with a delay and waits, and those withdrawn that waited for its lines before."""
    asked, over = list[Request](), list[Request]()
    for order in decision.orders:
        plan, request = order.settled.after, None
        await requests.reply(call.tx, plan.order_id, order.promised, promise.replies_to, promise.note)
        if order.waiting is not None:
            request = await promises.ask(call.tx, call.stamp(), plan, order.waiting, promise, decision.delay.delay_id)
            asked.append(request)
        over += await promises.replace(call.tx, call.stamp(), plan.order_id, set(order.new_promises), promise.note, request)
    return asked, over


async def _without_earlier(call: Call, reply: Reply[DelaySaid], plans: Sequence[Plan], reason: str | None) -> Reply[DelaySaid]:
    """The answer, with those promises of the delay withdrawn that wait for approval and are not given with it now."""
    said, kept = reply.model, {one.approval for one in reply.model.approvals}
    over = await promises.take_back(call.tx, call.stamp(), [plan.order_id for plan in plans], reason, said.delay, kept)
    return replace(reply, model=said.model_copy(update={"withdrawn": (*said.withdrawn, *(request.id for request in over))}))


def touched(order: Touched) -> OrderTouched:
    """What a decision did to one order, as the caller reads it."""
    plan, moves = order.settled.after, order.settled.moves
    return OrderTouched(
        number=plan.number,
        name=plan.network.steps[order.after.position].name,
        before=order.before.estimated,
        after=order.after.estimated,
        nodes=moves.nodes,
        lines=moves.lines,
        promises=order.promised,
        at_risk=tuple(line.line for line in moves.at_risk),
    )
