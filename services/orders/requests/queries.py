"""What customers ask for, as people read it: of an order, and what waits for our answer."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from services.orders.fields import Answer
from services.orders.orders.queries import OPEN_LINE
from shared.database.pool import Tx
from shared.web.call import address
from shared.web.paging import Page, PageQuery, page


class LineAsked(Answer):
    line: str
    entry: Annotated[int, Field(description="its entry in the promise ledger")]
    promised: Annotated[date, Field(description="as it stands")]
    estimated: date
    answer: Annotated[
        Literal["promised", "kept", "overtaken"] | None, Field(description="overtaken: he has asked for another day since; null: none yet")
    ]


class DayRequestShown(Answer):
    """A day that a customer asks for, and what he was answered."""

    request: UUID
    order: str
    customer: Annotated[str, Field(description="code")]
    day: date
    why: Annotated[str, Field(description="in his words")]
    contact: Annotated[UUID | None, Field(description="who asked, where it is known")]
    asked_on: date
    recorded_by: str
    recorded_at: datetime
    lines: tuple[LineAsked, ...]
    waits: Annotated[bool, Field(description="a line of it waits for our answer")]
    link: str


class DayRequestsQuery(PageQuery):
    """What requests of an order are listed by."""


WAITING = f"q.answer IS NULL AND {OPEN_LINE} AND o.status = 'open'"
_READ = f"""
SELECT r.id AS request, o.number AS "order", k.code AS customer, r.day, r.why, r.contact, r.asked_on, r.actor AS recorded_by,
    r.recorded_at, of.lines, of.waits
FROM promise_request r JOIN customer_order o ON o.id = r.order_id JOIN known_customer k ON k.id = o.customer_id CROSS JOIN LATERAL (
    SELECT array_agg(ROW(q.line, q.entry, l.promised, l.estimated, q.answer) ORDER BY length(q.line), q.line) AS lines,
        bool_or({WAITING}) AS waits
    FROM promise_request_line q JOIN order_line l USING (order_id, line) WHERE q.request = r.id
) of
"""
_ONE = f"{_READ} WHERE r.id = $1 AND r.order_id = $2"
_LIST = f"{_READ} WHERE r.order_id = $1 AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3"
_WORK = f"""{_READ}
WHERE r.id IN (SELECT q.request FROM promise_request_line q WHERE q.answer IS NULL) AND of.waits AND k.owner = ANY($1::text[])
    AND ($2::date IS NULL OR (r.asked_on, r.id) > ($2, $3::uuid))
ORDER BY r.asked_on, r.id LIMIT $4
"""


async def show(tx: Tx, order_id: UUID, request: UUID) -> DayRequestShown:
    """A request that the order is known to have."""
    (row,) = await tx.fetch(_ONE, request, order_id)
    return _shown(row)


async def of_order(tx: Tx, order_id: UUID, query: DayRequestsQuery) -> Page[DayRequestShown]:
    """An order's requests, the newest first."""
    (behind,) = query.begins_after(UUID)
    rows = await tx.fetch(_LIST, order_id, behind, query.limit + 1)
    return page([_shown(row) for row in rows], query.limit, lambda one: (one.request,))


async def waiting(tx: Tx, mine: Sequence[str], query: PageQuery) -> Page[DayRequestShown]:
    """Requests of these owners' customers that wait for our answer; what was asked first at the top."""
    behind = query.begins_after(date, UUID)
    rows = await tx.fetch(_WORK, mine, *behind, query.limit + 1)
    return page([_shown(row) for row in rows], query.limit, lambda one: (one.asked_on, one.request))


def _shown(row: asyncpg.Record) -> DayRequestShown:
    lines = tuple(LineAsked(**dict(zip(LineAsked.model_fields, line, strict=True))) for line in row["lines"])
    return DayRequestShown(**{**dict(row), "lines": lines}, link=address("/api/orders/{order}/requests", order=row["order"]))
