"""Customs over HTTP: goods declared, inspected, held, released. What is declared and released meets the milestones."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.orders.customs import domain, queries, store, words
from services.orders.customs.domain import DECLARED, EntryElsewhere
from services.orders.customs.model import Declaration, Entry, EntryBody, Hold, Inspection, Release, ShipmentDeclaration
from services.orders.customs.queries import EntriesQuery, EntryShown
from services.orders.customs.store import EntryExists
from services.orders.exceptions import store as exceptions
from services.orders.fields import require_come
from services.orders.milestones.domain import RELEASED, CustomsHold, GateClosed, NotPassed
from services.orders.planning.domain import compare, written
from services.orders.planning.legs import find_leg
from services.orders.planning.model import Plan, Settled
from services.orders.planning.words import empty
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import Elsewhere
from services.orders.sight import NotAllYours, plans_of, reporter, require_all, sight
from services.orders.waiting import store as waiting
from shared.contracts.customers import Role
from shared.contracts.customs import CustomsChanged, CustomsDeclared, CustomsHeld, CustomsInspected, CustomsReleased
from shared.contracts.exceptions import ConcernedOrder, ExceptionOpened
from shared.ids import new_id
from shared.problems import FieldError, Invalid, NotFound, Stale, require_none
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes

CUSTOMS = "/api/orders/customs"
BROKERS: frozenset[Role] = WRITERS | {"docs"}
"""Those who follow orders, and those who make the documents; beside them the department that answers for the milestone that is met."""

routes = Routes("customs")


@routes.post("/api/orders/{order}/customs", roles=ANYONE, status=201, problems=(NotFound, EntryExists, GateClosed, NotPassed, Elsewhere))
async def declare_order(call: Call, order: str, body: Declaration) -> Reply[EntryShown]:
    """Declare an order's goods to customs. CST_DECL has happened with it."""
    plan = await shipments.lock_order(call.tx, order, await sight(call), call.now.date())
    leg = find_leg(plan, DECLARED, body.shipment, "shipment" in body.model_fields_set)
    (await reporter(call, BROKERS)).require_each([plan], (leg, DECLARED))
    return await _declare(call, [plan], leg, body, body.on, order_id=plan.order_id)


@routes.post(
    "/api/orders/shipments/{shipment}/customs",
    roles=ANYONE,
    status=201,
    problems=(NotFound, NotAllYours, EntryExists, GateClosed, NotPassed),
)
async def declare_shipment(call: Call, shipment: str, body: ShipmentDeclaration) -> Reply[EntryShown]:
    """Declare a shipment to customs, with all its orders. CST_DECL of each has happened with it."""
    found = await shipments.lock(call.tx, shipment)
    plans = await plans_of(call, shipment)
    if not plans:
        raise Invalid(empty(shipment))
    (await reporter(call, BROKERS)).require_each(plans, (shipment, DECLARED))
    return await _declare(call, plans, shipment, body, body.on, shipment_id=found.id)


@routes.put(CUSTOMS + "/{entry}", roles=ANYONE, if_match=True, problems=(NotFound, NotAllYours, EntryExists, Stale, Elsewhere))
async def change_entry(call: Call, entry: UUID, body: EntryBody) -> EntryShown:
    """Say an entry's number, regime and documents anew."""
    known, plans = await _lock(call, entry)
    call.require_version(known.version)
    await _check_documents(call, body, plans)
    now = domain.change(known, body)
    await store.save(call.tx, call.stamp(), now, CustomsChanged(entry=now.told()))
    return queries.shown(now)


@routes.post(CUSTOMS + "/{entry}/inspection", roles=ANYONE, problems=(NotFound, NotAllYours, EntryElsewhere, Elsewhere))
async def inspect_entry(call: Call, entry: UUID, body: Inspection) -> EntryShown:
    """Say that customs looked at the goods, and what they found."""
    require_come(body.on, call.now.date(), "on")
    known, _ = await _lock(call, entry)
    now = domain.inspect(known, body.on, body.note)
    await store.save(call.tx, call.stamp(), now, CustomsInspected(entry=now.told()))
    return queries.shown(now)


@routes.post(CUSTOMS + "/{entry}/hold", roles=ANYONE, problems=(NotFound, NotAllYours, EntryElsewhere, Elsewhere))
async def hold_entry(call: Call, entry: UUID, body: Hold) -> EntryShown:
    """Say that customs keeps the goods. Opens an exception, in which it is seen to."""
    require_come(body.on, call.now.date(), "on")
    known, _ = await _lock(call, entry)
    now, opened = domain.hold(known, body, exception_id=new_id(), by=call.principal.login, now=call.now)
    await exceptions.save(call.tx, call.stamp(), opened, ExceptionOpened(exception=opened.told()))
    await store.save(call.tx, call.stamp(), now, CustomsHeld(entry=now.told()))
    return queries.shown(now)


