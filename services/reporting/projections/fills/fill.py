"""What the statements have in common: the events they read, and how they are run."""

from dataclasses import dataclass
from itertools import chain

# One pass of the archive, parsed once for all that reads it: `event` are the events up to $1 of the types in $2, and of those the ones of
# the aggregates in one part of $3 + 1 (none or a power of two, less one), whose number is $4.
EVENT = """
WITH event AS MATERIALIZED (
    SELECT a.position, a.aggregate, a.sequence, a.type, e.id, e.time, coalesce(e.historical, false) AS historical, e.correlationid, e.data
    FROM public.archive a
    CROSS JOIN LATERAL jsonb_to_record(convert_from(a.body, 'UTF8')::jsonb)
        AS e (id uuid, time timestamptz, historical boolean, correlationid text, data jsonb)
    WHERE a.position <= $1 AND a.type = ANY($2) AND uuid_hash(a.aggregate) & $3 = $4
)"""
COUNTED = ", counted AS (SELECT count(*) AS events FROM event) SELECT events FROM counted"


@dataclass(frozen=True, slots=True)
class Fill:
    """Tables that are made of the same events. In `parts` (one, or a power of two) they can be filled at the same time: no row is made of
    events of two aggregates. `filled` are the steps that write them; the statement takes the last position, the types, parts - 1 and the
    part's number."""

    tables: tuple[str, ...]
    types: tuple[str, ...]
    filled: str
    parts: int = 2

    @property
    def statement(self) -> str:
        return EVENT + self.filled + COUNTED


def together(*fills: Fill) -> Fill:
    """The same in one pass of the archive: for tables whose events are few."""
    return Fill(
        tuple(chain.from_iterable(fill.tables for fill in fills)),
        tuple(chain.from_iterable(fill.types for fill in fills)),
        "".join(fill.filled for fill in fills),
    )


def types(prefix: str, *ends: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{end}.v1" for end in ends)
