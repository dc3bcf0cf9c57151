"""Disruptions over HTTP: asked about, opened once for the firm, confirmed, released owner by owner."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.calendars import store as calendars
from services.orders.delays.simulations import DelaySimulated, OrderSimulated, simulated
from services.orders.disruptions import domain, finding, inserts, queries, store, words
from services.orders.disruptions.domain import DisruptionKnown, DisruptionOver, DisruptionRunning
from services.orders.disruptions.examples import SIMULATED
from services.orders.disruptions.model import Disruption, Hit, Leg, OpenDisruption, Release, Withdrawal
from services.orders.disruptions.queries import DisruptionShown, DisruptionsQuery, Listed, OrdersQuery, OrderTouchedBy, OthersOrders
from services.orders.planning import store as planning
from services.orders.sailings import store as sailings
from services.orders.shipments.domain import sails_on
from services.orders.sight import sight
from shared.contracts.disruptions import DisruptionConfirmed, DisruptionOpened, DisruptionReleased, DisruptionWithdrawn, HeldNotice
from shared.ids import new_id
from shared.messaging.record import append
from shared.problems import Forbidden, NotFound
from shared.web.auth import ANYONE, MANAGERS, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page, PageQuery
from shared.web.routes import Routes

DISRUPTIONS = "/api/orders/disruptions"
NOTICES = 1000
"""In one event."""

routes = Routes("disruptions")


class OrderFound(OrderSimulated, Listed):
    """An order at its place in the list, and what the disruption would do to it."""


class OrderLeftOut(Listed):
    why: str


Beside = Annotated[
    tuple[str, ...], Field(description="links to what stands of its vessel, or of shipments of it: days that are given come on top of that")
]


class DisruptionMade(DisruptionShown):
    """A disruption that was opened."""

    beside: Beside = ()


class DisruptionSimulated(DelaySimulated):
    """A page of what a disruption would do, and whom else it touches. Each customer's orders would be under one delay."""

    model_config = ConfigDict(json_schema_extra={"examples": [SIMULATED]})

    orders: tuple[OrderFound, ...]
    skipped: Annotated[tuple[OrderLeftOut, ...], Field(description="those on this page that would be left out")]
    found: Annotated[int, Field(description="legs of orders, those of others included")]
    others: Annotated[tuple[OthersOrders, ...], Field(description="orders out of the caller's sight, by owner")]
    standing: Annotated[
        str | None, Field(description="link to the same thing that somebody has opened already: it is not opened again")
    ] = None
    beside: Beside = ()
    next: Annotated[str | None, Field(description="cursor of the next page")] = None


@routes.post(f"{DISRUPTIONS}/simulations", roles=WRITERS)
async def simulate_disruption(call: Call, query: PageQuery, body: OpenDisruption) -> DisruptionSimulated:
    """Ask what a disruption would do. Answers the orders it touches, ranked, a page at a time, and writes nothing."""
    disruption, found = await _found(call, body)
    owners = await sight(call)
    own = [(hit, leg) for hit, leg in found if owners is None or hit.owner in owners]
    page, behind = queries.page_of(own, query)
    orders, skipped = await _simulated(call, disruption, page)
    first = await store.standing(call.tx, disruption.scope)
    return DisruptionSimulated(
        milestone=disruption.milestone,
        shipment=None,
        orders=orders,
        skipped=skipped,
        found=len(found),
        others=_others([hit for hit, _ in found if owners is not None and hit.owner not in owners]),
        standing=f"{DISRUPTIONS}/{first}" if first else None,
        beside=await _beside(call, disruption),
        next=behind,
    )


@routes.post(DISRUPTIONS, roles=WRITERS, status=201, problems=(DisruptionKnown,))
async def open_disruption(call: Call, body: OpenDisruption) -> Reply[DisruptionMade]:
    """Open a disruption, once for the firm. It finds every order it touches; nothing is delayed until it is confirmed.

    Whoever opens the same thing again is shown the first, until all its notices are released. A vessel and a shipment of it are opened
    each by itself: whoever opens the one is shown the other.
    """
    disruption, found = await _found(call, body)
    event = DisruptionOpened(disruption=disruption.told(len(found)))
    if await store.open_once(call.tx, call.stamp(), disruption, event, found) is None:
        first = await store.standing(call.tx, disruption.scope)
        link = f"{DISRUPTIONS}/{first}" if first else DISRUPTIONS
        raise DisruptionKnown(words.known(disruption.scope), field="scope", link=link)
    shown = await queries.show(call.tx, disruption.disruption_id, await sight(call))
    made = DisruptionMade(**dict(shown), beside=await _beside(call, disruption))
    return Reply(made, headers={"Location": f"{DISRUPTIONS}/{disruption.disruption_id}"})


