"""What contacts heard before: mails of a delay or a decision, and delays that a customer was told of; and what waits to be told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.dates.model import Which
from services.notifications.messages.model import Moved
from shared.contracts.orders import PlanReestimated
from shared.contracts.text import Language
from shared.database.pool import Tx

_MAIL = """
coalesce(m.sent_with, m.id) AS mail, m.contact_id, m.subject, coalesce(m.sent_at, m.decided_at) AS sent_at,
    coalesce(m.delay_revision, 0) AS revision"""
MAY_BE_READ = "(m.status IN ('queued', 'sending', 'sent') OR m.possible_duplicates > 0)"
"""Whether a mail `m` was read, or may have been, or will be before a later one. Once its sending was in doubt it may have been, though it
was given up or cancelled after that: what it told counts as told, and is taken back by a correction.
"""

_READ = f"m.contact_id IS NOT NULL AND m.subject IS NOT NULL AND {MAY_BE_READ}"
_MAILS = f"""
SELECT {_MAIL}, m.delay_id, m.customer_id, true AS withdrawn
FROM message AS m JOIN unnest($1::uuid[], $2::uuid[]) AS k (delay_id, customer_id)
  ON m.delay_id = k.delay_id AND m.customer_id = k.customer_id
WHERE m.because <> 'delay_retracted' AND {_READ}
ORDER BY sent_at, m.id
"""
_DECIDED = f"""
SELECT {_MAIL}, m.decision, CASE WHEN m.because <> 'delay_retracted' THEN delay.retracted END AS withdrawn
FROM message AS m LEFT JOIN delay ON delay.id = m.delay_id WHERE m.decision = ANY($1::uuid[]) AND {_READ} ORDER BY sent_at, m.id
"""
_TOLD = """
SELECT coalesce(m.sent_with, m.id) AS mail, d.order_id, d.milestone, d.line, d.shipment
FROM message AS m JOIN told_date AS d ON d.message_id = m.id WHERE m.id = ANY($1::uuid[]) OR m.sent_with = ANY($1::uuid[])
"""
_DELAYS_TOLD = f"""
SELECT DISTINCT d.order_id, m.delay_id
FROM told_date AS d JOIN message AS m ON m.id = d.message_id JOIN delay ON delay.id = m.delay_id
WHERE d.order_id = ANY($1::uuid[]) AND m.because <> 'delay_retracted' AND {MAY_BE_READ} AND NOT delay.retracted
"""
# Older decisions did not keep the day before: what they tell nobody is not told again.
_MOVED = """
SELECT DISTINCT m.delay_id, m.customer_id, m.delay_revision, o.id AS order_id, d.shipment, d.milestone, d.line, d.before
FROM message AS m JOIN unnest($1::uuid[], $2::uuid[]) AS k (delay_id, customer_id)
    ON m.delay_id = k.delay_id AND m.customer_id = k.customer_id,
  jsonb_to_recordset(m.reasons -> 'dates') AS d ("order" text, shipment text, milestone text, line text, before date, verdict text)
    JOIN told_order AS o ON o.number = d."order"
WHERE m.because <> 'delay_retracted' AND d.verdict = 'due' AND d.before IS NOT NULL
ORDER BY m.delay_revision
"""
_LOGGED = "SELECT id, logged_at FROM delay WHERE id = ANY($1::uuid[])"
_CORRECTIONS_OF = f"""
SELECT c.id, c.language, c.written_from, ARRAY(SELECT m.id FROM message AS m WHERE m.id = ANY(c.corrected) AND {MAY_BE_READ}) AS read
FROM message AS c
WHERE c.because = 'delay_retracted' AND c.corrected && $1::uuid[] AND c.status = 'queued' AND c.written_from IS NOT NULL
ORDER BY c.id FOR NO KEY UPDATE OF c
"""
_WAITING = """
SELECT DISTINCT m.contact_id, o.id AS order_id FROM message AS m CROSS JOIN unnest(m.orders) AS o (id)
WHERE m.contact_id = ANY($1::uuid[]) AND m.status IN ('queued', 'sending') AND m.orders && $2::uuid[]
  AND o.id = ANY($2::uuid[])
