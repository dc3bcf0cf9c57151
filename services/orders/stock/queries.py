"""Stock as people read it: what the newest checks say, and every check as it was made."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.fields import Answer, Number
from services.orders.stock.store import SHORT, STANDS
from shared.contracts.numbers import Plain
from shared.database.pool import Tx
from shared.web.paging import Page, PageQuery, page


class StockQuery(PageQuery):
    """What the newest checks are listed by."""

    order: Annotated[Number | None, Field(description="order number")] = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    short: Annotated[bool | None, Field(description="true: not enough for what is ordered")] = None
    ready: Annotated[bool | None, Field(description="true: picked, and fit to leave the warehouse")] = None
    since: Annotated[date | None, Field(description="checked on that day or later")] = None


class StockShown(Answer):
    """One check of a line: against what is ordered now where the newest are listed, as it was made among all of an order."""

    check: UUID
    order: str
    line: str
    shipment: str | None
    needed: Plain
    uom: str
    available: Plain
    on_hold: Plain
    short: Annotated[Plain, Field(description="what is missing; 0 where it is enough")]
    ready: bool
    place: str | None
    note: str | None
    exception: Annotated[UUID | None, Field(description="the shortage it is a part of")]
    day: date
    by: str
    at: datetime
    stands: Annotated[bool, Field(description="it counts: it is the newest of a line that there is still")]


_CHECK = 'c.position, c.id AS check, o.number AS "order", c.line, l.shipment, l.uom, c.available, c.on_hold, c.ready'
_SAID = "c.place, c.note, c.exception_id AS exception, c.day, c.checked_by AS by, c.checked_at AS at"
_COUNTS = f"l.cancelled IS NULL AND {STANDS}"
_OF = """
FROM stock_check c JOIN customer_order o ON o.id = c.order_id JOIN known_customer k ON k.id = o.customer_id
    JOIN order_line l ON l.order_id = c.order_id AND l.line = c.line
"""
_LIST = f"""
SELECT {_CHECK}, {_SAID}, l.quantity AS needed, greatest(0, l.quantity - c.available + c.on_hold) AS short, true AS stands
{_OF} WHERE {_COUNTS} AND ($1::text[] IS NULL OR k.owner = ANY($1))
    AND ($2::text IS NULL OR (o.number, c.line) > ($2, $3::text))
    AND ($4::text IS NULL OR o.number = $4) AND ($5::text IS NULL OR k.code = $5)
    AND ($6::boolean IS NULL OR $6 = ({SHORT})) AND ($7::boolean IS NULL OR c.ready = $7)
    AND ($8::date IS NULL OR c.day >= $8)
ORDER BY o.number, c.line LIMIT $9
"""
# With what was ordered then: a line that is split or joined has a check of its own from then on.
_CHECKS = f"""
SELECT {_CHECK}, {_SAID}, c.needed, greatest(0, c.needed - c.available + c.on_hold) AS short, {_COUNTS} AS stands
{_OF} WHERE c.order_id = $1 AND ($2::bigint IS NULL OR c.position < $2) ORDER BY c.position DESC LIMIT $3
"""


async def list_stock(tx: Tx, query: StockQuery, owners: list[str] | None) -> Page[StockShown]:
    """The newest checks of lines in sight, by order and line."""
    behind = query.begins_after(str, str)
    filters = (query.order, query.customer, query.short, query.ready, query.since)
    rows = await tx.fetch(_LIST, owners, *behind, *filters, query.limit + 1)
    return page(rows, query.limit, lambda row: (row["order"], row["line"])).each(lambda row: StockShown(**row))


async def list_checks(tx: Tx, order_id: UUID, query: PageQuery) -> Page[StockShown]:
    """The checks of an order, the newest first."""
    (behind,) = query.begins_after(int)
    rows = await tx.fetch(_CHECKS, order_id, behind, query.limit + 1)
    return page(rows, query.limit, lambda row: (row["position"],)).each(lambda row: StockShown(**row))
