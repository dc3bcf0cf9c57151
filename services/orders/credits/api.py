"""Letters of credit over HTTP: received, amended, closed, read with their clock."""

from uuid import UUID

from services.orders.credits import domain, queries, store
from services.orders.credits.domain import CreditOver
from services.orders.credits.model import Credit, CreditBody, CreditClosing, Deadline, NewCredit
from services.orders.credits.queries import BackwardShown, CreditLeg, CreditListed, CreditShown, CreditsQuery, DeadlineShown
from services.orders.credits.store import CreditExists
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.sight import sight
from shared.contracts.credits import CoveredOrder, CreditAmended, CreditClosed, CreditOpened
from shared.contracts.customers import Role
from shared.ids import new_id
from shared.problems import NotFound, Stale
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call, Reply
from shared.web.paging import Page
from shared.web.routes import Routes

CREDITS = "/api/orders/credits"
BANKERS: frozenset[Role] = WRITERS | {"finance", "docs"}
"""Those who follow orders, and those who deal with the bank."""

routes = Routes("credits")


@routes.post(CREDITS, roles=BANKERS, status=201, problems=(CreditExists,))
async def open_credit(call: Call, body: NewCredit) -> Reply[CreditShown]:
    """Enter a letter of credit that was received, with the orders it pays. From then on its clock runs on their estimates."""
    owners, credit_id = await sight(call), new_id()
    customer_id = await store.applicant(call.tx, body.customer, owners)
    orders = await _orders(call, body, customer_id, owners)
    calendar, days = await store.bank_days(call.tx, call.stamp(), body.expiry_country)
    await store.watch_orders(call.tx, credit_id, [order.order_id for order in orders])
    entered = {name: getattr(body, name) for name in CreditBody.model_fields if name != "orders"}
    made = Credit(
        credit_id=credit_id,
        customer_id=customer_id,
        orders=orders,
        **entered,
        status="open",
        opened_by=call.principal.login,
        opened_at=call.now,
        closed_by=None,
        closed_at=None,
        outcome=None,
        version=1,
        bank_calendar=calendar,
        bank_days=days,
    )
    await store.save(call.tx, call.stamp(), made, CreditOpened(credit=made.told()))
    return Reply(await _show(call, credit_id), headers={"Location": f"{CREDITS}/{credit_id}"})


@routes.put(CREDITS + "/{credit}", roles=BANKERS, if_match=True, problems=(NotFound, CreditOver, CreditExists, Stale))
async def amend_credit(call: Call, credit: UUID, body: CreditBody) -> CreditShown:
    """Say a letter of credit anew: as the bank has amended it, or for other orders. Its applicant stays."""
    owners = await sight(call)
    seen = await store.read(call.tx, credit, owners)
    orders = await _orders(call, body, seen.customer_id, owners)
    calendar, days = await store.bank_days(call.tx, call.stamp(), body.expiry_country)
    await store.watch_orders(call.tx, credit, [order.order_id for order in orders])
    (known,) = await store.lock(call.tx, [credit])
    call.require_version(known.version)
    now = domain.amend(known, body, orders, calendar, days)
    await store.save(call.tx, call.stamp(), now, CreditAmended(credit=now.told()))
    return await _show(call, credit)


@routes.post(CREDITS + "/{credit}/closing", roles=BANKERS, problems=(NotFound, CreditOver))
async def close_credit(call: Call, credit: UUID, body: CreditClosing) -> CreditShown:
    """Close a letter of credit. It was paid, has expired or was cancelled; nothing is watched any more."""
    await store.read(call.tx, credit, await sight(call))
    await store.watch_orders(call.tx, credit, ())
    (known,) = await store.lock(call.tx, [credit])
    now = domain.close(known, body.outcome, call.principal.login, call.now)
    told = CreditClosed(credit_id=credit, number=now.number, customer_id=now.customer_id, outcome=body.outcome)
    await store.save(call.tx, call.stamp(), now, told)
    return await _show(call, credit)


@routes.get(CREDITS, roles=ANYONE)
async def list_credits(call: Call, query: CreditsQuery) -> Page[CreditListed]:
    """List letters of credit, the newest first."""
    return await queries.list_credits(call.tx, query, await sight(call))


@routes.get(CREDITS + "/{credit}", roles=ANYONE, problems=(NotFound,))
async def read_credit(call: Call, credit: UUID) -> CreditShown:
    """Read a letter of credit with its clock. For each leg its deadlines, and backward the last day of every milestone to come."""
    return await _show(call, credit)


async def _orders(call: Call, body: CreditBody, customer_id: UUID, owners: list[str] | None) -> tuple[CoveredOrder, ...]:
    plans = await planning.lock_orders(call.tx, body.orders, owners, call.now.date())
    return domain.check_orders(plans, body, customer_id, await store.currencies(call.tx, body.orders), call.now.date())


async def _show(call: Call, credit_id: UUID) -> CreditShown:
    owners = await sight(call)
    listed = await queries.read_listed(call.tx, credit_id, owners)
    credit = await store.read(call.tx, credit_id, owners)
    looked = (await store.looked_at(call.tx, [credit_id]))[credit_id]
    plans = await planning.read_plans(call.tx, [order.order_id for order in credit.orders], call.now.date())
    legs = [leg for plan in sorted(plans, key=lambda plan: plan.number) for leg in _legs(credit, plan, call)]
    return CreditShown(**listed, legs=tuple(legs), risks=looked.told)


def _legs(credit: Credit, plan: Plan, call: Call) -> list[CreditLeg]:
    found: dict[str | None, list[Deadline]] = {}
    for one in domain.deadlines(credit, plan, call.now.date()):
        found.setdefault(one.shipment, []).append(one)
    return [
        CreditLeg(
            order=plan.number,
            shipment=shipment,
            present_by=domain.present_by(days),
            deadlines=tuple(DeadlineShown(**{name: getattr(one, name) for name in DeadlineShown.model_fields}) for one in days),
            milestones=tuple(
                BackwardShown(milestone=code, latest=latest, expected=plan.at((shipment, code)).estimated)
                for code, latest in domain.backward(credit, plan, shipment, days).items()
            ),
        )
        for shipment, days in found.items()
    ]