@routes.post(DISRUPTIONS + "/{disruption}/confirmation", roles=WRITERS, status=202, problems=(NotFound, DisruptionOver))
async def confirm_disruption(call: Call, disruption: UUID) -> Reply[DisruptionShown]:
    """Confirm a disruption. Its delays are logged in the background, other owners' orders included; the notices of each wait for him.

    What it touches is looked for again: the list is what is found now. Confirmed twice it is confirmed once. It is `logged` when every
    order is delayed or left out with a reason. Whoever opened it may, and who has orders in it; closed days are confirmed by a manager: the
    calendar is closed with it.
    """
    stamp = call.stamp()
    known = await finding.lock(call.tx, disruption)
    if known.scope.kind == "closed_day":
        call.principal.require(MANAGERS)
    confirmed = domain.confirm(known, call.principal.login, stamp.correlation_id, call.now.date())
    if confirmed is not None:
        found = await _list_anew(call, known)
        await _require_his(call, known)
        if known.scope.kind == "closed_day":
            await _close(call, known)
        told = DisruptionConfirmed(disruption_id=disruption, orders=len(found))
        confirmed = replace(confirmed, milestone=found[0][0].milestone)
        await _hold(call, confirmed)
        await store.change(call.tx, stamp, confirmed, [told])
    return Reply(await queries.show(call.tx, disruption, await sight(call)))


@routes.post(DISRUPTIONS + "/{disruption}/release", roles=WRITERS, problems=(NotFound, DisruptionOver, DisruptionRunning))
async def release_disruption(call: Call, disruption: UUID, body: Release) -> DisruptionShown:
    """Release the notices of a disruption to the caller's own customers; a manager's are all. Each hears of his orders in one mail.

    What is told is decided then, by the dates as they stand then. Released twice is released once.
    """
    known = await store.lock(call.tx, disruption)
    domain.require_logged(known)
    owners = await sight(call)
    if body.customers is not None:
        domain.require_delayed(body.customers, await store.customers_delayed(call.tx, disruption, owners))
    notices = await store.release(call.tx, disruption, owners, body.customers)
    if notices:
        over = (await store.counts(call.tx, disruption)).held == 0
        told = [DisruptionReleased(disruption_id=disruption, notices=some) for some in _in_events(notices)]
        await store.change(call.tx, call.stamp(), replace(known, status="released" if over else known.status), told)
    return await queries.show(call.tx, disruption, owners)


@routes.post(DISRUPTIONS + "/{disruption}/withdrawal", roles=WRITERS, problems=(NotFound, DisruptionOver))
async def withdraw_disruption(call: Call, disruption: UUID, body: Withdrawal) -> DisruptionShown:
    """Withdraw a disruption that is not confirmed. Later its delays are retracted, each customer's by itself.

    Whoever opened it may, and who has orders in it.
    """
    known = await store.lock(call.tx, disruption)
    await _require_his(call, known)
    withdrawn = domain.withdraw(known)
    await store.change(call.tx, call.stamp(), withdrawn, [DisruptionWithdrawn(disruption_id=disruption, reason=body.reason)])
    return await queries.show(call.tx, disruption, await sight(call))


@routes.get(DISRUPTIONS, roles=ANYONE)
async def list_disruptions(call: Call, query: DisruptionsQuery) -> Page[DisruptionShown]:
    """List disruptions, the newest first."""
    return await queries.list_disruptions(call.tx, query, await sight(call))


@routes.get(DISRUPTIONS + "/{disruption}", roles=ANYONE, problems=(NotFound,))
async def read_disruption(call: Call, disruption: UUID) -> DisruptionShown:
    """Read a disruption: how far it has come, and whose orders it touches."""
    return await queries.show(call.tx, disruption, await sight(call))


@routes.get(DISRUPTIONS + "/{disruption}/orders", roles=ANYONE, problems=(NotFound,))
async def list_disruption_orders(call: Call, disruption: UUID, query: OrdersQuery) -> Page[OrderTouchedBy]:
    """List the orders that a disruption touches, ranked, with what became of each. What it would do is asked by a simulation."""
    await store.read(call.tx, disruption)
    return await queries.orders(call.tx, disruption, query, await sight(call))


async def _found(call: Call, body: OpenDisruption) -> tuple[Disruption, list[tuple[Hit, Leg]]]:
    """The disruption as it would be opened, and the list of what it touches."""
    body.require_ahead(call.now.date())
    said, scope = body.said(), body.scope.told()
    wanted = domain.milestones(scope, body.milestone)
    field = "milestone" if body.milestone else "scope"
    found = await finding.find(call.tx, scope, wanted, body.causes[0].code, call.now.date(), field)
    disruption = Disruption(
        disruption_id=new_id(),
        scope=scope,
        milestone=found[0][0].milestone,
        each_own=wanted is None,
        to=body.to,
        days=body.days,
        **said,
        status="open",
        opened_by=call.principal.login,
        opened_at=call.now,
    )
    await finding.require_causes(call.tx, disruption, found, call.now.date())
    return disruption, found


