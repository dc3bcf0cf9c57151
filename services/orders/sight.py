"""Whose orders the caller sees, and what he may report on them."""

from collections.abc import Sequence

from services.orders.milestones import store as milestones
from services.orders.milestones.domain import Reporter
from services.orders.planning import store as planning
from services.orders.planning.model import DEPART, Plan
from shared.contracts.customers import Role
from shared.contracts.text import Both
from shared.directory import department_of, owners_seen, sights, stands_in_for
from shared.directory.domain import Named
from shared.problems import Forbidden
from shared.web.auth import NOT_ALLOWED, WRITERS
from shared.web.call import Call


class NotAllYours(Forbidden):
    """The command would touch orders of customers that are not the caller's; `others` counts them."""

    slug = "not-all-yours"
    title = Both("Orders of other owners' customers are touched", "涉及他人客户的订单")


async def sight(call: Call) -> list[str] | None:
    """Logins whose customers' orders the caller sees; None for all."""
    return await owners_seen(call.tx, call.principal, call.now)


async def sights_of(calls: Sequence[Call]) -> list[list[str] | None]:
    """As `sight`, for calls that share a transaction."""
    return await sights(calls[0].tx, [call.principal for call in calls], calls[0].now)


async def named(call: Call) -> Named:
    """The caller, with those he stands in for: what names one of them is his."""
    return Named(call.principal.login, await stands_in_for(call.tx, call.principal.login, call.now))


async def reporter(call: Call, roles: frozenset[Role]) -> Reporter:
    """What the caller may report on: whatever he sees with one of `roles`, else what his department answers for, or what names him or
    somebody he stands in for.

    Forbidden to who has neither such a role nor a department.
    """
    login = call.principal.login
    if call.principal.roles & roles:
        return Reporter(frozenset({login}), None, whatever=True)
    department = await department_of(call.tx, login)
    if department is None:
        raise Forbidden(NOT_ALLOWED)
    return Reporter(frozenset({login, *await stands_in_for(call.tx, login, call.now)}), department)


async def answering(call: Call, order: str) -> tuple[list[str] | None, Reporter]:
    """Sight of an order for who records its milestones, and what he may record.

    Who is named on a milestone, or stands in for who is, sees the order for that, whosever customer it is of.
    """
    owners = await sight(call)
    if owners is not None and await milestones.named(call.tx, order, owners):
        return None, Reporter(frozenset(owners), None)
    return owners, await reporter(call, WRITERS)


async def require_shipper(call: Call, shipment: str) -> None:
    """Forbidden but for those who follow orders, and for who answers for the departure of each order of the shipment."""
    who = await reporter(call, WRITERS)
    if not who.whatever:
        plans, others = await planning.read_shipment_orders(call.tx, shipment, await sight(call), call.now.date())
        require_all(others, f"shipment {shipment}")
        who.require_each(plans, (shipment, DEPART))


async def plans_of(call: Call, shipment: str) -> list[Plan]:
    """The orders of a shipment whose lock is held, under their locks; NotAllYours when some are out of sight."""
    plans, others = await planning.lock_shipment_orders(call.tx, shipment, await sight(call), call.now.date())
    require_all(others, f"shipment {shipment}")
    return plans


def require_all(others: int, what: str) -> None:
    """NotAllYours when there are orders out of the caller's sight."""
    if others:
        orders = "1 order of another owner's customer" if others == 1 else f"{others} orders of other owners' customers"
        chinese = f"涉及他人客户的订单 {others} 个，须由经理办理"
        raise NotAllYours(Both(f"{what} touches {orders}: a manager can do it", chinese), others=others)
