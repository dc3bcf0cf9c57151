"""The promise ledger: every date that was ever asked, promised, planned, expected or reached. Append-only."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.orders.fields import Answer, MilestoneCode, Number
from shared.database.pool import Tx
from shared.web.paging import Page, PageQuery, decode_cursor, encode_cursor

Kind = Literal["requested", "promised", "planned", "estimated", "actual"]


class LedgerQuery(PageQuery):
    line: Number | None = None
    milestone: MilestoneCode | None = None
    kind: Kind | None = None


class Entry(Answer):
    """One date of a line, or of a milestone of a leg; `revision` 0 is the first."""

    kind: str
    line: str | None
    shipment: str | None
    milestone: str | None
    day: date
    revision: int
    recorded_at: datetime
    actor: str
    source: str
    delay: Annotated[UUID | None, Field(description="the delay it was written for")]
    reason: str | None


_LEDGER = """
SELECT e.id, e.kind, e.line, e.shipment, e.milestone, e.day, e.revision, e.recorded_at, e.actor, e.source, e.delay_id AS delay, e.reason
FROM promise_entry e
WHERE e.order_id = $1 AND ($2::bigint IS NULL OR e.id > $2) AND ($3::text IS NULL OR e.line = $3) AND ($4::text IS NULL OR e.milestone = $4)
    AND ($5::text IS NULL OR e.kind = $5)
ORDER BY e.id LIMIT $6
"""


async def ledger(tx: Tx, order_id: UUID, query: LedgerQuery) -> Page[Entry]:
    """An order's entries, the oldest first."""
    (behind,) = decode_cursor(query.cursor, int) if query.cursor else (None,)
    rows = await tx.fetch(_LEDGER, order_id, behind, query.line, query.milestone, query.kind, query.limit + 1)
    items = [Entry(**{name: row[name] for name in Entry.model_fields}) for row in rows[: query.limit]]
    return Page(items=items, next=encode_cursor(rows[query.limit - 1]["id"]) if len(rows) > query.limit else None)
