"""The archive: every event consumed, as the exact bytes, append-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from shared.database.pool import Tx
from shared.messaging.received import Received
from shared.messaging.rewinding import Lost

# The identity column counts in the order of the SELECT: within an aggregate, positions rise with the sequence.
_APPEND = """
INSERT INTO public.archive (publisher, aggregate, sequence, type, body)
SELECT publisher, aggregate, sequence, type, body
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::bytea[]) WITH ORDINALITY
    AS e (publisher, aggregate, sequence, type, body, n)
ORDER BY n
"""
_COLUMNS = ("publisher", "aggregate", "sequence", "type", "body")
_READ = "SELECT position, type, body FROM public.archive WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3"

_FORGET = """
DELETE FROM public.archive a USING unnest($2::uuid[], $3::bigint[]) AS k (aggregate, last)
WHERE a.publisher = $1 AND a.aggregate = k.aggregate AND a.sequence > k.last
RETURNING a.position, a.body
"""


Row: TypeAlias = tuple[str, UUID, int, str, bytes]
"""publisher, aggregate, sequence, type, body"""


@dataclass(frozen=True, slots=True)
class Archived:
    position: int
    type: str
    body: bytes


async def append(tx: Tx, batch: Sequence[Received[Any]]) -> None:
    await tx.execute(
        _APPEND,
        [e.publisher for e in batch],
        [e.aggregate for e in batch],
        [e.sequence for e in batch],
        [e.type for e in batch],
        [e.body for e in batch],
    )


async def copy(tx: Tx, rows: Sequence[Row]) -> None:
    """As `append`, for thousands at once."""
    await tx.copy_records_to_table("archive", schema_name="public", records=rows, columns=_COLUMNS)


async def read(connection: Tx, after: int, upto: int, limit: int) -> list[Archived]:
    """The next events in the order of archiving, positions in (after, upto]."""
    rows = await connection.fetch(_READ, after, upto, limit)
    return [Archived(row["position"], row["type"], row["body"]) for row in rows]


async def last_position(connection: Tx) -> int:
    """The highest position that this snapshot sees; 0 when the archive is empty."""
    return int(await connection.fetchval("SELECT coalesce(max(position), 0) FROM public.archive"))


async def forget(tx: Tx, lost: Lost) -> None:
    """Take out what was lost with a publisher's database; the projections are to be rebuilt then."""
    rows = await tx.fetch(_FORGET, lost.publisher, *lost.columns)
    lost.events.extend(row["body"] for row in sorted(rows, key=lambda row: row["position"]))


async def count(connection: Tx, upto: int) -> int:
    """How many events there are up to that position."""
    return int(await connection.fetchval("SELECT count(*) FROM public.archive WHERE position <= $1", upto))


async def stop_writers(tx: Tx, patience_ms: int) -> None:
    """Wait until no transaction is archiving, and let none begin until this one ends.

    Afterwards no position at or below the highest seen can appear any more. asyncpg.LockNotAvailableError after `patience_ms`.
    """
    await tx.execute("SELECT set_config('lock_timeout', $1, true)", f"{patience_ms}ms")
    await tx.execute("LOCK TABLE public.archive IN SHARE MODE")


LockTaken = asyncpg.LockNotAvailableError
