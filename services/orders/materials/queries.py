"""Material lines as people read them: what an order waits for, what is late, and what lacks its day."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.fields import Answer, MilestoneCode, Number, Short
from services.orders.materials.domain import follows
from services.orders.materials.model import Material, Receipt
from services.orders.materials.store import OPEN, READ, material_of
from shared.contracts.materials import MaterialState
from shared.contracts.numbers import Plain
from shared.database.pool import Tx
from shared.web.paging import Page, PageQuery, page


class MaterialsQuery(PageQuery):
    """What material lines are listed by."""

    order: Annotated[Number | None, Field(description="order number")] = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    supplier: Annotated[Number | None, Field(description="supplier code")] = None
    po: Annotated[Short | None, Field(description="purchase order number")] = None
    material: Annotated[Number | None, Field(description="material code")] = None
    milestone: MilestoneCode | None = None
    state: MaterialState | None = None
    open: Annotated[bool | None, Field(description="true: some of it is still to come")] = None
    late: Annotated[bool | None, Field(description="true: it comes after it is needed, or was needed before today and is not there")] = None
    eta_missing: Annotated[bool | None, Field(description="true: nobody knows when it comes, or that day has passed")] = None
    need_by_from: date | None = None
    need_by_to: date | None = None
    eta_from: date | None = None
    eta_to: date | None = None


class ReceiptShown(Answer):
    """One receipt, or the correction of one, as it was said."""

    receipt: Annotated[int, Field(description="to correct it by")]
    quantity: Annotated[Plain, Field(description="0: nothing came after all")]
    date: date
    by: str
    revision: Annotated[int, Field(description="counts the corrections of this receipt")]
    stands: Annotated[bool, Field(description="no later correction takes its place")]
    reason: str | None


class MaterialShown(Answer):
    """A material line as it stands."""

    material_id: UUID
    order: str
    customer: Annotated[str, Field(description="code")]
    line: str | None
    milestone: Annotated[str, Field(description="that waits for it")]
    material: str
    name: str | None
    supplier: str | None
    quantity: Plain
    uom: str
    tolerance_percent: Plain
    need_by: Annotated[date, Field(description="as it is counted now, where none is stated")]
    stated: Annotated[date | None, Field(description="need_by as somebody said it")]
    eta: date | None
    spare_days: Annotated[
        int | None, Field(description="calendar days from the day it is expected, today at the earliest, to need_by; null without an ETA")
    ]
    late: bool
    eta_missing: Annotated[bool, Field(description="nobody knows when it comes, or that day has passed")]
    state: MaterialState
    po_number: str | None
    ordered_on: date | None
    received: Plain
    receipts: tuple[ReceiptShown, ...]
    done_on: Annotated[date | None, Field(description="since when nothing more of it is waited for")]
    reason: Annotated[str | None, Field(description="why it was closed short or withdrawn")]
    exception: Annotated[str | None, Field(description="link to the exception of a shortage")]
    note: str | None
    follows: Annotated[tuple[str, ...], Field(description="what may be done with it")]
    version: int


LATE = f"{OPEN} AND greatest(coalesce(m.eta, $2::date), $2::date) > m.need_by"
"""Of a line `m` on the day $2."""
NO_ETA = f"{OPEN} AND coalesce(m.eta < $2::date, true)"
_LIST = f"""{READ}
WHERE ($1::text[] IS NULL OR k.owner = ANY($1)) AND ($3::date IS NULL OR (m.need_by, m.id) > ($3, $4::uuid))
    AND ($5::text IS NULL OR o.number = $5) AND ($6::text IS NULL OR k.code = $6) AND ($7::text IS NULL OR m.supplier = $7)
    AND ($8::text IS NULL OR upper(m.po_number) = upper($8)) AND ($9::text IS NULL OR m.material = $9)
    AND ($10::text IS NULL OR m.milestone = $10) AND ($11::text IS NULL OR m.state = $11)
    AND ($12::boolean IS NULL OR $12 = ({OPEN})) AND ($13::boolean IS NULL OR $13 = ({LATE}))
    AND ($14::boolean IS NULL OR $14 = ({NO_ETA}))
    AND ($15::date IS NULL OR m.need_by >= $15) AND ($16::date IS NULL OR m.need_by <= $16)
    AND ($17::date IS NULL OR m.eta >= $17) AND ($18::date IS NULL OR m.eta <= $18)
ORDER BY m.need_by, m.id LIMIT $19
"""
WORK = f"""
o.status = 'open' AND m.state IN ('planned', 'ordered', 'short')
AND (({LATE}) OR ({NO_ETA}) OR EXISTS (SELECT FROM order_exception e WHERE e.id = m.exception_id AND e.status = 'open'))
"""
"""A line that is late, of which nobody knows when it comes, or that is short while that is not seen to, on the day $2."""
# As a milestone, a line is somebody's because his department owns what waits for it, or because he follows its customer.
_WORK = f"""{READ}
WHERE ($1::text[] IS NULL OR k.owner = ANY($1)) AND {WORK}
    AND (k.owner = ANY($3::text[]) OR EXISTS (
        SELECT FROM milestone w WHERE w.order_id = m.order_id AND w.code = m.milestone
            AND w.department = (SELECT s.department FROM known_staff s WHERE s.login = $4)))
    AND ($5::date IS NULL OR (m.need_by, m.id) > ($5, $6::uuid))
ORDER BY m.need_by, m.id LIMIT $7
"""


async def list_materials(tx: Tx, query: MaterialsQuery, owners: list[str] | None, today: date) -> Page[MaterialShown]:
    """Lines of orders in sight, those needed first at the top."""
    day, behind = query.begins_after(date, UUID)
    about = (query.order, query.customer, query.supplier, query.po, query.material, query.milestone, query.state)
    how = (query.open, query.late, query.eta_missing, query.need_by_from, query.need_by_to, query.eta_from, query.eta_to)
    rows = await tx.fetch(_LIST, owners, today, day, behind, *about, *how, query.limit + 1)
    found = page([material_of(row) for row in rows], query.limit, lambda one: (one.need_by, one.material_id))
    return found.each(lambda one: shown(one, today))


async def work(tx: Tx, owners: Sequence[str] | None, today: date, mine: Sequence[str], login: str, query: PageQuery) -> Page[MaterialShown]:
    """Lines of his that are late, of which nobody knows when they come, or that are short while that is not seen to."""
    behind = query.begins_after(date, UUID)
    rows = await tx.fetch(_WORK, owners, today, mine, login, *behind, query.limit + 1)
    return page([shown(material_of(row), today) for row in rows], query.limit, lambda one: (one.need_by, one.material_id))


def shown(one: Material, today: date) -> MaterialShown:
    same = {name: getattr(one, name) for name in MaterialShown.model_fields if hasattr(one, name) and name != "receipts"}
    coming = max(one.eta, today) if one.open and one.eta is not None else None
    return MaterialShown(
        **same,
        spare_days=(one.need_by - coming).days if coming is not None else None,
        late=one.open and (coming or today) > one.need_by,
        eta_missing=one.open and one.coming(today) is None,
        receipts=tuple(_receipt(each, each in one.standing) for each in one.receipts),
        exception=f"/api/orders/exceptions/{one.exception_id}" if one.exception_id else None,
        follows=follows(one),
    )


def _receipt(one: Receipt, stands: bool) -> ReceiptShown:
    same = {name: getattr(one, name) for name in ("quantity", "date", "by", "revision", "reason")}
    return ReceiptShown(receipt=one.number, stands=stands, **same)
