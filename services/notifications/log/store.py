"""SQL of the message log. Everything is scoped to the owners whose customers the reader sees."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.log.models import CaseQuery, MessageQuery
from shared.database.pool import Tx
from shared.web.paging import decode_cursor

Owners = list[str] | None
"""Logins whose customers are seen; None for all."""

_SUMMARY = """
m.id, m.status, m.why, m.rule, m.because, c.code AS customer, c.name AS customer_name, c.owner, m.contact_id, m.delay_id, m.delay_revision,
m.language, m.subject, m.corrects, m.sent_with, m.correlation_id, m.decided_at, m.sent_at, m.attempts, m.possible_duplicates,
extract(epoch FROM m.finished_at - m.recorded_at)::float8 * 1000 AS took_ms,
ARRAY(SELECT o.number FROM told_order AS o WHERE o.id = ANY(m.orders) ORDER BY o.number) AS orders
"""
_SEEN = "JOIN known_customer AS c ON c.id = m.customer_id AND ($1::text[] IS NULL OR c.owner = ANY($1))"
_LIST = f"""
SELECT {_SUMMARY}
FROM message AS m {_SEEN}
WHERE ($2::text IS NULL OR m.orders @> ARRAY[(SELECT o.id FROM told_order AS o WHERE o.number = $2)])
  AND ($3::uuid IS NULL OR m.delay_id = $3)
  AND ($4::text IS NULL OR c.code = $4)
  AND ($5::uuid IS NULL OR m.contact_id = $5)
  AND ($6::text IS NULL OR m.status = $6)
  AND ($7::timestamptz IS NULL OR m.decided_at >= $7)
  AND ($8::timestamptz IS NULL OR (m.decided_at, m.id) < ($8, $9::uuid))
ORDER BY m.decided_at DESC, m.id DESC LIMIT $10
"""
# The dates of a case that are still ahead, did not come back to the day that he was told, and that he, or somebody in his place, was not
# told since.
_STILL_UNTOLD = """
jsonb_to_recordset(m.reasons->'dates')
        AS d ("order" text, shipment text, milestone text, line text, verdict text, told date, "now" date, promised date)
    JOIN told_order AS o ON o.number = d."order"
    WHERE d.verdict = 'due'
      AND NOT EXISTS (
        SELECT FROM told_date AS t JOIN message AS later ON later.id = t.message_id
        WHERE (t.order_id, t.milestone) = (o.id, d.milestone)
          AND t.shipment IS NOT DISTINCT FROM d.shipment AND t.line IS NOT DISTINCT FROM d.line
          AND later.status = 'sent' AND (later.id > m.id OR later.decision = m.decision)
          AND (later.contact_id = m.contact_id OR NOT EXISTS (SELECT FROM contact AS c WHERE c.id = m.contact_id AND c.active)))
      AND NOT EXISTS (
        SELECT FROM told_line AS l
        WHERE l.order_id = o.id AND l.line = d.line
          AND (l.delivered IS NOT NULL OR l.cancelled
               OR (d.told <> d."now" AND d.told = CASE WHEN d.promised IS NULL THEN l.expected ELSE l.promised END)))
      AND EXISTS (SELECT FROM told_line AS l WHERE l.order_id = o.id AND NOT l.cancelled)
      AND NOT EXISTS (
        SELECT FROM told_node AS n
        WHERE (n.order_id, n.milestone) = (o.id, d.milestone) AND n.shipment IS NOT DISTINCT FROM d.shipment
          AND n.line IS NOT DISTINCT FROM d.line
          AND (n.actual IS NOT NULL OR (d.told <> d."now" AND d.promised IS NULL AND n.expected = d.told)))
"""
_UNREACHED = f"""
SELECT {_SUMMARY}, m.reasons
FROM message AS m {_SEEN}
WHERE m.status IN ('unreachable', 'failed')
  AND (m.because = 'delay_retracted' OR NOT EXISTS (SELECT FROM delay WHERE delay.id = m.delay_id AND delay.retracted))
  AND EXISTS (SELECT FROM {_STILL_UNTOLD})
  AND ($2::text IS NULL OR c.code = $2)
  AND ($3::timestamptz IS NULL OR m.decided_at >= $3)
  AND ($4::timestamptz IS NULL OR (m.decided_at, m.id) < ($4, $5::uuid))
ORDER BY m.decided_at DESC, m.id DESC LIMIT $6
"""
_ONE = f"""
SELECT {_SUMMARY}, m.reasons, m.body, m.envelope
FROM message AS m {_SEEN}
WHERE m.id = $2
"""
_ATTEMPTS = "SELECT number, began_at, ended_at, outcome, code FROM attempt WHERE message_id = $1 ORDER BY number LIMIT 500"
_DELAY = """
SELECT d.revision, d.retracted,
    (SELECT count(*) FROM unnest(d.customers) AS touched (id) LEFT JOIN known_customer AS c ON c.id = touched.id
     WHERE $1::text[] IS NULL OR c.owner = ANY($1)) AS seen,
    (SELECT count(*) FROM gathering AS g JOIN known_customer AS c ON c.id = g.customer_id
     WHERE g.delay_id = d.id AND g.decided_at IS NOT NULL AND g.customer_id = ANY(d.customers) AND ($1::text[] IS NULL OR c.owner = ANY($1))
       AND g.delay_revision = d.revision AND (g.because = 'delay_retracted') = d.retracted) AS decided,
    EXISTS (SELECT FROM gathering AS g WHERE g.delay_id = d.id AND g.delay_revision = d.revision AND NOT g.released AND NOT d.retracted)
        AS awaits_release
FROM delay AS d WHERE d.id = $2
"""
_OF_DELAY = f"""
SELECT {_SUMMARY}
FROM message AS m {_SEEN}
WHERE m.delay_id = $2
ORDER BY m.decided_at, m.id LIMIT 1000
"""


async def messages(tx: Tx, owners: Owners, query: MessageQuery) -> list[Any]:
    """Newest first, one more than asked for when there is a next page."""
    at, last = _behind(query.cursor)
    return await tx.fetch(
        _LIST, owners, query.order, query.delay, query.customer, query.contact, query.status, query.since, at, last, query.limit + 1
    )


async def unreached(tx: Tx, owners: Owners, query: CaseQuery) -> list[Any]:
    at, last = _behind(query.cursor)
    return await tx.fetch(_UNREACHED, owners, query.customer, query.since, at, last, query.limit + 1)


async def message(tx: Tx, owners: Owners, id: UUID) -> Any | None:
    return await tx.fetchrow(_ONE, owners, id)


async def attempts(tx: Tx, id: UUID) -> list[Any]:
    return await tx.fetch(_ATTEMPTS, id)


async def delay(tx: Tx, owners: Owners, id: UUID) -> Any | None:
    """The delay with the number of customers it touches, and of those decided, among the customers seen."""
    return await tx.fetchrow(_DELAY, owners, id)


async def of_delay(tx: Tx, owners: Owners, id: UUID) -> list[Any]:
    return await tx.fetch(_OF_DELAY, owners, id)


def _behind(cursor: str | None) -> tuple[Any, Any]:
    if cursor is None:
        return None, None
    at, last = decode_cursor(cursor, datetime, UUID)
    return at, last
