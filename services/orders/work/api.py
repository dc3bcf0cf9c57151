"""The work list over HTTP: all that one person has to see to today, in one call."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.orders.advice import queries as advice
from services.orders.advice.queries import AdviceShown
from services.orders.fields import Answer
from services.orders.inspections import queries as inspections
from services.orders.inspections.queries import InspectionShown
from services.orders.materials import queries as materials
from services.orders.materials.queries import MaterialShown
from services.orders.requests import queries as requests
from services.orders.requests.queries import DayRequestShown
from services.orders.risks import queries as risks
from services.orders.risks.queries import DangerShown, RiskShown
from services.orders.sight import sight
from services.orders.tasks.queries import SOON
from services.orders.work import queries
from services.orders.work.examples import WORK
from services.orders.work.model import (
    ActionWork,
    ChaseWork,
    ClauseWork,
    CreditWork,
    CutoffWork,
    DelayWork,
    DocumentWork,
    MilestoneWork,
    OrderAtRisk,
    Part,
    Person,
    UrgentWork,
    part,
)
from services.orders.work.queries import BEGINNING
from shared.approvals import store as approvals
from shared.approvals.desk import actor_of
from shared.approvals.domain import Actor
from shared.approvals.models import RequestShown, RequestsQuery, View
from shared.contracts.risks import RiskKind
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("work")


class WorkQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=20, ge=1, le=50, description="of each kind")


class WorkList(Answer):
    """What is the caller's by the customers he follows, by his department and by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [WORK]})

    today: date
    urgent: Annotated[Part[UrgentWork], Field(description="small orders that must leave at once, the earliest promise first")]
    due: Annotated[Part[MilestoneWork], Field(description="milestones that are due today")]
    overdue: Annotated[Part[MilestoneWork], Field(description="milestones that should have happened, the oldest first")]
    at_risk: Annotated[Part[OrderAtRisk], Field(description="orders expected after their promise, or past it")]
    warnings: Annotated[Part[RiskShown], Field(description="milestones in danger before they are late, with the reasons")]
    news: Annotated[Part[DelayWork], Field(description="delays of which the customer is to hear by today")]
    awaited: Annotated[Part[DelayWork], Field(description="delays that wait for an answer of the customer")]
    advice: Annotated[Part[AdviceShown], Field(description="advice that waits for the customer's answer")]
    requests: Annotated[Part[DayRequestShown], Field(description="other days that customers ask for and wait to be answered")]
    to_answer: Annotated[Part[ChaseWork], Field(description="chases that ask the caller or his department")]
    unanswered: Annotated[Part[ChaseWork], Field(description="chases of the caller or his customers that nobody has answered")]
    asked: Annotated[Part[RequestShown], Field(description="own requests for approval that wait")]
    to_approve: Annotated[Part[RequestShown], Field(description="requests that the caller may decide")]
    cutoffs: Annotated[Part[CutoffWork], Field(description="cut-offs of vessels for which goods are late, or that were missed")]
    actions: Annotated[Part[ActionWork], Field(description="open actions on exceptions, by their day")]
    documents: Annotated[Part[DocumentWork], Field(description="documents that are missing or discrepant, due within a week or overdue")]
    production: Annotated[Part[DangerShown], Field(description="steps of production that are behind the rate that is needed")]
    stock: Annotated[Part[DangerShown], Field(description="lines for which the stock is short")]
    inspections: Annotated[Part[InspectionShown], Field(description="inspections to be made within a week, and failures that stand")]
    credits: Annotated[Part[CreditWork], Field(description="letters of credit at risk, by the day to amend them")]
    clauses: Annotated[Part[ClauseWork], Field(description="contract clauses that will not be kept, or were not")]
    materials: Annotated[Part[MaterialShown], Field(description="material that is late, short, or of which nobody knows when it comes")]


@routes.get("/api/orders/work", roles=ANYONE)
async def read_work(call: Call, query: WorkQuery) -> WorkList:
    """Read the work list of the caller. What is due, overdue, at risk, awaited and to approve, the most urgent of each kind."""
    tx, today, limit = call.tx, call.now.date(), query.limit
    soon = today + timedelta(days=SOON)
    actor, owners = await actor_of(tx, call.principal, call.now), await sight(call)
    whose = Person(actor.login, [actor.login, *actor.stands_in_for], owners)
    return WorkList(
        today=today,
        urgent=await queries.urgent(tx, whose, limit),
        due=await queries.milestones(tx, whose, today, today, limit),
        overdue=await queries.milestones(tx, whose, BEGINNING, today - timedelta(days=1), limit),
        at_risk=await queries.at_risk(tx, whose, limit),
        warnings=await queries.warnings(tx, whose, limit),
        news=await queries.news(tx, whose, today, limit),
        awaited=await queries.awaited(tx, whose, limit),
        advice=part(await advice.waiting(tx, whose.mine, limit + 1), limit),
        requests=part(await requests.waiting(tx, whose.mine, limit + 1), limit),
        to_answer=await queries.to_answer(tx, whose, limit),
        unanswered=await queries.unanswered(tx, whose, limit),
        asked=await _requests(call, "asked", actor, owners, limit),
        to_approve=await _requests(call, "to_decide", actor, owners, limit),
        cutoffs=await queries.cutoffs(tx, whose, call.now, limit),
        actions=await queries.actions(tx, whose, limit),
        documents=await queries.documents(tx, whose, soon, limit),
        production=await _dangers(call, "quantity_behind", "/api/orders/{order}/production", whose, limit),
        stock=await _dangers(call, "stock_short", "/api/orders/{order}/stock", whose, limit),
        inspections=part(await inspections.open_of(tx, whose.mine, whose.sees, whose.login, soon, limit + 1), limit),
        credits=await queries.credits(tx, whose, limit),
        clauses=await queries.clauses(tx, whose, limit),
        materials=part(await materials.work(tx, whose.sees, today, whose.mine, whose.login, limit + 1), limit),
    )


async def _dangers(call: Call, kind: RiskKind, where: str, whose: Person, limit: int) -> Part[DangerShown]:
    return part(await risks.dangers(call.tx, kind, where, whose.mine, whose.sees, whose.login, limit + 1), limit)


async def _requests(call: Call, view: View, actor: Actor, owners: list[str] | None, limit: int) -> Part[RequestShown]:
    wanted = RequestsQuery(view=view, status="pending", limit=limit)
    return part(await approvals.listed(call.tx, wanted, actor, owners, None), limit)