@routes.post(
    CUSTOMS + "/{entry}/release",
    roles=ANYONE,
    problems=(NotFound, NotAllYours, Elsewhere, EntryElsewhere, GateClosed, NotPassed, CustomsHold),
)
async def release_entry(call: Call, entry: UUID, body: Release) -> EntryShown:
    """Say that the goods may go. CST_REL of what was declared has happened with it, wherever it travels now; the exception of a hold stays
    until somebody closes it.
    """
    require_come(body.on, call.now.date(), "on")
    known, plans = await _lock(call, entry, RELEASED)
    now = domain.release(known, body.on)
    met = await _meet(call, plans, known, RELEASED, body.on)
    # What waited for it goes on, also where the milestone itself had been recorded before.
    others = [domain.freed(plan, known) for plan in plans if plan.order_id not in met and plan.status != "cancelled"]
    await waiting.follow(call.tx, call.stamp(), [Settled(plan, plan, compare(plan, plan)) for plan in others], "actual_recorded")
    await store.save(call.tx, call.stamp(), now, CustomsReleased(entry=now.told()))
    return queries.shown(now)


@routes.get(CUSTOMS, roles=ANYONE)
async def list_entries(call: Call, query: EntriesQuery) -> Page[EntryShown]:
    """List customs entries, the newest first."""
    return await queries.list_entries(call.tx, query, await sight(call))


@routes.get(CUSTOMS + "/{entry}", roles=ANYONE, problems=(NotFound,))
async def read_entry(call: Call, entry: UUID) -> EntryShown:
    """Read a customs entry."""
    return queries.shown(await store.read(call.tx, entry, await sight(call)))


async def _declare(
    call: Call,
    plans: Sequence[Plan],
    leg: str | None,
    body: EntryBody,
    on: date,
    *,
    order_id: UUID | None = None,
    shipment_id: UUID | None = None,
) -> Reply[EntryShown]:
    domain.require_declared(plans, on, call.now.date())
    await _check_documents(call, body, plans)
    made = Entry(
        entry_id=new_id(),
        order_id=order_id,
        shipment_id=shipment_id,
        shipment=leg,
        orders=tuple(ConcernedOrder(order_id=plan.order_id, number=plan.number, customer_id=plan.customer_id) for plan in plans),
        lines={plan.order_id: tuple(line.line for line in plan.lines_of(leg)) for plan in plans},
        number=body.number,
        regime_code=body.regime_code,
        documents=body.documents,
        declared_on=on,
        declared_by=call.principal.login,
    )
    await _meet(call, plans, made, DECLARED, on)
    await store.save(call.tx, call.stamp(), made, CustomsDeclared(entry=made.told()))
    return Reply(queries.shown(made), headers={"Location": f"{CUSTOMS}/{made.entry_id}"})


async def _meet(call: Call, plans: Sequence[Plan], entry: Entry, milestone: str, on: date) -> set[UUID]:
    """Answers the orders of which it is recorded."""
    now, met = {plan.order_id: plan for plan in plans}, set[UUID]()
    while recorded := domain.meet(now.values(), entry, milestone, on):
        for one in await waiting.record(call.tx, call.stamp(), recorded):
            now[one.settled.after.order_id] = written(one.settled)
            met.add(one.settled.after.order_id)
    return met


async def _check_documents(call: Call, body: EntryBody, plans: Sequence[Plan]) -> None:
    known = await store.documents_of(call.tx, body.documents, [plan.order_id for plan in plans])
    require_none([FieldError(f"documents.{index}", words.OTHER_DOCUMENT) for index, one in enumerate(body.documents) if one not in known])


async def _lock(call: Call, entry_id: UUID, meets: str = DECLARED) -> tuple[Entry, list[Plan]]:
    """The entry under its lock, its orders and their shipments before it; NotAllYours where one is not in sight, Forbidden to whom neither
    his role nor his department lets answer for the milestone that this `meets`.
    """
    owners = await sight(call)
    seen = await store.read(call.tx, entry_id, owners)
    found = await shipments.lock_orders(call.tx, [order.number for order in seen.orders], owners, call.now.date())
    require_all(len(seen.orders) - len(found), "the customs entry")
    who, plans = await reporter(call, BROKERS), list(found.values())
    for leg in {leg for plan in plans for leg in domain.legs_of(plan, seen)} or {seen.shipment}:
        who.require_each(plans, (leg, meets))
    return await store.lock(call.tx, entry_id), plans
