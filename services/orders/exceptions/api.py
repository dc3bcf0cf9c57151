"""Exceptions over HTTP: opened on an order or a shipment, their actions done and verified, closed, listed."""

from collections.abc import Sequence
from uuid import UUID

from services.orders.delays import queries as delays
from services.orders.delays.words import NO_DELAY
from services.orders.exceptions import domain, queries, store, words
from services.orders.exceptions.domain import ActionOver, ExceptionOver, OwnWork, StillOpen
from services.orders.exceptions.model import (
    Closing,
    Completion,
    EditException,
    GivenAction,
    OpenException,
    OrderException,
    Place,
    Verification,
    Waiver,
)
from services.orders.exceptions.queries import ExceptionShown, ExceptionsQuery
from services.orders.planning.words import empty
from services.orders.shipments import store as shipments
from services.orders.sight import NotAllYours, named, require_all, sight
from shared.contracts.exceptions import ChangedBecause, ExceptionChanged, ExceptionClosed, ExceptionOpened
from shared.contracts.reasons import not_staff
from shared.ids import new_id
from shared.problems import Invalid, NotFound, Stale
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes

EXCEPTIONS = "/api/orders/exceptions"
ACTIONS = EXCEPTIONS + "/{exception}/actions"

routes = Routes("exceptions")


@routes.post("/api/orders/{order}/exceptions", roles=ANYONE, status=201, problems=(NotFound,))
async def open_exception(call: Call, order: str, body: OpenException) -> Reply[ExceptionShown]:
    """Open an exception of an order. What went wrong, how much of it is affected, and why.

    Give every cause with the party that answers for it, or UNKNOWN alone while it is under investigation. By whoever sees the order and
    finds that something is not as it should be; what is done about it is said by those who follow the order.
    """
    return await _open(call, await store.order_place(call.tx, order, await sight(call)), body)


@routes.post("/api/orders/shipments/{shipment}/exceptions", roles=ANYONE, status=201, problems=(NotFound, NotAllYours))
async def open_shipment_exception(call: Call, shipment: str, body: OpenException) -> Reply[ExceptionShown]:
    """Open an exception of a shipment, with all orders in it. Every order must be of a customer in the caller's sight."""
    found = await shipments.read(call.tx, shipment)
    place, others = await store.shipment_place(call.tx, found.id, shipment, await sight(call))
    require_all(others, f"shipment {shipment}")
    if not place.orders:
        raise Invalid(empty(shipment))
    return await _open(call, place, body)


@routes.put(EXCEPTIONS + "/{exception}", roles=WRITERS, if_match=True, problems=(NotFound, NotAllYours, ExceptionOver, Stale))
async def edit_exception(call: Call, exception: UUID, body: EditException) -> ExceptionShown:
    """Say an exception anew. Its kind, day and actions stay."""
    known = await _lock_own(call, exception)
    call.require_version(known.version)
    place = await store.place_of(call.tx, known)
    await _check_delay(call, body, place)
    return await _change(call, domain.edit(known, place, body), "edited")


@routes.post(ACTIONS, roles=WRITERS, status=201, problems=(NotFound, NotAllYours, ExceptionOver))
async def add_action(call: Call, exception: UUID, body: GivenAction) -> ExceptionShown:
    """Add an action. Corrective mends what went wrong, preventive keeps it from happening again."""
    known = await _lock_own(call, exception)
    await _check_owner(call, body)
    action = new_id()
    return await _change(call, domain.add_action(known, body, action, call.now.date()), "action_added", action)


@routes.put(ACTIONS + "/{action}", roles=WRITERS, if_match=True, problems=(NotFound, NotAllYours, ExceptionOver, ActionOver, Stale))
async def change_action(call: Call, exception: UUID, action: UUID, body: GivenAction) -> ExceptionShown:
    """Say an open action anew, by the exception's ETag. A later day makes an overdue one due again."""
    known = await _lock_own(call, exception)
    call.require_version(known.version)
    await _check_owner(call, body)
    return await _change(call, domain.change_action(known, action, body, call.now.date()), "action_changed", action)


@routes.post(ACTIONS + "/{action}/completion", roles=ANYONE, problems=(NotFound, NotAllYours, ExceptionOver, ActionOver))
async def complete_action(call: Call, exception: UUID, action: UUID, body: Completion) -> ExceptionShown:
    """Say that an action is done. By its owner, by his deputy while he is away, or by those who follow the order; somebody else has to
    verify it.
    """
    who = await named(call)
    known, others = await _lock(call, exception, who.mine)
    owner = next((one.owner for one in known.actions if one.action_id == action), who.login)
    if not who.concerned(owner):
        call.principal.require(WRITERS)
        require_all(others, "the exception")
    return await _change(call, domain.complete(known, action, body.result, who.login, who.absent(owner)), "action_done", action)


