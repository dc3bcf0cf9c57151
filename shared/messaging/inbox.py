"""SQL of the inbox: what has been consumed, what is held, what was given up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg

from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.reading import Message

Key: TypeAlias = tuple[str, UUID]
"""(publisher, aggregate)"""
Reason = Literal["gap", "waiting", "failing", "parked"]

ENDED = "the process ended while it was applied"
"""`what` of a failing row while its handler runs: still there afterwards, it says that nobody came back."""

_LAST = """
SELECT publisher, aggregate, last_sequence
FROM unnest($1::text[], $2::uuid[]) AS k (publisher, aggregate) JOIN consumed USING (publisher, aggregate)
"""
_UNHEARD = "SELECT p FROM unnest($1::text[]) AS p WHERE NOT EXISTS (SELECT FROM consumed WHERE publisher = p)"
# A row whose last_sequence is not what this transaction read was moved by another owner: it is not counted, and the caller rolls back.
_MOVE = """
WITH next AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[]) AS n (publisher, aggregate, seen, last)
), moved AS (
    UPDATE consumed c SET last_sequence = n.last FROM next n
    WHERE n.seen > 0 AND c.publisher = n.publisher AND c.aggregate = n.aggregate AND c.last_sequence = n.seen
    RETURNING 1
), added AS (
    INSERT INTO consumed (publisher, aggregate, last_sequence)
    SELECT publisher, aggregate, last FROM next WHERE seen = 0 ORDER BY publisher, aggregate
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM moved) + (SELECT count(*) FROM added)
"""
_COLUMNS = "publisher, aggregate, sequence, reason, what, type, body, headers, stream_sequence, tries"
_HELD_OF = f"SELECT {_COLUMNS} FROM unnest($1::text[], $2::uuid[]) AS k (publisher, aggregate) JOIN held USING (publisher, aggregate)"
# Waiting rows at the head of their aggregates, and failing ones with what follows them unless something before them is not due.
# Of one aggregate the earlier has been tried as often as the later, or more: by tries, what can go on comes before what must wait for it.
_DUE = f"""
SELECT {_COLUMNS} FROM held
WHERE shard = $1 AND reason IN ('waiting', 'failing') AND (retry_at <= clock_timestamp() OR ($2 AND reason = 'waiting'))
  AND (reason = 'failing' OR sequence
       = 1 + coalesce((SELECT last_sequence FROM consumed c WHERE c.publisher = held.publisher AND c.aggregate = held.aggregate), 0))
  AND NOT EXISTS (SELECT FROM held before WHERE before.publisher = held.publisher AND before.aggregate = held.aggregate
                  AND before.sequence < held.sequence AND (before.reason <> 'failing' OR before.retry_at > clock_timestamp()))
ORDER BY tries DESC, sequence, retry_at LIMIT $3
"""
# How long until the next look: waiting rows by their age, from a quarter of a second to 10 s; failing rows as the caller says.
_HOLD = """
INSERT INTO held AS h (publisher, aggregate, sequence, shard, reason, what, type, body, headers, stream_sequence, tries, retry_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp() + $12 * interval '1 second')
ON CONFLICT (publisher, aggregate, sequence) DO UPDATE
SET reason = excluded.reason, what = excluded.what, tries = excluded.tries,
    retry_at = CASE excluded.reason WHEN 'waiting'
        THEN clock_timestamp() + greatest(least((clock_timestamp() - h.since) / 4, interval '10 seconds'), interval '250 milliseconds')
        ELSE excluded.retry_at END
