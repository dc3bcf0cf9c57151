"""Stock over HTTP: what a check has found for the lines of an order, listed with what is short."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.corrections import store as corrections
from services.orders.corrections.domain import ActualCorrected
from services.orders.exceptions import store as exceptions
from services.orders.fields import Answer
from services.orders.milestones.domain import Happened, OrderOver, Unmoved
from services.orders.orders.store import ordered
from services.orders.planning import store as planning
from services.orders.planning.domain import written
from services.orders.shipments import store as shipments
from services.orders.shipments.domain import Elsewhere
from services.orders.sight import reporter, sight
from services.orders.stock import domain, queries, store
from services.orders.stock.model import CheckStock
from services.orders.stock.queries import StockQuery, StockShown
from services.orders.waiting import store as waiting
from shared.contracts.customers import Role
from shared.contracts.exceptions import ExceptionOpened
from shared.contracts.orders import MovedNode
from shared.contracts.stock import StockFacts
from shared.ids import new_id
from shared.problems import NotFound
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call
from shared.web.paging import Page, PageQuery
from shared.web.routes import Routes

CHECKERS: frozenset[Role] = WRITERS | {"planner"}
"""Those who check for whatever they see. Others check where their department answers for the milestone: the warehouse, mostly."""
CHECKED_AGAIN = "当日复核 / the stock was checked again on that day"
"""Why a date of a check does not hold."""
ENOUGH = "{} 复核，库存充足 / the stock is enough by the check of {}"
"""How a shortage ended."""

routes = Routes("stock")


class Checked(Answer):
    """What a check did to an order."""

    order: str
    version: int
    checks: tuple[StockFacts, ...]
    exception: Annotated[UUID | None, Field(description="the shortage that this opened")]
    recorded: Annotated[tuple[Happened, ...], Field(description="milestones that have happened by it")]
    not_recorded: Annotated[tuple[Unmoved, ...], Field(description="milestones that should have, and why they could not")]
    corrected: Annotated[tuple[ActualCorrected, ...], Field(description="milestones that a wrong check of the same day had recorded")]
    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones whose expected date moved")]


@routes.post("/api/orders/{order}/stock", roles=ANYONE, status=201, problems=(NotFound, OrderOver, Elsewhere))
async def check_stock(call: Call, order: str, body: CheckStock) -> Checked:
    """Say what a check of the stock has found for lines of an order, all or none. The newest check of a line counts.

    One of the same day takes the place of the one before it, with the dates that gave.

    Enough for all open lines of a leg records STOCK_OK, and all of it ready to leave PACKED, with all rules of an actual date. What is
    short endangers the order until it is there, and with a `severity` opens an exception, which ends when nothing of it is short any more:
    at once where a check of the same day finds so, later where nothing is left to do about it. Of those who do not follow orders, the
    department that answers for the milestone may check. What has left is not checked any more.
    """
    tx, who = call.tx, await reporter(call, CHECKERS)
    plan = await shipments.lock_order(tx, order, await sight(call), call.now.date())
    lines, standing = (await ordered(tx, [plan]))[plan.order_id], await store.standing(tx, plan.order_id)
    made = domain.check(plan, lines, standing, body, [new_id() for _ in body.lines], who, call.now.date())
    # A line that was short and still is belongs to the exception that is open for it.
    checks = [replace(one, exception_id=before.exception_id) if one.short and (before := standing.get(one.line)) else one for one in made]
    opened = None
    if body.severity is not None:
        opened = domain.shortage(plan, checks, body.severity, exception_id=new_id(), by=call.principal.login, now=call.now)
    if opened is not None:
        await exceptions.save(tx, call.stamp(), opened, ExceptionOpened(exception=opened.told()))
        checks = [replace(one, exception_id=one.exception_id or opened.exception_id) if one.short else one for one in checks]
    await store.keep(tx, call.stamp(), plan.order_id, checks)
    short = [standing[one.line].exception_id for one in checks if one.line in standing]
    for shortage in await exceptions.over(tx, [one for one in short if one is not None]):
        await exceptions.end_shortage(tx, call.stamp(), shortage, ENOUGH.format(body.day, body.day), body.day)
    was, right = domain.happened(plan, standing), domain.happened(plan, domain.amended(standing, checks))
    righted = await corrections.follow(tx, plan, was, right, CHECKED_AGAIN)
    followed = domain.follow(righted.settled.after, {**standing, **{one.line: one for one in checks}}, checks)
    [settled] = await waiting.follow(tx, call.stamp(), [followed.settled], store.CHECKED, righted=righted)
    return Checked(
        order=plan.number,
        version=written(settled).version,
        checks=tuple(one.told() for one in checks),
        exception=opened.exception_id if opened else None,
        recorded=followed.recorded,
        not_recorded=followed.unmoved,
        corrected=righted.corrected,
        nodes=settled.moves.nodes,
    )


@routes.get("/api/orders/stock", roles=ANYONE)
async def list_stock(call: Call, query: StockQuery) -> Page[StockShown]:
    """List what the newest checks say of each line. `short=true` are those for which the stock is not enough."""
    return await queries.list_stock(call.tx, query, await sight(call))


@routes.get("/api/orders/{order}/stock", roles=ANYONE, problems=(NotFound,))
async def list_stock_checks(call: Call, order: str, query: PageQuery) -> Page[StockShown]:
    """List the checks of an order as they were made, against what was needed then. The newest first."""
    plan = await planning.read_order(call.tx, order, await sight(call), call.now.date())
    return await queries.list_checks(call.tx, plan.order_id, query)
