"""Chases as people read them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.orders.chases.model import PARTS, Chase, ChaseStatus
from services.orders.chases.store import READ, SEEN, chase_of
from services.orders.fields import Answer, MilestoneCode, Number
from services.orders.templates.model import Department
from shared.database.pool import Tx
from shared.web.paging import Page, PageQuery, page


class ChasesQuery(PageQuery):
    """What chases are listed by."""

    order: Number | None = None
    status: ChaseStatus | None = None
    asked: Annotated[str | None, Field(max_length=100, description="login")] = None
    department: Department | None = None
    milestone: MilestoneCode | None = None
    overdue: Annotated[bool | None, Field(description="true: open, and the day by which an answer was asked is over")] = None


class ChaseShown(Answer):
    """A chase as it stands, with the answer that stands."""

    chase: UUID
    order: str
    shipment: str | None
    parts: Annotated[tuple[str | None, ...], Field(description=PARTS)]
    milestone: str
    asked: str
    department: str | None
    question: str
    answer_by: date
    asked_by: str
    asked_at: datetime
    status: ChaseStatus
    level: Annotated[int, Field(description="how often it was escalated")]
    escalated_to: str | None
    reminders: int
    answers: int
    day: Annotated[date | None, Field(description="when it will happen, as it was answered")]
    done_on: Annotated[date | None, Field(description="when it has happened, as it was answered: to be recorded by who follows the order")]
    text: str | None
    answered_at: datetime | None
    answered_by: Annotated[
        str | None, Field(description="login of who answered, signed in or by his link; null in old answers by the link of who was asked")
    ]
    on_behalf_of: Annotated[str | None, Field(description="login of the absent one that was asked, whose deputy answered")]
    version: int


_LIST = f"""{READ}
WHERE {SEEN} AND ($3::uuid IS NULL OR c.id < $3)
    AND ($4::text IS NULL OR o.number = $4) AND ($5::text IS NULL OR c.status = $5) AND ($6::text IS NULL OR c.asked = $6)
    AND ($7::text IS NULL OR c.department = $7) AND ($8::text IS NULL OR c.milestone = $8)
    AND ($9::boolean IS NULL OR $9 = (c.status = 'open' AND c.answer_by < $10))
ORDER BY c.id DESC LIMIT $11
"""


async def list_chases(tx: Tx, query: ChasesQuery, owners: list[str] | None, logins: Sequence[str], today: date) -> Page[ChaseShown]:
    """Chases of orders in sight, and those that ask one of `logins`, the newest first."""
    (behind,) = query.begins_after(UUID)
    filters = (query.order, query.status, query.asked, query.department, query.milestone, query.overdue)
    rows = await tx.fetch(_LIST, owners, logins, behind, *filters, today, query.limit + 1)
    return page([chase_of(row) for row in rows], query.limit, lambda one: (one.chase_id,)).each(shown)


def shown(chase: Chase) -> ChaseShown:
    same: dict[str, Any] = {name: getattr(chase, name) for name in ChaseShown.model_fields if name != "chase"}
    return ChaseShown(chase=chase.chase_id, **same)