"""
_RELEASE = """
DELETE FROM held h USING unnest($1::text[], $2::uuid[], $3::bigint[]) AS n (publisher, aggregate, last)
WHERE h.publisher = n.publisher AND h.aggregate = n.aggregate AND h.sequence <= n.last
"""
# Counted before the handlers run, so that an event that takes the process with it is known by its tries.
_TRY = """
UPDATE held h SET tries = h.tries + 1, what = $4, retry_at = clock_timestamp() + interval '1 second'
FROM unnest($1::text[], $2::uuid[], $3::bigint[]) AS n (publisher, aggregate, sequence)
WHERE h.publisher = n.publisher AND h.aggregate = n.aggregate AND h.sequence = n.sequence
"""
_UNCOUNT = """
UPDATE held h SET tries = h.tries - 1, what = n.what, retry_at = clock_timestamp()
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[]) AS n (publisher, aggregate, sequence, what)
WHERE h.publisher = n.publisher AND h.aggregate = n.aggregate AND h.sequence = n.sequence AND h.reason = 'failing' AND h.tries > 0
"""
_HOLDING = "SELECT DISTINCT publisher, aggregate FROM held WHERE shard = $1"
_TO_RETRY = "SELECT EXISTS (SELECT FROM held WHERE shard = $1 AND reason IN ('waiting', 'failing'))"
# Rows that a former owner left behind: applied meanwhile, or next in line without anybody knowing.
_SWEEP = """
WITH applied AS (
    DELETE FROM held h USING consumed c
    WHERE h.shard = $1 AND c.publisher = h.publisher AND c.aggregate = h.aggregate AND h.sequence <= c.last_sequence
)
UPDATE held h SET reason = 'waiting', what = 'its turn', retry_at = clock_timestamp()
WHERE h.shard = $1 AND h.reason = 'gap'
  AND h.sequence = 1 + coalesce((SELECT last_sequence FROM consumed c WHERE c.publisher = h.publisher AND c.aggregate = h.aggregate), 0)
"""
_LIST = """
UPDATE held SET listed = true
WHERE shard = $1 AND NOT listed AND reason <> 'parked' AND since < clock_timestamp() - $2 * interval '1 second'
RETURNING publisher, aggregate, sequence, reason, what, type
"""
# A letter that is there stays as it is, unless it was being replayed: then this is what came of it.
_LETTER = """
WITH put AS (
    INSERT INTO dead_letter AS l (id, consumer, publisher, aggregate, sequence, stream_sequence, event_id, type, headers, body, error,
                                  traceback_hash, tries, first_at, last_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
            coalesce((SELECT since FROM held WHERE publisher = $3 AND aggregate = $4 AND sequence = $5), now()), clock_timestamp())
    ON CONFLICT (publisher, aggregate, sequence) DO UPDATE
    SET state = 'parked', begun = false, error = excluded.error, traceback_hash = excluded.traceback_hash, tries = l.tries + 1,
        last_at = excluded.last_at
    WHERE l.state = 'replaying' AND l.begun
    RETURNING l.id, l.action, l.error
)
INSERT INTO operator_action (who, what, object, before, after, reason, correlation_id, of)
SELECT a.who, 'dead_letter.parked', put.id, 'replaying', 'parked', put.error, a.correlation_id, a.id
FROM put JOIN operator_action a ON a.id = put.action
"""
_UNREADABLE = """
INSERT INTO dead_letter (id, consumer, publisher, aggregate, sequence, stream_sequence, event_id, type, headers, body, error,
                         traceback_hash, tries, first_at, last_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now(), clock_timestamp())
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A row of `held`."""

    key: Key
    sequence: int
    reason: Reason
    what: str | None
    message: Message
    tries: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is given up. What could not be read has no key, sequence or id."""

    key: Key | None
    sequence: int | None
    event_id: UUID | None
    message: Message
    error: str
    traceback_hash: str | None
    tries: int


async def last_sequences(tx: Tx, keys: Collection[Key]) -> dict[Key, int]:
    """The last consumed sequence of those aggregates that have one."""
    rows = await tx.fetch(_LAST, *_columns(keys))
    return {(row["publisher"], row["aggregate"]): row["last_sequence"] for row in rows}


async def unheard(tx: Tx, publishers: Collection[str]) -> set[str]:
    """Those of whom nothing was ever consumed."""
    return {row["p"] for row in await tx.fetch(_UNHEARD, list(publishers))}