@routes.post(ACTIONS + "/{action}/verification", roles=ANYONE, problems=(NotFound, ExceptionOver, ActionOver, OwnWork))
async def verify_action(call: Call, exception: UUID, action: UUID, body: Verification) -> ExceptionShown:
    """Verify an action that is done: neither its owner nor who did it, nor who sees it in the owner's place. One that did not help is
    open again.
    """
    known, _ = await _lock(call, exception, [call.principal.login])
    later = domain.verify(known, action, effective=body.effective, note=body.note, by=call.principal.login)
    return await _change(call, later, "action_verified" if body.effective else "action_reopened", action)


@routes.post(ACTIONS + "/{action}/waiver", roles=WRITERS, problems=(NotFound, NotAllYours, ExceptionOver, ActionOver, OwnWork))
async def waive_action(call: Call, exception: UUID, action: UUID, body: Waiver) -> ExceptionShown:
    """Waive an action that is not needed any more, with the reason. Not by its owner."""
    known = await _lock_own(call, exception)
    return await _change(call, domain.waive(known, action, body.reason, call.principal.login), "action_waived", action)


@routes.post(EXCEPTIONS + "/{exception}/closing", roles=WRITERS, problems=(NotFound, NotAllYours, ExceptionOver, StillOpen))
async def close_exception(call: Call, exception: UUID, body: Closing) -> ExceptionShown:
    """Close an exception. Its cause is known, and each action is verified, or waived with a reason.

    A major one has a corrective action, a critical one a preventive action, too.
    """
    known = await _lock_own(call, exception)
    closed = domain.close(known, body.resolution, call.principal.login, call.now)
    await store.save(call.tx, call.stamp(), closed, ExceptionClosed(exception=closed.told()))
    return await _show(call, exception)


@routes.get(EXCEPTIONS, roles=ANYONE)
async def list_exceptions(call: Call, query: ExceptionsQuery) -> Page[ExceptionShown]:
    """List exceptions, the newest first."""
    return await queries.list_exceptions(call.tx, query, (await named(call)).mine, await sight(call))


@routes.get(EXCEPTIONS + "/{exception}", roles=ANYONE, problems=(NotFound,))
async def read_exception(call: Call, exception: UUID) -> ExceptionShown:
    """Read an exception with its actions, and its orders in sight."""
    return await _show(call, exception)


async def _open(call: Call, place: Place, body: OpenException) -> Reply[ExceptionShown]:
    await _check_delay(call, body, place)
    made = domain.open_exception(place, body, exception_id=new_id(), by=call.principal.login, now=call.now)
    await store.save(call.tx, call.stamp(), made, ExceptionOpened(exception=made.told()))
    return Reply(await _show(call, made.exception_id), headers={"Location": f"{EXCEPTIONS}/{made.exception_id}"})


async def _change(call: Call, now: OrderException, because: ChangedBecause, action: UUID | None = None) -> ExceptionShown:
    await store.save(call.tx, call.stamp(), now, ExceptionChanged(exception=now.told(), because=because, action_id=action))
    return await _show(call, now.exception_id)


async def _show(call: Call, exception: UUID) -> ExceptionShown:
    return await queries.read_exception(call.tx, exception, (await named(call)).mine, await sight(call))


async def _lock(call: Call, exception: UUID, logins: Sequence[str]) -> tuple[OrderException, int]:
    """The exception under its lock, and how many orders it concerns that are not in sight; NotFound where none is, nor an action of
    `logins`.
    """
    shown = await queries.read_exception(call.tx, exception, logins, await sight(call))
    return await store.lock(call.tx, exception), shown.others


async def _lock_own(call: Call, exception: UUID) -> OrderException:
    """As `_lock`; NotAllYours where it concerns orders that are not in sight."""
    known, others = await _lock(call, exception, [call.principal.login])
    require_all(others, "the exception")
    return known


async def _check_delay(call: Call, body: EditException, place: Place) -> None:
    if body.delay is None:
        return
    try:
        found = await delays.read_delay(call.tx, body.delay, await sight(call))
    except NotFound as unknown:
        raise Invalid(NO_DELAY, field="delay") from unknown
    if not {order.number for order in found.orders} & {order.number for order in place.orders}:
        raise Invalid(words.OTHER_DELAY, field="delay")


async def _check_owner(call: Call, body: GivenAction) -> None:
    if not await store.at_work(call.tx, body.owner):
        raise Invalid(not_staff(body.owner), field="owner")
