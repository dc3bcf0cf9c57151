"""The register of delays: lists and single delays as people read them, with the orders in their sight."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import Field

from services.orders.delays.model import DelayStatus, causes_read, unknown
from services.orders.delays.words import NO_DELAY
from services.orders.fields import Answer, MilestoneCode, Number
from shared.contracts.codes import CauseCode, Party
from shared.contracts.orders import Cause
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.problems import NotFound
from shared.web.paging import Page, PageQuery, page


class DelaysQuery(PageQuery):
    """What delays are listed by."""

    status: DelayStatus | None = None
    attributed: Annotated[bool | None, Field(description="false: those still under investigation")] = None
    milestone: MilestoneCode | None = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    order: Annotated[Number | None, Field(description="order number")] = None
    shipment: Number | None = None
    cause: CauseCode | None = None
    party: Party | None = None
    logged_by: Annotated[str | None, Field(max_length=100)] = None
    news_by: Annotated[date | None, Field(description="the customer hears next on this day or before")] = None


class DelayedOrder(Answer):
    number: str
    customer: str
    customer_po: str
    ordinal: Annotated[int, Field(description="2 for the order's second delay")]
    before: Annotated[date, Field(description="expected date of the milestone before the delay was last said")]
    after: date
    freed_on: Annotated[
        date | None,
        Field(description="since when the delay holds it no more: it has happened, the order travels otherwise, or is cancelled"),
    ]


class DelayShown(Answer):
    """A delay as it stands; `orders` are those in the caller's sight that it holds, or held, `others` counts the rest."""

    delay: UUID
    status: str
    milestone: str
    shipment: str | None
    of_shipment: bool
    disruption: Annotated[UUID | None, Field(description="the disruption that logged it")]
    new_date: date
    causes: tuple[Cause, ...]
    under_investigation: bool
    action: LocalText
    ask: LocalText | None
    ask_by: date | None
    next_news_on: date | None
    revision: int
    version: int
    logged_by: str
    logged_at: datetime
    orders: tuple[DelayedOrder, ...]
    others: int
    told: str


_IN_SIGHT = """
    FROM delay_order t JOIN customer_order o ON o.id = t.order_id JOIN known_customer k ON k.id = o.customer_id
    WHERE t.delay_id = d.id AND ($1::text[] IS NULL OR k.owner = ANY($1))
"""
_COLUMNS = f"""
    d.id, d.status, d.milestone, d.shipment, d.shipment_id IS NOT NULL AS of_shipment, d.disruption_id AS disruption, d.new_date, d.action,
    d.ask, d.ask_by, d.next_news_on, d.revision, d.version, d.logged_by, d.logged_at,
    ARRAY(SELECT ROW(c.code, c.party, c.days, c.evidence) FROM delay_cause c WHERE c.delay_id = d.id ORDER BY c.position) AS causes,
    ARRAY(SELECT ROW(o.number, k.code, o.customer_po, t.ordinal, t.before, t.after, t.freed_on) {_IN_SIGHT} ORDER BY o.number) AS orders,
    (SELECT count(*) FROM delay_order t WHERE t.delay_id = d.id) AS touched
"""
_READ = f"SELECT {_COLUMNS} FROM delay d WHERE d.id = $2 AND EXISTS (SELECT {_IN_SIGHT})"
_LIST = f"""
SELECT {_COLUMNS} FROM delay d
WHERE EXISTS (SELECT {_IN_SIGHT} AND ($6::text IS NULL OR k.code = $6) AND ($7::text IS NULL OR o.number = $7)
        AND ($12::date IS NULL OR t.open))
    AND ($2::uuid IS NULL OR d.id < $2) AND ($3::text IS NULL OR d.status = $3)
    AND ($4::boolean IS NULL OR $4 <> EXISTS (SELECT FROM delay_cause c WHERE c.delay_id = d.id AND c.code = 'UNKNOWN'))
    AND ($5::text IS NULL OR d.milestone = $5) AND ($8::text IS NULL OR d.shipment = $8)
    AND ($9::text IS NULL OR EXISTS (SELECT FROM delay_cause c WHERE c.delay_id = d.id AND c.code = $9))
    AND ($10::text IS NULL OR EXISTS (SELECT FROM delay_cause c WHERE c.delay_id = d.id AND c.party = $10))
    AND ($11::text IS NULL OR d.logged_by = $11) AND ($12::date IS NULL OR (d.next_news_on <= $12 AND d.status = 'open'))
ORDER BY d.id DESC LIMIT $13
"""


async def list_delays(tx: Tx, query: DelaysQuery, owners: list[str] | None) -> Page[DelayShown]:
    """Delays that touch an order in sight, the newest first (their ids count up with time)."""
    (behind,) = query.begins_after(UUID)
    filters: list[Any] = [query.status, query.attributed, query.milestone, query.customer, query.order, query.shipment]
    filters += [query.cause, query.party, query.logged_by, query.news_by]
    rows = await tx.fetch(_LIST, owners, behind, *filters, query.limit + 1)
    return page([_shown(row) for row in rows], query.limit, lambda one: (one.delay,))


async def read_delay(tx: Tx, delay_id: UUID, owners: list[str] | None) -> DelayShown:
    """NotFound when there is no such delay, or none of its orders is in sight."""
    row = await tx.fetchrow(_READ, owners, delay_id)
    if row is None:
        raise NotFound(NO_DELAY)
    return _shown(row)


def _shown(row: asyncpg.Record) -> DelayShown:
    plain = ("status", "milestone", "shipment", "of_shipment", "disruption", "new_date", "ask_by", "next_news_on", "revision", "version")
    causes = causes_read(row["causes"])
    return DelayShown(
        delay=row["id"],
        **{name: row[name] for name in plain},
        logged_by=row["logged_by"],
        logged_at=row["logged_at"],
        causes=causes,
        under_investigation=unknown(causes),
        action=LocalText.model_validate(row["action"]),
        ask=LocalText.model_validate(row["ask"]) if row["ask"] is not None else None,
        orders=tuple(DelayedOrder(**dict(zip(DelayedOrder.model_fields, order, strict=True))) for order in row["orders"]),
        others=row["touched"] - len(row["orders"]),
        told=f"/api/notifications/delays/{row['id']}/outcome?wait=5",
    )
