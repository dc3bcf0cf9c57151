"""The work list over HTTP: all that one person has to see to today, in one call, and each part of it a page at a time."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from services.orders.advice import queries as advice
from services.orders.advice.queries import AdviceShown
from services.orders.exceptions import queries as exceptions
from services.orders.exceptions.queries import ExceptionWork, OwnActionWork, VerificationWork
from services.orders.fields import Answer
from services.orders.inspections import queries as inspections
from services.orders.inspections.queries import InspectionWork
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
    AnsweredWork,
    ChaseWork,
    ClauseWork,
    CreditWork,
    CutoffWork,
    DelayWork,
    DocumentWork,
    MilestoneWork,
    OrderAtRisk,
    PartName,
    Person,
    UrgentWork,
)
from shared.approvals import store as approvals
from shared.approvals.desk import actor_of
from shared.approvals.models import RequestShown, RequestsQuery, View
from shared.contracts.risks import RiskKind
from shared.contracts.text import Both
from shared.problems import Invalid
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.paging import Page, PageQuery
from shared.web.routes import Routes

routes = Routes("work")
_ONE_PART = Both("a cursor goes on in one part: name it", "`cursor` 只接续一个部分，请指明 `part`")


class WorkQuery(PageQuery):
    limit: int = Field(default=20, ge=1, le=50, description="of each part")
    part: Annotated[PartName | None, Field(description="this part alone; left out, all of them from their beginning")] = None


class WorkList(Answer):
    """What is the caller's by the customers he follows, by his department and by name. Parts that were not asked for are null."""

    model_config = ConfigDict(json_schema_extra={"examples": [WORK]})

    today: date
    urgent: Annotated[Page[UrgentWork] | None, Field(description="small orders that must leave at once, the earliest promise first")] = None
    due: Annotated[Page[MilestoneWork] | None, Field(description="milestones that are due today, or were and may be so late yet")] = None
    overdue: Annotated[
        Page[MilestoneWork] | None,
        Field(description="milestones that should have happened, by more than their tolerance, the oldest first"),
    ] = None
    at_risk: Annotated[Page[OrderAtRisk] | None, Field(description="orders expected after their promise, or past it")] = None
    warnings: Annotated[Page[RiskShown] | None, Field(description="milestones in danger before they are late, with the reasons")] = None
    news: Annotated[Page[DelayWork] | None, Field(description="delays of which the customer is to hear by today")] = None
    awaited: Annotated[Page[DelayWork] | None, Field(description="delays that wait for an answer of the customer")] = None
    advice: Annotated[Page[AdviceShown] | None, Field(description="advice that waits for the customer's answer")] = None
    requests: Annotated[Page[DayRequestShown] | None, Field(description="other days that customers ask for and wait to be answered")] = None
    to_answer: Annotated[
        Page[ChaseWork] | None, Field(description="chases that ask the caller, somebody he stands in for, or his department")
    ] = None
    unanswered: Annotated[Page[ChaseWork] | None, Field(description="chases of the caller or his customers that nobody has answered")] = (
        None
    )
    answered: Annotated[
        Page[AnsweredWork] | None, Field(description="chases by whose answer a milestone has happened, to be recorded as actual")
    ] = None
    asked: Annotated[Page[RequestShown] | None, Field(description="own requests for approval that wait")] = None
    to_approve: Annotated[Page[RequestShown] | None, Field(description="requests that the caller may decide")] = None
    cutoffs: Annotated[
        Page[CutoffWork] | None, Field(description="cut-offs that goods are late for, that were missed, or that lie after the departure")
    ] = None
    actions: Annotated[Page[OwnActionWork] | None, Field(description="open actions on exceptions, by their day")] = None
    verifications: Annotated[Page[VerificationWork] | None, Field(description="actions that are done, for another person to verify")] = None
    exceptions: Annotated[
        Page[ExceptionWork] | None,
        Field(description="open exceptions about which nobody has anything to do or to verify, the oldest first"),
    ] = None
    documents: Annotated[
        Page[DocumentWork] | None, Field(description="documents that are missing or discrepant, due within a week or overdue")
    ] = None
    production: Annotated[Page[DangerShown] | None, Field(description="steps of production that are behind the rate that is needed")] = None
    stock: Annotated[Page[DangerShown] | None, Field(description="lines for which the stock is short")] = None
    inspections: Annotated[
        Page[InspectionWork] | None, Field(description="inspections to be made within a week, and failures that stand")
    ] = None
    credits: Annotated[Page[CreditWork] | None, Field(description="letters of credit at risk, by the day to amend them")] = None
    clauses: Annotated[Page[ClauseWork] | None, Field(description="contract clauses that will not be kept, or were not")] = None
    materials: Annotated[
        Page[MaterialShown] | None, Field(description="material that is late, short, or of which nobody knows when it comes")
    ] = None


