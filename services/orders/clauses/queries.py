"""Clauses as people read them: how each stands, and the list by which contracts are supervised."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from services.orders.clauses.domain import stands
from services.orders.clauses.model import Clause, ClauseState, ClauseStatus
from services.orders.clauses.store import READ, clause_of, of_orders
from services.orders.fields import Answer, Number, ShownMoney, in_full
from services.orders.planning.model import Plan
from services.orders.planning.store import read_by_id
from shared.contracts.clauses import Penalty
from shared.contracts.due import DueAfter
from shared.database.pool import Tx
from shared.web.paging import Page, PageQuery, page


class ClausesQuery(PageQuery):
    """What clauses are listed by."""

    status: ClauseStatus | None = None
    state: ClauseState | None = None
    order: Annotated[Number | None, Field(description="order number")] = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    keep_by: Annotated[date | None, Field(description="those to be kept by this day or before")] = None


def _terms_in_full(terms: Penalty) -> Penalty:
    return terms.model_copy(update={"fixed": in_full(terms.fixed)}) if terms.fixed is not None else terms


_Terms = Annotated[Penalty, AfterValidator(_terms_in_full)]


class ClauseShown(Answer):
    """A clause, and how it stands by the order's plan of this moment; one that is closed, as it stood then."""

    clause: UUID
    order: str
    reference: str
    text: str
    line: str | None
    milestone: str
    due_on: date | None
    due_after: DueAfter | None
    grace_days: int
    penalty: _Terms | None
    value: ShownMoney | None
    status: ClauseStatus
    state: ClauseState
    due: date
    keep_by: Annotated[date, Field(description="the last day that costs nothing")]
    expected: Annotated[date, Field(description="when the milestone is expected, or has happened, in the last leg")]
    happened: date | None
    days_late: Annotated[int, Field(description="calendar days after `keep_by` that are expected")]
    penalty_so_far: Annotated[ShownMoney | None, Field(description="what it costs by today, or cost when it happened")]
    penalty_expected: Annotated[ShownMoney | None, Field(description="what it will cost as it is expected now")]
    entered_by: str
    entered_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    outcome: str | None
    version: int


_LIST = f"""{READ}
WHERE ($1::text[] IS NULL OR k.owner = ANY($1)) AND ($2::date IS NULL OR (c.keep_by, c.id) > ($2, $3::uuid))
    AND ($4::text IS NULL OR c.status = $4) AND ($5::text IS NULL OR c.state = $5) AND ($6::text IS NULL OR o.number = $6)
    AND ($7::text IS NULL OR k.code = $7) AND ($8::date IS NULL OR c.keep_by <= $8)
ORDER BY c.keep_by, c.id LIMIT $9
"""


async def list_clauses(tx: Tx, query: ClausesQuery, owners: list[str] | None, today: date) -> Page[ClauseShown]:
    """Clauses of orders in sight, those to be kept first at the top."""
    day, behind = query.begins_after(date, UUID)
    filters = (query.status, query.state, query.order, query.customer, query.keep_by)
    rows = await tx.fetch(_LIST, owners, day, behind, *filters, query.limit + 1)
    found = page([clause_of(row) for row in rows], query.limit, lambda one: (one.keep_by, one.clause_id))
    plans = await read_by_id(tx, {clause.order_id for clause in found.items}, today)
    return found.each(lambda clause: shown(clause, plans[clause.order_id], today))


async def of_plan(tx: Tx, plan: Plan, today: date) -> tuple[ClauseShown, ...]:
    """The open clauses of an order beside its plan."""
    return tuple(shown(clause, plan, today) for clause in (await of_orders(tx, [plan.order_id])).get(plan.order_id, ()))


def shown(clause: Clause, plan: Plan, today: date) -> ClauseShown:
    """A clause beside how it stands."""
    found = stands(clause, plan, today)
    known: dict[str, Any] = {name: getattr(clause, name) for name in ClauseShown.model_fields if hasattr(clause, name)}
    stood = {name: getattr(found, name) for name in type(found).__dataclass_fields__}
    return ClauseShown(**{**known, **stood, "clause": clause.clause_id})