async def move(tx: Tx, moves: Sequence[tuple[Key, int, int]]) -> bool:
    """Set (key, last sequence seen, new last sequence); false when another owner was here meanwhile: roll back then."""
    if not moves:
        return True
    ordered = sorted(moves)
    keys = _columns([key for key, _, _ in ordered])
    count: int = await tx.fetchval(_MOVE, *keys, [seen for _, seen, _ in ordered], [last for _, _, last in ordered])
    return count == len(moves)


async def held_of(tx: Tx, keys: Collection[Key]) -> list[Held]:
    return [_held(row) for row in await tx.fetch(_HELD_OF, *_columns(keys))]


async def due(tx: Tx, shard: int, *, anyhow: bool, limit: int) -> list[Held]:
    """What is to be tried again now; with `anyhow` also waiting ones whose time has not come."""
    return [_held(row) for row in await tx.fetch(_DUE, shard, anyhow, limit)]


async def hold(tx: Tx, shard: int, rows: Iterable[tuple[Held, float]]) -> None:
    """Keep (row, seconds until it is tried again), or change what is kept."""
    await tx.executemany(_HOLD, [_hold_row(shard, row, pause) for row, pause in rows])


async def release(tx: Tx, moves: Collection[tuple[Key, int]]) -> None:
    """Forget what is held of those aggregates up to those sequences."""
    await tx.execute(_RELEASE, *_columns([key for key, _ in moves]), [last for _, last in moves])


async def count_try(tx: Tx, rows: Collection[Held]) -> None:
    await tx.execute(_TRY, *_columns([row.key for row in rows]), [row.sequence for row in rows], ENDED)


async def uncount_try(tx: Tx, rows: Collection[Held]) -> None:
    """Take back tries that ended for no fault of the events."""
    await tx.execute(_UNCOUNT, *_columns([row.key for row in rows]), [row.sequence for row in rows], [row.what for row in rows])


async def holding(tx: Tx, shard: int) -> set[Key]:
    """Aggregates of which something is held, after what a former owner left behind was put right."""
    await tx.execute(_SWEEP, shard)
    return {(row["publisher"], row["aggregate"]) for row in await tx.fetch(_HOLDING, shard)}


async def anything_to_retry(tx: Tx, shard: int) -> bool:
    found: bool = await tx.fetchval(_TO_RETRY, shard)
    return found


async def newly_overdue(tx: Tx, shard: int, seconds: float) -> list[dict[str, str]]:
    """What has been held for so long and has not been listed before."""
    return [{name: str(value) for name, value in row.items()} for row in await tx.fetch(_LIST, shard, seconds)]


async def park(tx: Tx, consumer: str, letters: Iterable[Letter]) -> None:
    """Write the dead letters; one that is there already stays as it is, but for the outcome of a replay."""
    for letter in letters:
        await tx.execute(_LETTER if letter.key else _UNREADABLE, *_letter_row(consumer, letter))


def _columns(keys: Collection[Key]) -> tuple[list[str], list[UUID]]:
    return [publisher for publisher, _ in keys], [aggregate for _, aggregate in keys]


def _held(row: asyncpg.Record) -> Held:
    message = Message(row["type"], row["body"], row["headers"], row["stream_sequence"])
    return Held((row["publisher"], row["aggregate"]), row["sequence"], row["reason"], row["what"], message, row["tries"])


def _hold_row(shard: int, row: Held, pause: float) -> tuple[object, ...]:
    m = row.message
    return (*row.key, row.sequence, shard, row.reason, row.what, m.type, m.body, dict(m.headers), m.stream_sequence, row.tries, pause)


def _letter_row(consumer: str, letter: Letter) -> tuple[object, ...]:
    m = letter.message
    place = (*(letter.key or (m.publisher, None)), letter.sequence, m.stream_sequence, letter.event_id)
    return (new_id(), consumer, *place, m.type, dict(m.headers), m.body, letter.error, letter.traceback_hash, letter.tries)
