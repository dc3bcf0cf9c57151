"""SQL of dead letters and operators' actions, as the API sees them. What is asked here is done by the owner of the shard."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.database.pool import Tx
from shared.operating.models import ActionQuery, LetterQuery, Matching, ReplayMatching
from shared.web.paging import decode_cursor

_LETTER = """id, state, consumer, type, publisher, aggregate, sequence, event_id, stream_sequence, error, traceback_hash AS error_hash,
    tries, first_at, last_at"""
_ACTION = "id, at, who, what, object, before, after, reason, correlation_id, of"
_MATCHING = """
    ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR type = $2) AND ($3::text IS NULL OR publisher = $3)
    AND ($4::uuid IS NULL OR aggregate = $4) AND ($5::text IS NULL OR traceback_hash = $5)
    AND ($6::timestamptz IS NULL OR last_at >= $6) AND ($7::timestamptz IS NULL OR last_at < $7)
"""
_LIST = f"""
SELECT {_LETTER} FROM dead_letter
WHERE {_MATCHING} AND ($8::text IS NULL OR state = $8) AND ($9::timestamptz IS NULL OR (last_at, id) < ($9, $10::uuid))
ORDER BY last_at DESC, id DESC LIMIT $11
"""
_SHOW = f"SELECT {_LETTER}, headers, body FROM dead_letter WHERE id = $1"
_LOCK = "SELECT state FROM dead_letter WHERE id = $1 FOR UPDATE"
_ACT = """
INSERT INTO operator_action (who, what, object, before, after, reason, correlation_id) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
"""
_MARK = "UPDATE dead_letter SET state = $2, begun = false, action = $3 WHERE id = $1"
_MARK_ALL = f"""
WITH chosen AS (
    SELECT id FROM dead_letter WHERE {_MATCHING} AND state = 'parked' ORDER BY last_at, id LIMIT $8 FOR UPDATE SKIP LOCKED
), acted AS (
    INSERT INTO operator_action (who, what, object, before, after, correlation_id)
    SELECT $9, 'dead_letter.replay', id, 'parked', 'replaying', $10 FROM chosen
    RETURNING id, object
), marked AS (
    UPDATE dead_letter l SET state = 'replaying', begun = false, action = a.id FROM acted a WHERE l.id = a.object RETURNING 1
)
SELECT count(*) FROM marked
"""
_ANY_PARKED = f"SELECT EXISTS (SELECT FROM dead_letter WHERE {_MATCHING} AND state = 'parked')"
_ACTIONS = f"""
SELECT {_ACTION} FROM operator_action
WHERE ($1::text IS NULL OR who = $1) AND ($2::text IS NULL OR what = $2) AND ($3::uuid IS NULL OR object = $3)
  AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR (at, id) < ($5, $6::uuid))
ORDER BY at DESC, id DESC LIMIT $7
"""
_ACTIONS_ON = f"SELECT {_ACTION} FROM operator_action WHERE object = $1 ORDER BY at, id LIMIT 200"


async def letters(tx: Tx, query: LetterQuery) -> Sequence[asyncpg.Record]:
    """One more than the page holds, if there are more."""
    after = _after(query.cursor)
    found: Sequence[asyncpg.Record] = await tx.fetch(_LIST, *_filters(query), query.state, *after, query.limit + 1)
    return found


async def letter(tx: Tx, id: UUID) -> asyncpg.Record | None:
    return await tx.fetchrow(_SHOW, id)


async def locked_state(tx: Tx, id: UUID) -> str | None:
    """Its state, which nobody changes until the transaction ends."""
    state: str | None = await tx.fetchval(_LOCK, id)
    return state


async def ask(tx: Tx, id: UUID, *, who: str, what: str, before: str, after: str, reason: str | None, correlation_id: str) -> None:
    """Note what is asked, and mark the letter for the owner of its shard."""
    action = await tx.fetchval(_ACT, who, what, id, before, after, reason, correlation_id)
    await tx.execute(_MARK, id, after, action)


async def ask_all(tx: Tx, matching: ReplayMatching, *, who: str, correlation_id: str) -> tuple[int, bool]:
    """Mark parked letters for a replay, oldest first; how many, and whether others match still."""
    count: int = await tx.fetchval(_MARK_ALL, *_filters(matching), matching.at_most, who, correlation_id)
    more: bool = await tx.fetchval(_ANY_PARKED, *_filters(matching))
    return count, more


async def actions(tx: Tx, query: ActionQuery) -> Sequence[asyncpg.Record]:
    """One more than the page holds, if there are more."""
    after = _after(query.cursor)
    found: Sequence[asyncpg.Record] = await tx.fetch(_ACTIONS, query.who, query.what, query.object, query.since, *after, query.limit + 1)
    return found


async def actions_on(tx: Tx, object: UUID) -> Sequence[asyncpg.Record]:
    """Oldest first."""
    found: Sequence[asyncpg.Record] = await tx.fetch(_ACTIONS_ON, object)
    return found


def _filters(m: Matching) -> tuple[object, ...]:
    return m.consumer, m.type, m.publisher, m.aggregate, m.error_hash, m.since, m.until


def _after(cursor: str | None) -> tuple[object, ...]:
    return decode_cursor(cursor, datetime, UUID) if cursor else (None, None)
