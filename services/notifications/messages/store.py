"""SQL of gathered delays and of decided messages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.dates.domain import Due
from services.notifications.messages.domain import Status, Text
from services.notifications.messages.gathering import Key, expected, is_held, key_of
from shared.contracts.codes import CauseCode
from shared.contracts.orders import PlanReestimated
from shared.contracts.text import Language
from shared.database.pool import Tx
from shared.messaging.record import Stamp

# All of a customer's orders in one batch, as nearly always: nothing has to be kept for later.
_DECIDE_AT_ONCE = """
INSERT INTO gathering (delay_id, delay_revision, because, customer_id, expected, decided_at)
SELECT delay_id, revision, because, customer_id, expected, $6
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::int[]) WITH ORDINALITY
    AS k (delay_id, revision, because, customer_id, expected, n)
ORDER BY n
ON CONFLICT DO NOTHING
RETURNING delay_id, delay_revision, because, customer_id
"""
_OPEN = """
INSERT INTO gathering (delay_id, delay_revision, because, customer_id, expected, released)
SELECT delay_id, revision, because, customer_id, expected, released
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::int[], $6::bool[]) WITH ORDINALITY
    AS k (delay_id, revision, because, customer_id, expected, released, n) ORDER BY n
ON CONFLICT (delay_id, delay_revision, because, customer_id) DO UPDATE SET expected = excluded.expected
"""
_RELEASE = """
INSERT INTO gathering (delay_id, delay_revision, because, customer_id, released)
SELECT delay_id, revision, because, customer_id, true
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[]) WITH ORDINALITY AS k (delay_id, revision, because, customer_id, n) ORDER BY n
ON CONFLICT (delay_id, delay_revision, because, customer_id) DO UPDATE SET released = true
"""
_LOCK = """
SELECT g.delay_id FROM gathering AS g
JOIN unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[]) AS k (delay_id, revision, because, customer_id)
  ON (g.delay_id, g.delay_revision, g.because, g.customer_id) = (k.delay_id, k.revision, k.because, k.customer_id)