async def _beside(call: Call, disruption: Disruption) -> tuple[str, ...]:
    return tuple(f"{DISRUPTIONS}/{one}" for one in await store.beside(call.tx, disruption.scope))


async def _require_his(call: Call, known: Disruption) -> None:
    """Forbidden but for whoever opened it, and who has orders in it."""
    owners = await sight(call)
    if owners is not None and known.opened_by not in owners and not (await queries.show(call.tx, known.disruption_id, owners)).own:
        raise Forbidden(words.NOT_HIS)


async def _list_anew(call: Call, known: Disruption) -> list[tuple[Hit, Leg]]:
    """List what it touches now, and what it touches no more as left out."""
    found = await finding.find(call.tx, known.scope, known.wanted, known.causes[0].code, call.now.date())
    listed = await inserts.take_list(call.tx, known.disruption_id)
    left_out = domain.left_out(known.scope, listed, [leg for _, leg in found])
    await inserts.make_list(call.tx, known.disruption_id, found, left_out)
    return found


async def _hold(call: Call, confirmed: Disruption) -> None:
    """Keep to which day one that is late by days holds what comes to each of its shipments."""
    if confirmed.days is None or not confirmed.sails:
        return
    last = await inserts.last_listed(call.tx, confirmed.disruption_id)
    sailing = await sailings.read(call.tx, last)
    days = {number: sails_on(one, confirmed.milestone, last[number]) for number, one in sailing.items()}
    today, late = call.now.date(), timedelta(days=confirmed.days)
    held = {number: max(day, today) + late for number, day in days.items() if day is not None}
    await inserts.hold_shipments(call.tx, confirmed.disruption_id, held)


async def _close(call: Call, known: Disruption) -> None:
    """Put the closed days into the calendar. The run estimates anew what they move, under its delays; nothing else does before."""
    stored = await calendars.lock(call.tx, known.scope.name)
    facts = finding.closing(known.scope, stored.facts, known.causes[0].code)
    await append(call.tx, call.stamp(), [await calendars.change(call.tx, call.stamp(), stored, facts)])


async def _simulated(
    call: Call, disruption: Disruption, page: Sequence[tuple[Hit, Leg]]
) -> tuple[tuple[OrderFound, ...], tuple[OrderLeftOut, ...]]:
    """The same decision as the run's, part by part; of an order with two legs the second comes on top of the first."""
    closed = await finding.closed(call.tx, disruption.scope, disruption.causes[0].code)
    worked = await finding.worked(call.tx, disruption.scope)
    read = await planning.read_by_id(call.tx, {leg.order_id for _, leg in page}, call.now.date())
    plans = {order_id: replace(plan, calendars={**plan.calendars, **closed}) for order_id, plan in read.items()}
    done: dict[tuple[str, str | None], OrderSimulated] = {}
    skipped: dict[int, str] = {}
    by_part = sorted((leg.part, leg.rank, leg) for _, leg in page)
    for part, legs in groupby(by_part, itemgetter(0)):
        own = [(leg, plans[leg.order_id]) for _, _, leg in legs]
        outcome = domain.log(disruption, part, own, worked, by=call.principal.login, now=call.now)
        skipped |= outcome.skipped
        if outcome.decision is not None:
            plans |= {order.settled.after.order_id: order.settled.after for order in outcome.decision.orders}
            shown = await simulated(call.tx, outcome.decision)
            legs_of = [order.after.shipment for order in outcome.decision.orders]
            done |= {(one.number, shipment): one for one, shipment in zip(shown, legs_of, strict=True)}
    found = [(hit, leg, done.get((hit.number, hit.shipment))) for hit, leg in page]
    return (
        tuple(OrderFound(**{**dict(one), **_place(hit, leg)}) for hit, leg, one in found if one is not None),
        tuple(OrderLeftOut(**_place(hit, leg), why=skipped[leg.rank]) for hit, leg, one in found if one is None),
    )


def _in_events(notices: Sequence[HeldNotice]) -> list[tuple[HeldNotice, ...]]:
    return [tuple(notices[at : at + NOTICES]) for at in range(0, len(notices), NOTICES)]


def _place(hit: Hit, leg: Leg) -> dict[str, object]:
    return {"rank": leg.rank, **{name: getattr(hit, name) for name in Listed.model_fields if name != "rank"}}


def _others(hits: Sequence[Hit]) -> tuple[OthersOrders, ...]:
    counted = Counter(hit.owner for hit in hits)
    customers = Counter(owner for owner, _ in {(hit.owner, hit.customer) for hit in hits})
    return tuple(OthersOrders(owner=owner, orders=count, customers=customers[owner]) for owner, count in sorted(counted.items()))
