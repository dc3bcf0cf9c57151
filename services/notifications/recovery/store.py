"""SQL of what a restore leaves to be put right."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from services.notifications.messages.store import Message
from shared.contracts.notifications import MessageQueued, MessageSent
from shared.database.pool import Tx
from shared.messaging.reading import Message as Telling
from shared.messaging.reading import read, short_type
from shared.messaging.record import Facts, Stamp, append
from shared.messaging.rewinding import Lost

Same: TypeAlias = tuple[Any, ...]
"""What a mail and its decision made anew have in common."""

# Whether a mail that waited was sent after the backup, nobody can say.
_DOUBT = "UPDATE message SET possible_duplicates = possible_duplicates + 1 WHERE status IN ('queued', 'sending')"
_REMEMBER = """
INSERT INTO sent_before (message_id, customer_id, contact_id, rule, correlation_id, delay_id, delay_revision, orders, sent_at, attempts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
"""
_SENT = """
UPDATE message SET status = 'sent', sent_at = $2, finished_at = now(), attempts = $3, version = version + 1, claim_token = NULL
WHERE id = $1 AND status IN ('queued', 'sending')
RETURNING version, delay_id, correlation_id, causation_id, actor, traceparent
"""
_BEFORE = """
SELECT message_id, contact_id, rule, correlation_id, delay_id, delay_revision, orders, sent_at, attempts
FROM sent_before WHERE customer_id = ANY($1::uuid[])
"""
_FORGET_ORDERS = (
    "DELETE FROM told_date WHERE order_id = ANY($1::uuid[])",
    "DELETE FROM told_node WHERE order_id = ANY($1::uuid[])",
    "DELETE FROM told_line WHERE order_id = ANY($1::uuid[])",
    "DELETE FROM told_order WHERE id = ANY($1::uuid[])",
)
_FORGET_SHIPMENTS = "DELETE FROM shipment WHERE id = ANY($1::uuid[])"
# The dates stay told, for they were; the numbers of the estimates that told them will be used again.
_FORGET_ESTIMATES = (
    "DELETE FROM told_date WHERE order_id = ANY($1::uuid[])",
    "UPDATE told_line SET told_estimate = 0 WHERE order_id = ANY($1::uuid[])",
    "UPDATE told_node SET told_estimate = 0 WHERE order_id = ANY($1::uuid[])",
)


@dataclass(frozen=True, slots=True)
class SentBefore:
    message_id: UUID
    at: datetime
    attempts: int


async def forget(tx: Tx, lost: Lost) -> None:
    """What orders will tell again under the numbers of what it lost is to be weighed anew."""
    if lost.publisher == "orders":
        for statement in _FORGET_ORDERS:
            await tx.execute(statement, lost.gone)
        for statement in _FORGET_ESTIMATES:
            await tx.execute(statement, list(lost.last))
        await tx.execute(_FORGET_SHIPMENTS, list(lost.last))


async def recover(tx: Tx, events: Sequence[bytes]) -> None:
    """Remember from its own lost events which mails were sent; those that nobody knows of are in doubt."""
    tellings = [read(Telling(short_type(body), body, {}, 0), with_data=True) for body in events]
    sent = {one.data.message_id: one.data for one in tellings if isinstance(one.data, MessageSent)}
    for one in tellings:
        if isinstance(one.data, MessageQueued) and (end := sent.pop(one.aggregate, None)):
            of = one.data.message
            same = (of.customer_id, of.contact_id, of.rule, one.correlation_id, of.delay_id, of.delay_revision, list(of.orders))
            await tx.execute(_REMEMBER, of.message_id, *same, end.at, end.attempts)
    for end in sent.values():
        # It waited when the backup was made: its row is there.
        if row := await tx.fetchrow(_SENT, end.message_id, end.at, end.attempts):
            stamp = Stamp(end.at, row["correlation_id"], row["actor"], row["causation_id"], row["traceparent"])
            await append(tx, stamp, [Facts(end.message_id, row["version"] - 1, (end,))])
    await tx.execute(_DOUBT)


async def sent_before(tx: Tx, customers: Collection[UUID]) -> dict[Same, SentBefore]:
    """The remembered mails to those customers."""
    rows = await tx.fetch(_BEFORE, list(customers))
    return {_same(row): SentBefore(row["message_id"], row["sent_at"], row["attempts"]) for row in rows}


def same(message: Message) -> Same:
    return (
        message.contact_id,
        message.rule,
        message.stamp.correlation_id,
        message.delay_id,
        message.delay_revision,
        frozenset(message.orders),
    )


def _same(row: Any) -> Same:
    return (
        row["contact_id"],
        row["rule"],
        row["correlation_id"],
        row["delay_id"],
        row["delay_revision"],
        frozenset(row["orders"]),
    )


async def settle(tx: Tx, settled: Iterable[SentBefore]) -> None:
    """Stored messages that were sent before are sent, and need not be remembered any more."""
    for one in settled:
        await tx.execute(_SENT, one.message_id, one.at, one.attempts)
        await tx.execute("DELETE FROM sent_before WHERE message_id = $1", one.message_id)