@routes.get("/api/orders/work", roles=ANYONE)
async def read_work(call: Call, query: WorkQuery) -> WorkList:
    """Read the work list of the caller. What is due, overdue, at risk, awaited and to approve, the most urgent of each kind.

    A part that goes on has `next`: with it as `cursor`, and the name of the `part`, the list goes on there.
    """
    if query.cursor is not None and query.part is None:
        raise Invalid(_ONE_PART, field="part")
    parts = await _parts(call, query)
    wanted = parts if query.part is None else [query.part]
    return WorkList(today=call.now.date(), **{name: await parts[name]() for name in wanted})


async def _parts(call: Call, query: WorkQuery) -> Mapping[PartName, Callable[[], Awaitable[Page[Any]]]]:
    """How each part is read."""
    tx, today = call.tx, call.now.date()
    soon = today + timedelta(days=SOON)
    actor, owners = await actor_of(tx, call.principal, call.now), await sight(call)
    whose = Person(actor.login, actor.stands_in_for, owners)
    mine, sees, login, manages = whose.mine, whose.sees, whose.login, "manager" in call.principal.roles

    def dangers(kind: RiskKind, where: str) -> Awaitable[Page[DangerShown]]:
        return risks.dangers(tx, kind, where, mine, sees, login, query)

    def approvals_of(view: View) -> Awaitable[Page[RequestShown]]:
        wanted = RequestsQuery(view=view, status="pending", limit=query.limit, cursor=query.cursor)
        return approvals.listed(tx, wanted, actor, owners)

    return {
        "urgent": lambda: queries.urgent(tx, whose, query),
        "due": lambda: queries.milestones(tx, whose, today, query, overdue=False),
        "overdue": lambda: queries.milestones(tx, whose, today, query, overdue=True),
        "at_risk": lambda: queries.at_risk(tx, whose, query),
        "warnings": lambda: queries.warnings(tx, whose, query),
        "news": lambda: queries.news(tx, whose, today, query),
        "awaited": lambda: queries.awaited(tx, whose, query),
        "advice": lambda: advice.waiting(tx, mine, query),
        "requests": lambda: requests.waiting(tx, mine, query),
        "to_answer": lambda: queries.to_answer(tx, whose, query),
        "unanswered": lambda: queries.unanswered(tx, whose, query),
        "answered": lambda: queries.answered(tx, whose, query),
        "asked": lambda: approvals_of("asked"),
        "to_approve": lambda: approvals_of("to_decide"),
        "cutoffs": lambda: queries.cutoffs(tx, whose, call.now, query),
        "actions": lambda: exceptions.actions(tx, whose, query),
        "verifications": lambda: exceptions.verifications(tx, mine, login, manages, query),
        "exceptions": lambda: exceptions.resting(tx, mine, manages, query),
        "documents": lambda: queries.documents(tx, whose, soon, query),
        "production": lambda: dangers("quantity_behind", "/api/orders/{order}/production"),
        "stock": lambda: dangers("stock_short", "/api/orders/{order}/stock"),
        "inspections": lambda: inspections.open_of(tx, whose, sees, soon, query),
        "credits": lambda: queries.credits(tx, whose, query),
        "clauses": lambda: queries.clauses(tx, whose, query),
        "materials": lambda: materials.work(tx, sees, today, mine, login, query),
    }
