"""Customs entries as people read them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.customs.domain import FOLLOWS
from services.orders.customs.model import Entry
from services.orders.customs.store import IN_SIGHT, READ, entry_of
from services.orders.fields import Answer, Number
from shared.contracts.customs import CustomsState
from shared.database.pool import Tx
from shared.web.paging import Page, PageQuery, page


class EntriesQuery(PageQuery):
    """What customs entries are listed by."""

    number: Annotated[Number | None, Field(description="of the declaration")] = None
    order: Annotated[Number | None, Field(description="order number")] = None
    shipment: Number | None = None
    state: CustomsState | None = None


class EntryShown(Answer):
    entry: UUID
    number: str
    regime_code: str
    shipment: Annotated[str | None, Field(description="as they were declared")]
    orders: Annotated[tuple[str, ...], Field(description="numbers of those declared with it, wherever their goods travel now")]
    documents: tuple[UUID, ...]
    state: CustomsState
    declared_on: date
    declared_by: str
    inspected_on: date | None
    held_on: date | None
    released_on: date | None
    note: Annotated[str | None, Field(description="what customs said last")]
    exception: Annotated[str | None, Field(description="link to the exception of the last hold")]
    follows: Annotated[tuple[CustomsState, ...], Field(description="what may come next")]
    version: int


_LIST = f"""{READ}
WHERE {IN_SIGHT} AND ($2::uuid IS NULL OR e.id < $2) AND ($3::text IS NULL OR e.number = $3) AND ($4::text IS NULL OR e.shipment = $4)
    AND ($5::text IS NULL OR e.state = $5)
    AND ($6::text IS NULL OR EXISTS (
        SELECT FROM customs_line c JOIN customer_order o ON o.id = c.order_id WHERE c.entry_id = e.id AND o.number = $6))
ORDER BY e.id DESC LIMIT $7
"""


async def list_entries(tx: Tx, query: EntriesQuery, owners: list[str] | None) -> Page[EntryShown]:
    """Customs entries with an order in sight, the newest first."""
    (behind,) = query.begins_after(UUID)
    rows = await tx.fetch(_LIST, owners, behind, query.number, query.shipment, query.state, query.order, query.limit + 1)
    return page([entry_of(row) for row in rows], query.limit, lambda one: (one.entry_id,)).each(shown)


def shown(entry: Entry) -> EntryShown:
    same = {name: getattr(entry, name) for name in EntryShown.model_fields if hasattr(entry, name) and name != "orders"}
    return EntryShown(
        **same,
        entry=entry.entry_id,
        orders=tuple(order.number for order in entry.orders),
        exception=f"/api/orders/exceptions/{entry.exception_id}" if entry.exception_id else None,
        follows=FOLLOWS[entry.state],
    )