ORDER BY g.delay_id, g.delay_revision, g.because, g.customer_id
FOR UPDATE OF g
"""
_GATHER = """
INSERT INTO gathered (delay_id, delay_revision, because, customer_id, order_id, facts)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""
_COMPLETE = """
UPDATE gathering AS g SET decided_at = $5
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[]) AS k (delay_id, revision, because, customer_id)
WHERE (g.delay_id, g.delay_revision, g.because, g.customer_id) = (k.delay_id, k.revision, k.because, k.customer_id)
  AND g.decided_at IS NULL AND g.released
  AND g.expected <= (
    SELECT count(*) FROM gathered AS e
    WHERE (e.delay_id, e.delay_revision, e.because, e.customer_id) = (g.delay_id, g.delay_revision, g.because, g.customer_id))
RETURNING g.delay_id, g.delay_revision, g.because, g.customer_id
"""
# What is taken out is decided in this transaction; the gathering stays and says so.
_TAKE_OUT = """
DELETE FROM gathered AS e
USING unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[]) AS k (delay_id, revision, because, customer_id)
WHERE (e.delay_id, e.delay_revision, e.because, e.customer_id) = (k.delay_id, k.revision, k.because, k.customer_id)
RETURNING e.delay_id, e.delay_revision, e.because, e.customer_id, e.facts
"""
# Whoever says something else of what is held of a delay holds its gatherings before it, by key, as whoever decides of it does.
_LOCK_HELD = """
SELECT FROM gathering WHERE delay_id = ANY($1::uuid[]) AND because = 'delay_logged'
ORDER BY delay_id, delay_revision, because, customer_id FOR UPDATE
"""
# What is held of a delay is told in the words that were said of it last.
_SAY_ANEW = """
UPDATE gathered SET facts = jsonb_set(facts, '{delay}', (facts -> 'delay') || $3::jsonb)
WHERE delay_id = $1 AND customer_id = $2 AND because = 'delay_logged'
"""
_FOUND_OUT = """
UPDATE gathered SET facts = jsonb_set(facts, '{delay,causes}', $2::jsonb) WHERE delay_id = $1 AND because = 'delay_logged'
"""
_WORDS = {"causes", "action", "ask", "ask_by", "next_news_on"}
# A mail whose sending ended unknown may have been read: it is taken back by a correction, not in silence. So is one of other delays, too.
_CANCEL = """
WITH unsent AS (
    SELECT m.id FROM message AS m JOIN unnest($1::uuid[], $2::uuid[]) AS k (delay_id, customer_id)
      ON m.delay_id = k.delay_id AND m.customer_id = k.customer_id
    WHERE m.status = 'queued' AND m.because <> 'delay_retracted'
      AND m.sent_with IS NULL AND NOT EXISTS (SELECT FROM message AS w WHERE w.sent_with = m.id)
    ORDER BY m.id FOR UPDATE OF m
)
UPDATE message AS m SET status = 'cancelled', why = 'delay_retracted', version = version + 1, finished_at = now()
FROM unsent WHERE m.id = unsent.id
RETURNING m.id, m.version - 1 AS version, m.decision, m.delay_id, m.customer_id
"""
_SAVE = """
INSERT INTO message (id, version, decision, rule, because, customer_id, contact_id, delay_id, delay_revision, orders, language, status, why,
    reasons, corrects, correlation_id, causation_id, actor, traceparent, decided_at, envelope, subject, body, written_from,
    sent_with, corrected, decided_from)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
"""
_RENAME = "UPDATE message SET subject = $2, body = $3, envelope = envelope || jsonb_build_object('thread', $4::text) WHERE id = $1"
_SAVE_DATES = """
INSERT INTO told_date (message_id, contact_id, order_id, shipment, milestone, line, counter, revision, before, after)
SELECT message_id, contact_id, order_id, shipment, milestone, line, counter, revision, before, after
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::date[], $10::date[])
    AS d (message_id, contact_id, order_id, shipment, milestone, line, counter, revision, before, after)
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A decision for one contact as it is stored. `text` only when it is queued; `dates` are those the contact is, or should be, told.
    `sent_with` is the message whose mail tells of it, too; `decided_from` is kept of one that waits behind another.
    """

    id: UUID
    decision: UUID
    rule: str
    because: str
    customer_id: UUID
    contact_id: UUID | None
    delay_id: UUID | None
    delay_revision: int | None
    orders: tuple[UUID, ...]
    language: Language | None
    status: Status
    why: str | None
    reasons: dict[str, Any]
    text: Text | None
    dates: tuple[Due, ...]
    decided_at: datetime
    stamp: Stamp
    sent_with: UUID | None = None
    corrected: tuple[UUID, ...] = ()
    decided_from: Mapping[str, Any] | None = None

    @property
    def corrects(self) -> UUID | None:
        """The last of the mails that it takes back."""
        return self.corrected[-1] if self.corrected else None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """`version` is the number of events it had told before."""

    id: UUID
    version: int
    decision: UUID
    delay_id: UUID
    customer_id: UUID


async def gather(tx: Tx, events: Sequence[PlanReestimated], now: datetime) -> list[tuple[PlanReestimated, ...]]:
    """Keep the events of delays; answers, for each customer and command that is complete by now, all its events. Each only once.

    Those that are held are not complete before they are released.
    """
    wanted = expected(events)
    held = {key_of(event) for event in events if is_held(event)}
    here: dict[Key, dict[UUID, PlanReestimated]] = {}
    for event in events:
        if key := key_of(event):
            here.setdefault(key, {})[event.order_id] = event
    whole = sorted(key for key, parts in here.items() if len(parts) >= wanted[key] and key not in held)
    complete: dict[Key, Iterable[PlanReestimated]] = {}
    if whole:
        rows = await tx.fetch(_DECIDE_AT_ONCE, *_columns(whole), [wanted[key] for key in whole], now)
        complete = {(key := _key(row)): here[key].values() for row in rows}
    rest = {key: parts for key, parts in here.items() if key not in complete}
    if rest:
        await _keep(tx, rest, wanted, held)
        complete |= await _taken_out(tx, sorted(rest), now)
    await _say_anew(tx, events)
    return _in_order(complete.values())


async def _say_anew(tx: Tx, events: Sequence[PlanReestimated]) -> None:
    said = {
        (event.delay.delay_id, event.customer_id): event.delay.model_dump(mode="json", include=_WORDS)
        for event in events
        if event.because == "delay_updated" and event.delay and event.delay.disruption_id
    }
    if said:
        await tx.execute(_LOCK_HELD, [delay for delay, _ in said])
        await tx.executemany(_SAY_ANEW, [(*key, words) for key, words in said.items()])


async def find_out(tx: Tx, causes: Mapping[UUID, Sequence[CauseCode]]) -> None:
    """What is held of those delays is told with the causes that were found."""
    await tx.execute(_LOCK_HELD, list(causes))
    await tx.executemany(_FOUND_OUT, [(delay, list(codes)) for delay, codes in causes.items()])


