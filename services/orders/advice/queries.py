"""Advice as people read it: what customers were advised, and what they said to it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import Field

from services.orders.advice.store import IN_SIGHT, READ, advice_of
from services.orders.advice.words import NO_ADVICE
from services.orders.fields import Answer, Number
from shared.contracts.advice import TOPICS, AdviceAnswer, AdviceTopic, AdviceWay
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.problems import NotFound
from shared.web.paging import Page, PageQuery, page


class AdviceQuery(PageQuery):
    """What advice is listed by."""

    order: Annotated[Number | None, Field(description="order number")] = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    topic: AdviceTopic | None = None
    given_by: Annotated[str | None, Field(max_length=100, description="login")] = None
    answer: AdviceAnswer | None = None
    answered: Annotated[bool | None, Field(description="false: it waits for an answer")] = None


class AdviceShown(Answer):
    """An advice as it stands."""

    advice: UUID
    order: str
    customer: Annotated[str, Field(description="code")]
    topic: AdviceTopic
    name: Annotated[LocalText, Field(description="of the topic")]
    suggestion: LocalText
    given_by: str
    given_on: date
    way: Annotated[AdviceWay, Field(description="how it was given")]
    answer: Annotated[AdviceAnswer | None, Field(description="null while there is none")]
    answer_text: str | None
    answered_on: date | None
    recorded_by: Annotated[str | None, Field(description="who recorded the answer")]
    withdrawn: Annotated[str | None, Field(description="why it was taken back")]
    link: str


_WAITS = "(a.answer IS NULL AND a.withdrawn IS NULL)"
# As long as something of the order is to come: he may answer after its delivery.
WAITING = f"""{_WAITS} AND (o.status = 'open' OR (o.status = 'completed' AND EXISTS (
    SELECT FROM milestone m WHERE m.order_id = o.id AND m.followed AND NOT m.passed)))"""
_LIST = f"""{READ}
WHERE ($1::text[] IS NULL OR k.owner = ANY($1)) AND ($2::uuid IS NULL OR a.id < $2) AND ($3::text IS NULL OR o.number = $3)
    AND ($4::text IS NULL OR k.code = $4) AND ($5::text IS NULL OR a.topic = $5) AND ($6::text IS NULL OR a.given_by = $6)
    AND ($7::text IS NULL OR a.answer = $7)
    AND ($8::boolean IS NULL OR CASE WHEN $8 THEN a.answer IS NOT NULL ELSE {_WAITS} END)
ORDER BY a.id DESC LIMIT $9
"""
_WAITING = f"""{READ}
WHERE {WAITING} AND k.owner = ANY($1::text[]) AND ($2::date IS NULL OR (a.given_on, a.id) > ($2, $3::uuid))
ORDER BY a.given_on, a.id LIMIT $4
"""


async def list_advice(tx: Tx, query: AdviceQuery, owners: list[str] | None) -> Page[AdviceShown]:
    """Advice on orders in sight, the newest first."""
    (behind,) = query.begins_after(UUID)
    filters = (query.order, query.customer, query.topic, query.given_by, query.answer, query.answered)
    rows = await tx.fetch(_LIST, owners, behind, *filters, query.limit + 1)
    return page([shown(row) for row in rows], query.limit, lambda one: (one.advice,))


async def show(tx: Tx, advice_id: UUID, owners: list[str] | None) -> AdviceShown:
    """NotFound also where its order is not in sight of `owners`."""
    row = await tx.fetchrow(IN_SIGHT, advice_id, owners)
    if row is None:
        raise NotFound(NO_ADVICE)
    return shown(row)


async def waiting(tx: Tx, mine: Sequence[str], query: PageQuery) -> Page[AdviceShown]:
    """Advice that these owners' customers have not answered, of orders of which something is to come; what was given first at the top."""
    behind = query.begins_after(date, UUID)
    rows = await tx.fetch(_WAITING, mine, *behind, query.limit + 1)
    return page([shown(row) for row in rows], query.limit, lambda one: (one.given_on, one.advice))


def shown(row: asyncpg.Record) -> AdviceShown:
    """A row of READ."""
    one = advice_of(row)
    same: dict[str, Any] = {name: getattr(one, name) for name in AdviceShown.model_fields if hasattr(one, name)}
    return AdviceShown(
        **same, advice=one.advice_id, customer=row["customer"], name=TOPICS[one.topic], link=f"/api/orders/advice/{one.advice_id}"
    )