"""
_HELD = """
WITH held AS (
    SELECT e.customer_id, e.delay_id, e.facts FROM gathered AS e JOIN gathering AS g USING (delay_id, delay_revision, because, customer_id)
    WHERE e.facts -> 'delay' ->> 'disruption_id' = $1 AND NOT g.released
), audience AS (
    SELECT DISTINCT h.customer_id FROM held AS h JOIN known_customer AS c ON c.id = h.customer_id
    WHERE ($2::text[] IS NULL OR c.owner = ANY($2)) AND ($3::uuid IS NULL OR h.customer_id > $3) ORDER BY h.customer_id LIMIT $4
)
SELECT customer_id, delay_id, facts FROM held JOIN audience USING (customer_id) ORDER BY customer_id, delay_id, facts ->> 'number'
"""


@dataclass(frozen=True, slots=True)
class SentMail:
    """`withdrawn`: whether the delay that it tells is retracted, or about to be; None where it tells none."""

    id: UUID
    contact_id: UUID
    subject: str
    sent_at: datetime
    withdrawn: bool | None
    revision: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A correction that waits, with the `values` that it was written from, and those of the mails it names that were `read` or may be."""

    id: UUID
    language: Language
    values: dict[str, Any]
    read: frozenset[UUID]


async def mails(tx: Tx, pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], list[SentMail]]:
    """Mails of delays that contacts have read, may have, or will before a later one; oldest first, by (delay, customer)."""
    found: dict[tuple[UUID, UUID], list[SentMail]] = {}
    for row in await tx.fetch(_MAILS, [delay for delay, _ in pairs], [customer for _, customer in pairs]):
        found.setdefault((row["delay_id"], row["customer_id"]), []).append(_mail(row))
    return found


async def mails_of(tx: Tx, decisions: Collection[UUID]) -> dict[UUID, list[SentMail]]:
    """Mails of decisions that contacts have read, may have, or will; by decision."""
    found: dict[UUID, list[SentMail]] = {}
    for row in await tx.fetch(_DECIDED, list(decisions)):
        found.setdefault(row["decision"], []).append(_mail(row))
    return found


async def dates_told(tx: Tx, mails: Collection[UUID]) -> dict[UUID, frozenset[Which]]:
    """All that those mails told, by mail."""
    found: dict[UUID, set[Which]] = {}
    for row in await tx.fetch(_TOLD, list(mails)):
        found.setdefault(row["mail"], set()).add(Which.of(row["order_id"], row["milestone"], row["line"], row["shipment"]))
    return {mail: frozenset(dates) for mail, dates in found.items()}


async def delays_told(tx: Tx, orders: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Standing delays that the customer was told of, by order."""
    found: dict[UUID, set[UUID]] = {}
    for row in await tx.fetch(_DELAYS_TOLD, list(orders)):
        found.setdefault(row["order_id"], set()).add(row["delay_id"])
    return found


async def moved_by(tx: Tx, pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], list[Moved]]:
    """What the revisions of delays moved that was to be told; by (delay, customer), the first revision first."""
    found: dict[tuple[UUID, UUID], list[Moved]] = {}
    for row in await tx.fetch(_MOVED, [delay for delay, _ in pairs], [customer for _, customer in pairs]):
        which = Which.of(row["order_id"], row["milestone"], row["line"], row["shipment"])
        found.setdefault((row["delay_id"], row["customer_id"]), []).append(Moved(row["delay_revision"], which, row["before"]))
    return found


async def logged_at(tx: Tx, delays: Collection[UUID]) -> dict[UUID, datetime | None]:
    return {row["id"]: row["logged_at"] for row in await tx.fetch(_LOGGED, list(delays))}


async def corrections_of(tx: Tx, mails: Collection[UUID]) -> list[Waiting]:
    """The corrections, under their locks, that wait and name those mails."""
    rows = await tx.fetch(_CORRECTIONS_OF, list(mails))
    return [Waiting(row["id"], row["language"], row["written_from"], frozenset(row["read"])) for row in rows]


async def waiting(tx: Tx, contacts: Collection[UUID], orders: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """To which of those contacts a mail about which of those orders is still to be sent."""
    return {(row["contact_id"], row["order_id"]) for row in await tx.fetch(_WAITING, list(contacts), list(orders))}


async def held(
    tx: Tx, disruption: UUID, owners: list[str] | None, behind: UUID | None, most: int
) -> dict[UUID, list[tuple[PlanReestimated, ...]]]:
    """What waits for the word of those owners (None: of anybody), by customer and delay: of `most` customers after `behind`."""
    found: dict[UUID, dict[UUID, list[PlanReestimated]]] = {}
    for row in await tx.fetch(_HELD, str(disruption), owners, behind, most):
        parts = found.setdefault(row["customer_id"], {}).setdefault(row["delay_id"], [])
        parts.append(PlanReestimated.model_validate(row["facts"]))
    return {customer: list(map(tuple, delays.values())) for customer, delays in found.items()}


def _mail(row: Any) -> SentMail:
    return SentMail(row["mail"], row["contact_id"], row["subject"], row["sent_at"], row["withdrawn"], row["revision"])