async def release(tx: Tx, keys: Collection[Key], now: datetime) -> list[tuple[PlanReestimated, ...]]:
    """Let go what is held; answers the events of those that are complete. What comes later is complete then."""
    ordered = sorted(keys)
    await tx.execute(_RELEASE, *_columns(ordered))
    return _in_order((await _taken_out(tx, ordered, now)).values())


def _in_order(complete: Iterable[Iterable[PlanReestimated]]) -> list[tuple[PlanReestimated, ...]]:
    return [tuple(sorted(parts, key=lambda event: event.number)) for parts in complete]


async def _keep(
    tx: Tx, here: Mapping[Key, Mapping[UUID, PlanReestimated]], wanted: Mapping[Key, int], held: Collection[Key | None]
) -> None:
    keys = sorted(here)
    columns = _columns(keys)
    await tx.execute(_OPEN, *columns, [wanted[key] for key in keys], [key not in held for key in keys])
    await tx.execute(_LOCK, *columns)
    await tx.executemany(
        _GATHER,
        [
            (key.delay_id, key.revision, key.because, key.customer_id, order, event.model_dump(mode="json"))
            for key, parts in here.items()
            for order, event in parts.items()
        ],
    )


async def _taken_out(tx: Tx, keys: Sequence[Key], now: datetime) -> dict[Key, list[PlanReestimated]]:
    """The events of those that are complete, which are decided now."""
    columns = _columns(keys)
    found: dict[Key, list[PlanReestimated]] = {_key(row): [] for row in await tx.fetch(_COMPLETE, *columns, now)}
    if found:
        for row in await tx.fetch(_TAKE_OUT, *_columns(found)):
            found[_key(row)].append(PlanReestimated.model_validate(row["facts"]))
    return found


async def cancel_unsent(tx: Tx, pairs: Collection[tuple[UUID, UUID]]) -> list[Cancelled]:
    """Take back what is still to be sent of retracted delays, by (delay, customer). What they told is the caller's to untell."""
    rows = await tx.fetch(_CANCEL, [delay for delay, _ in pairs], [customer for _, customer in pairs])
    return [Cancelled(row["id"], row["version"], row["decision"], row["delay_id"], row["customer_id"]) for row in rows]


async def save(tx: Tx, messages: Sequence[Message]) -> None:
    """Store decided messages, and the dates told by those that are queued."""
    await tx.executemany(_SAVE, [_row(message) for message in messages])
    dates = [_date_row(message, due) for message in messages if message.status == "queued" for due in message.dates]
    if dates:
        await tx.execute(_SAVE_DATES, *map(list, zip(*dates, strict=True)))


async def rename(tx: Tx, correction: UUID, subject: str, body: str, thread: str | None) -> None:
    """Write a locked correction anew, as an answer to the last mail that it names."""
    await tx.execute(_RENAME, correction, subject, body, thread)


def _row(m: Message) -> tuple[Any, ...]:
    envelope: Mapping[str, Any] | None = None
    if m.text:
        envelope = {
            "name": m.text.to_name,
            "to": m.text.to,
            "cc": list(m.text.cc),
            "reply_to": list(m.text.reply_to),
            "from_name": m.text.from_name,
            "thread": m.text.thread,
        }
    about = (m.customer_id, m.contact_id, m.delay_id, m.delay_revision, list(m.orders), m.language)
    stamp = (m.stamp.correlation_id, m.stamp.causation_id, m.stamp.actor, m.stamp.traceparent)
    text = (m.text.subject, m.text.body, m.text.values) if m.text else (None, None, None)
    decided = (m.status, m.why, m.reasons, m.corrects)
    others = (m.sent_with, list(m.corrected), m.decided_from)
    return (m.id, m.decision, m.rule, m.because, *about, *decided, *stamp, m.decided_at, envelope, *text, *others)


def _date_row(message: Message, due: Due) -> tuple[Any, ...]:
    move = due.move
    return (
        message.id,
        message.contact_id,
        move.order_id,
        move.shipment,
        move.milestone,
        move.of_line,
        move.counter,
        move.revision,
        due.told,
        move.to,
    )


def _columns(keys: Collection[Key]) -> list[list[Any]]:
    return [[k.delay_id for k in keys], [k.revision for k in keys], [k.because for k in keys], [k.customer_id for k in keys]]


def _key(row: Any) -> Key:
    return Key(row["delay_id"], row["delay_revision"], row["because"], row["customer_id"])
