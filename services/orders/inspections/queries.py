"""Inspections as people read them."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import Field

from services.orders.fields import ABSENT, Answer, Number
from services.orders.inspections.domain import DEPARTMENT
from services.orders.inspections.store import IN_SIGHT, READ, STANDS, inspection_of
from services.orders.inspections.words import NO_INSPECTION
from services.orders.milestones.domain import Happened, Unmoved
from shared.contracts.inspections import INSPECTIONS, Defect, InspectionState, InspectionType, Sampling
from shared.contracts.orders import MovedLine, MovedNode
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.directory.domain import Named
from shared.problems import NotFound
from shared.web.paging import Page, PageQuery, page


class InspectionsQuery(PageQuery):
    """What inspections are listed by."""

    order: Annotated[Number | None, Field(description="order number")] = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    type: InspectionType | None = None
    state: InspectionState | None = None
    inspector: Annotated[str | None, Field(max_length=200, description="login, or name of the third party")] = None
    planned_from: Annotated[date | None, Field(description="planned for this day or later")] = None
    planned_to: Annotated[date | None, Field(description="planned for this day or earlier")] = None
    open: Annotated[bool | None, Field(description="true: planned, or failed and neither repeated nor waived")] = None


class InspectionShown(Answer):
    """An inspection as it stands."""

    inspection: UUID
    order: str
    customer: Annotated[str, Field(description="code")]
    type: InspectionType
    name: Annotated[LocalText, Field(description="of the type")]
    milestone: Annotated[str | None, Field(description="waits while it has failed, and happens when an inline or final one has passed")]
    lines: tuple[str, ...]
    state: InspectionState
    open: Annotated[bool, Field(description="planned, or failed and neither repeated nor waived")]
    day: Annotated[date, Field(description="for which it is or was planned")]
    inspector: str | None
    third_party: str | None
    sampling: Sampling
    planned_by: str
    repeats: Annotated[UUID | None, Field(description="the one that failed before it")]
    inspected_on: date | None
    inspected: Annotated[int | None, Field(description="units that were looked at")]
    defects: tuple[Defect, ...]
    note: str | None
    exception: Annotated[str | None, Field(description="link to the exception in which its failure is seen to")]
    reported_by: str | None
    on_behalf_of: Annotated[str | None, Field(description="the absent inspector, whose deputy reported it")]
    waived_by: str | None
    waived_on: date | None
    reason: Annotated[str | None, Field(description="why it was waived or withdrawn")]
    link: str
    version: int


class InspectionWork(InspectionShown):
    """An inspection that somebody has to see to."""

    absent: Annotated[str | None, ABSENT]


class Moved(Answer):
    """What a command moved in the order; its promises stay."""

    nodes: Annotated[tuple[MovedNode, ...], Field(description="milestones whose expected date moved")]
    lines: Annotated[tuple[MovedLine, ...], Field(description="lines whose expected delivery moved")]
    at_risk: Annotated[tuple[str, ...], Field(description="lines newly expected after their promise")]
    recorded: Annotated[tuple[Happened, ...], Field(description="milestones that have happened by it")]
    not_recorded: Annotated[tuple[Unmoved, ...], Field(description="milestones that should have, and why they could not")]


class InspectionDone(InspectionShown):
    """An inspection after a command."""

    moved: Moved


OPEN = f"(i.state = 'planned' OR ({STANDS}))"
_LIST = f"""{READ}
WHERE ($1::text[] IS NULL OR k.owner = ANY($1) OR i.inspector = ANY($13::text[])) AND ($2::date IS NULL OR (i.day, i.id) > ($2, $3::uuid))
    AND ($4::text IS NULL OR o.number = $4) AND ($5::text IS NULL OR k.code = $5) AND ($6::text IS NULL OR i.type = $6)
    AND ($7::text IS NULL OR i.state = $7) AND ($8::text IS NULL OR $8 IN (i.inspector, i.third_party))
    AND ($9::date IS NULL OR i.day >= $9) AND ($10::date IS NULL OR i.day <= $10) AND ($11::boolean IS NULL OR $11 = {OPEN})
ORDER BY i.day, i.id LIMIT $12
"""


# An inspection is its inspector's by name, his who follows the customer, and the department's that inspects.
_WORK = f"""{READ}
WHERE {OPEN} AND (i.state = 'failed' OR i.day <= $4) AND o.status <> 'cancelled' AND (i.inspector = ANY($1::text[])
    OR (($2::text[] IS NULL OR k.owner = ANY($2))
        AND (k.owner = ANY($1::text[]) OR $5 = (SELECT s.department FROM known_staff s WHERE s.login = $3))))
    AND ($6::date IS NULL OR (i.day, i.id) > ($6, $7::uuid))
ORDER BY i.day, i.id LIMIT $8
"""


async def open_of(tx: Tx, who: Named, sees: Sequence[str] | None, last: date, query: PageQuery) -> Page[InspectionWork]:
    """What somebody has to see to: inspections to be made by `last`, and failures that stand."""
    behind = query.begins_after(date, UUID)
    rows = await tx.fetch(_WORK, who.mine, sees, who.login, last, DEPARTMENT, *behind, query.limit + 1)
    found = [InspectionWork(**dict(shown(row)), absent=who.absent(row["inspector"])) for row in rows]
    return page(found, query.limit, lambda one: (one.day, one.inspection))


async def list_inspections(tx: Tx, query: InspectionsQuery, owners: list[str] | None, logins: Sequence[str]) -> Page[InspectionShown]:
    """Inspections of orders in sight, and those that one of `logins` makes, by the day they are planned for."""
    day, behind = query.begins_after(date, UUID)
    filters: list[Any] = [query.order, query.customer, query.type, query.state, query.inspector, query.planned_from, query.planned_to]
    rows = await tx.fetch(_LIST, owners, day, behind, *filters, query.open, query.limit + 1, logins)
    return page([shown(row) for row in rows], query.limit, lambda one: (one.day, one.inspection))


async def show(tx: Tx, inspection_id: UUID, owners: list[str] | None, logins: Sequence[str] = ()) -> InspectionShown:
    """NotFound also where its order is not in sight of `owners`, unless one of `logins` makes it."""
    row = await tx.fetchrow(IN_SIGHT, inspection_id, owners, logins)
    if row is None:
        raise NotFound(NO_INSPECTION)
    return shown(row)


def shown(row: asyncpg.Record) -> InspectionShown:
    """A row of READ."""
    one = inspection_of(row)
    same: dict[str, Any] = {name: getattr(one, name) for name in InspectionShown.model_fields if hasattr(one, name)}
    exception = f"/api/orders/exceptions/{one.exception_id}" if one.exception_id else None
    link = f"/api/orders/inspections/{one.inspection_id}"
    found = {"inspection": one.inspection_id, "customer": row["customer"], "name": INSPECTIONS[one.type]}
    return InspectionShown(**same, **found, exception=exception, link=link)
