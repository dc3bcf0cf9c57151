"""Documents as people read them: what an order needs, and what is lacking."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.documents.domain import FOLLOWS
from services.orders.documents.model import Document
from services.orders.documents.store import LACKING, READ, document_of
from services.orders.fields import Answer, Number
from services.orders.templates.model import Department
from shared.contracts.due import DueAfter
from shared.contracts.papers import DOCUMENTS, DocumentCode, DocumentState, Step
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.web.paging import Page, PageQuery, page


class DocumentsQuery(PageQuery):
    """What documents are listed by."""

    order: Annotated[Number | None, Field(description="order number")] = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    shipment: Number | None = None
    code: DocumentCode | None = None
    department: Department | None = None
    state: DocumentState | None = None
    lacking: Annotated[bool | None, Field(description="true: those that are missing or discrepant")] = None
    overdue: bool | None = None
    due_by: Annotated[date | None, Field(description="those due by this day or before")] = None


class DocumentShown(Answer):
    document: UUID
    order: str
    shipment: str | None
    code: DocumentCode
    name: LocalText
    department: str
    due_on: date | None
    due_after: DueAfter | None
    due: Annotated[date, Field(description="the day as it is counted now")]
    overdue: bool
    state: DocumentState
    number: Annotated[str | None, Field(description="its own number")]
    on: Annotated[date | None, Field(description="the day of its last step")]
    by: Annotated[str | None, Field(description="who took it")]
    note: str | None
    follows: Annotated[tuple[Step, ...], Field(description="what may become of it next")]
    version: int


_LIST = f"""{READ}
WHERE ($1::text[] IS NULL OR k.owner = ANY($1)) AND ($2::date IS NULL OR (d.due, d.id) > ($2, $3::uuid))
    AND ($4::text IS NULL OR o.number = $4) AND ($5::text IS NULL OR k.code = $5) AND ($6::text IS NULL OR d.shipment = $6)
    AND ($7::text IS NULL OR d.code = $7) AND ($8::text IS NULL OR d.department = $8) AND ($9::text IS NULL OR d.state = $9)
    AND ($10::boolean IS NULL OR $10 = ({LACKING})) AND ($11::boolean IS NULL OR d.overdue = $11)
    AND ($12::date IS NULL OR d.due <= $12)
ORDER BY d.due, d.id LIMIT $13
"""


async def list_documents(tx: Tx, query: DocumentsQuery, owners: list[str] | None) -> Page[DocumentShown]:
    """Documents of orders in sight, those due first at the top."""
    day, behind = query.begins_after(date, UUID)
    filters = (query.order, query.customer, query.shipment, query.code, query.department, query.state, query.lacking, query.overdue)
    rows = await tx.fetch(_LIST, owners, day, behind, *filters, query.due_by, query.limit + 1)
    return page([document_of(row) for row in rows], query.limit, lambda one: (one.due, one.document_id)).each(shown)


def shown(document: Document) -> DocumentShown:
    same = {name: getattr(document, name) for name in DocumentShown.model_fields if hasattr(document, name)}
    return DocumentShown(**same, document=document.document_id, name=DOCUMENTS[document.code].name, follows=FOLLOWS[document.state])
