"""Advice in the database: saved with what is told of it, in the lock of its order."""

from typing import Any
from uuid import UUID

import asyncpg

from services.orders.advice.domain import withdraw
from services.orders.advice.model import Advice
from services.orders.advice.words import NO_ADVICE
from services.orders.cancelling.model import Gone
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from shared.contracts.advice import AdviceWithdrawn
from shared.contracts.event import Event
from shared.contracts.text import Language, LocalText
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append
from shared.problems import NotFound

READ = """
SELECT a.id, a.order_id, o.number AS "order", o.customer_id, k.code AS customer, a.topic, a.suggestion_en, a.suggestion_zh, a.given_by,
    a.given_on, a.way, a.answer, a.answer_text, a.answered_on, a.recorded_by, a.withdrawn
FROM advice a JOIN customer_order o ON o.id = a.order_id JOIN known_customer k ON k.id = o.customer_id
"""
"""What `advice_of` takes, with the customer as k."""
IN_SIGHT = f"{READ} WHERE a.id = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2))"
_OPEN = f"{READ} WHERE a.order_id = $1 AND a.answer IS NULL AND a.withdrawn IS NULL ORDER BY a.id"
_SAVE = """
INSERT INTO advice (id, order_id, topic, suggestion_en, suggestion_zh, given_by, given_on, way, answer, answer_text, answered_on,
    recorded_by, withdrawn)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (id) DO UPDATE SET answer = excluded.answer, answer_text = excluded.answer_text, answered_on = excluded.answered_on,
    recorded_by = excluded.recorded_by, withdrawn = excluded.withdrawn
"""
_READS = "SELECT language FROM known_customer WHERE id = $1"
_COUNT = "UPDATE customer_order SET version = version + 1 WHERE id = $1"
_SAME = ("topic", "given_by", "given_on", "way", "answer", "answer_text", "answered_on", "recorded_by", "withdrawn")


async def read(tx: Tx, advice_id: UUID, owners: list[str] | None) -> Advice:
    """NotFound also where its order is not in sight of `owners`."""
    row = await tx.fetchrow(IN_SIGHT, advice_id, owners)
    if row is None:
        raise NotFound(NO_ADVICE)
    return advice_of(row)


async def reads(tx: Tx, customer_id: UUID) -> Language:
    """The language of a customer who has an order."""
    found: Language = await tx.fetchval(_READS, customer_id)
    return found


async def save(tx: Tx, stamp: Stamp, plan: Plan, now: Advice, event: Event) -> None:
    """Write an advice of an order that is locked, and tell it."""
    topic, *said = (getattr(now, name) for name in _SAME)
    await tx.execute(_SAVE, now.advice_id, now.order_id, topic, now.suggestion.en, now.suggestion.zh_cn, *said)
    await tx.execute(_COUNT, plan.order_id)
    await append(tx, stamp, [Facts(plan.order_id, plan.version, [event])])


async def end_with(tx: Tx, stamp: Stamp, gone: Gone) -> None:
    """Take back what the customer of an order that is cancelled has not answered."""
    for row in await tx.fetch(_OPEN, gone.plan.order_id) if gone.whole else ():
        (plan,) = await planning.read_plans(tx, [gone.plan.order_id], stamp.time.date())
        later = withdraw(advice_of(row), gone.reason)
        await save(tx, stamp, plan, later, AdviceWithdrawn(advice=later.told()))


def advice_of(row: asyncpg.Record) -> Advice:
    """A row of READ."""
    same: dict[str, Any] = {name: row[name] for name in (*_SAME, "order_id", "order", "customer_id")}
    return Advice(advice_id=row["id"], suggestion=LocalText(en=row["suggestion_en"], zh_cn=row["suggestion_zh"]), **same)
