"""SQL of what operators decided about dead letters: what a shard's owner has to do, and what came of it.

A letter is `parked`; the API marks it `replaying` or `discarding`; its shard's owner makes it `replayed`, `discarded`, or `parked`
again. Every result is written into `operator_action` in the transaction that makes it true, under the name of who asked.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from shared.database.pool import Tx
from shared.messaging.deciding import Place
from shared.messaging.inbox import Key
from shared.messaging.reading import Message

_ASKED = "SELECT DISTINCT consumer FROM dead_letter WHERE state IN ('replaying', 'discarding') AND NOT begun"
_COLUMNS = "id, state, publisher, aggregate, sequence, stream_sequence, type, headers, body"
_TO_DO = f"""
SELECT {_COLUMNS} FROM dead_letter WHERE consumer = $1 AND state IN ('replaying', 'discarding') AND NOT begun
ORDER BY publisher, aggregate, sequence LIMIT $2
"""
_BEGUN = f"SELECT {_COLUMNS} FROM dead_letter WHERE consumer = $1 AND state = 'replaying' AND begun"
_BEGIN = "UPDATE dead_letter SET begun = true WHERE id = $1 AND state = 'replaying' AND NOT begun RETURNING true"
_PUT_BACK = "UPDATE dead_letter SET begun = false WHERE id = $1 AND state = 'replaying'"
_FINISH = """
WITH done AS (
    UPDATE dead_letter SET state = $3, begun = false
    WHERE id = $1 AND state = $2 RETURNING id, action, old.state AS before, new.state AS after
)
INSERT INTO operator_action (who, what, object, before, after, correlation_id, of)
SELECT a.who, 'dead_letter.' || done.after, done.id, done.before, done.after, a.correlation_id, a.id
FROM done JOIN operator_action a ON a.id = done.action
"""
_FAIL = """
WITH done AS (
    UPDATE dead_letter SET state = 'parked', begun = false, error = $2, traceback_hash = $3, tries = tries + 1, last_at = clock_timestamp()
    WHERE id = $1 AND state = 'replaying' RETURNING id, action
)
INSERT INTO operator_action (who, what, object, before, after, reason, correlation_id, of)
SELECT a.who, 'dead_letter.parked', done.id, 'replaying', 'parked', $2, a.correlation_id, a.id
FROM done JOIN operator_action a ON a.id = done.action
"""
# An effect that is there counts, also when somebody asked meanwhile to discard the event.
_APPLIED = """
WITH done AS (
    UPDATE dead_letter l SET state = 'replayed', begun = false
    FROM unnest($1::text[], $2::uuid[], $3::bigint[]) AS p (publisher, aggregate, sequence)
    WHERE l.publisher = p.publisher AND l.aggregate = p.aggregate AND l.sequence = p.sequence AND l.state IN ('replaying', 'discarding')
    RETURNING l.id, l.action, old.state AS before
)
INSERT INTO operator_action (who, what, object, before, after, correlation_id, of)
SELECT a.who, 'dead_letter.replayed', done.id, done.before, 'replayed', a.correlation_id, a.id
FROM done JOIN operator_action a ON a.id = done.action
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A dead letter about which something was decided. What could not be read has no key and no sequence."""

    id: UUID
    what: Literal["replaying", "discarding"]
    key: Key | None
    sequence: int
    message: Message

    @property
    def place(self) -> Place | None:
        return (self.key, self.sequence) if self.key else None


async def asked(tx: Tx) -> set[str]:
    """Consumers whose owners have something to do."""
    return {row["consumer"] for row in await tx.fetch(_ASKED)}


async def to_do(tx: Tx, consumer: str, limit: int) -> list[Asked]:
    """What was decided and not taken up, the earlier events of an aggregate first."""
    return [_asked(row) for row in await tx.fetch(_TO_DO, consumer, limit)]


async def begun(tx: Tx, consumer: str) -> list[Asked]:
    """What an owner took up and did not finish."""
    return [_asked(row) for row in await tx.fetch(_BEGUN, consumer)]


async def begin(tx: Tx, letter: UUID) -> bool:
    """Take a replay up; false when it is not asked for any more."""
    return bool(await tx.fetchval(_BEGIN, letter))


async def put_back(tx: Tx, letter: UUID) -> None:
    """Not this time, for no fault of the event."""
    await tx.execute(_PUT_BACK, letter)


async def finish(tx: Tx, letter: UUID, before: str, after: Literal["replayed", "discarded"]) -> bool:
    """Say that it is done; false when it is not asked for any more: roll back then."""
    return (await tx.execute(_FINISH, letter, before, after)).endswith(" 1")


async def fail(tx: Tx, letter: UUID, error: str, traceback_hash: str | None) -> None:
    """The replay did not help."""
    await tx.execute(_FAIL, letter, error, traceback_hash)


async def applied(tx: Tx, places: Collection[Place]) -> None:
    """These events have their effect in this transaction: their letters, if replayed, are done."""
    await tx.execute(_APPLIED, [key[0] for key, _ in places], [key[1] for key, _ in places], [sequence for _, sequence in places])


def _asked(row: asyncpg.Record) -> Asked:
    key = (row["publisher"], row["aggregate"]) if row["aggregate"] else None
    return Asked(
        row["id"], row["state"], key, row["sequence"] or 0, Message(row["type"], row["body"], row["headers"], row["stream_sequence"])
    )
