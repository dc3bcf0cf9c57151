"""What carriers said of a shipment, as people read it."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from services.orders.fields import Answer
from services.orders.tracking.model import Classifier
from services.orders.tracking.store import noted
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.web.paging import Page, PageQuery, page

_PAGE = """
SELECT t.sender, t.event, t.code, t.classifier, t.at, t.day, t.port, t.container, t.milestone, t.note, t.reasons, t.remark,
    e.created_at AS created,
    EXISTS (SELECT FROM tracking_event r WHERE r.sender = t.sender AND r.retracts = t.event) AS retracted
FROM tracking_statement t JOIN tracking_event e ON (e.sender, e.id) = (t.sender, t.event) JOIN shipment s ON s.id = t.shipment_id
WHERE s.number = $1 AND ($3::timestamptz IS NULL OR (t.at, t.sender, t.event) < ($3, $4, $5))
ORDER BY t.at DESC, t.sender DESC, t.event DESC LIMIT $2
"""


class StatementShown(Answer):
    """What an event said of the shipment. `note` says why it is about none of its milestones."""

    event: str
    sender: str
    created: datetime
    code: Annotated[str, Field(description="of DCSA, for a document with its kind before it")]
    classifier: Classifier
    at: datetime
    day: Annotated[date, Field(description="at the place where it happens")]
    port: str | None
    container: str | None
    milestone: str | None
    note: Both | None
    reasons: Annotated[tuple[str, ...], Field(description="why it is late, by the codes of SMDG, as he told them")]
    remark: Annotated[str | None, Field(description="what the carrier remarks")]
    retracted: bool
    why: Annotated[Both | None, Field(description="what keeps orders in sight from what counts of this milestone, as of now")] = None


async def statements(tx: Tx, shipment: str, query: PageQuery) -> Page[StatementShown]:
    """What was said of a shipment, the latest first."""
    behind = query.begins_after(datetime, str, str)
    rows = await tx.fetch(_PAGE, shipment, query.limit + 1, *behind)
    return page([StatementShown(**noted(row)) for row in rows], query.limit, lambda one: (one.at, one.sender, one.event))
