"""SQL of claims and of results. Leases, retries and their times are the server's clock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from services.notifications.channels.domain import Mail
from services.notifications.contacts.domain import Contact
from services.notifications.dates import store as dates
from services.notifications.messages.domain import replies
from services.notifications.messages.queries import MAY_BE_READ
from services.notifications.messages.renaming import rename
from services.notifications.messages.store import Cancelled
from services.notifications.sending.domain import Attempt, Claimed, Next
from shared.contracts.notifications import MessageCancelled, MessageFailed
from shared.database.pool import Tx
from shared.messaging.record import Stamp

# A contact's mails about an order reach him as they were decided, for each builds on those before it; a correction waits for all that it
# corrects. A message whose lease ran out was being sent by a process that is gone, and may have arrived. What is sent with another is not
# sent by itself.
_CLAIM = """
WITH due AS (
    SELECT m.id FROM message AS m
    WHERE m.status IN ('queued', 'sending') AND m.due_at <= now() AND m.sent_with IS NULL AND m.id <> ALL($4::uuid[])
      AND NOT EXISTS (
        SELECT FROM message AS e
        WHERE e.contact_id = m.contact_id AND e.position < m.position AND e.status IN ('queued', 'sending')
          AND (e.orders && m.orders OR e.id = ANY(m.corrected)))
      AND NOT EXISTS (
        SELECT FROM message AS w JOIN message AS e ON e.contact_id = w.contact_id AND e.orders && w.orders
        WHERE w.sent_with = m.id AND e.position < m.position AND e.status IN ('queued', 'sending'))
    ORDER BY m.due_at LIMIT $1 FOR UPDATE OF m SKIP LOCKED
)
UPDATE message AS m SET
    possible_duplicates = m.possible_duplicates + (m.status = 'sending')::int,
    status = 'sending', claim_token = $2, due_at = now() + make_interval(secs => $3), attempts = m.attempts + 1
FROM due WHERE m.id = due.id
RETURNING m.id, m.envelope, m.subject, m.body, m.language, m.decided_at, m.correlation_id, m.attempts, m.tries, now() - m.recorded_at AS age
"""
_RELEASE = """
UPDATE message SET status = 'queued', claim_token = NULL, due_at = now(), attempts = attempts - 1
WHERE status = 'sending' AND claim_token = $1
"""
_SETTLED = "m.id, m.version, m.status, m.why, m.attempts, m.decision, m.delay_id, m.correlation_id, m.causation_id, m.actor, m.traceparent"
_SETTLE = f"""
WITH made AS (
    INSERT INTO attempt (message_id, number, began_at, outcome, code)
    SELECT id, number, began_at, outcome, code
    FROM unnest($1::uuid[], $9::int[], $10::timestamptz[], $7::text[], $11::text[]) AS a (id, number, began_at, outcome, code)
    ON CONFLICT DO NOTHING
)
UPDATE message AS m SET
    status = r.status, why = r.why, tries = r.tries, claim_token = NULL,
    version = m.version + (r.status <> 'queued')::int,
    possible_duplicates = m.possible_duplicates + (r.outcome = 'unknown')::int,
    due_at = now() + make_interval(secs => r.seconds),
    sent_at = CASE WHEN r.status = 'sent' THEN $8::timestamptz END,
    finished_at = CASE WHEN r.status <> 'queued' THEN now() END
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::float8[], $7::text[])
    AS r (id, token, status, why, tries, seconds, outcome)
WHERE m.id = r.id AND m.status = 'sending' AND m.claim_token = r.token
RETURNING {_SETTLED}, EXISTS (SELECT FROM message AS w WHERE w.sent_with = m.id) AS leads
"""
# Whoever decides of an order holds it: he counts a mail as one that will be read until it ends unread, and it does not meanwhile.
_LOCK = """
SELECT FROM told_order WHERE id IN (
    SELECT unnest(w.orders) FROM message AS m JOIN message AS w ON w.contact_id = m.contact_id AND w.status IN ('queued', 'sending')
    WHERE m.id = ANY($1::uuid[]) AND (m.id = ANY($2::uuid[]) OR EXISTS (
        SELECT FROM message AS c WHERE c.because = 'delay_retracted' AND c.status = 'queued' AND c.corrected @> ARRAY[m.id])))
ORDER BY id FOR NO KEY UPDATE
"""
# What is sent with a mail ends as it does.
_FOLLOW = f"""
UPDATE message AS m SET status = w.status, why = w.why, attempts = w.attempts, sent_at = w.sent_at, finished_at = w.finished_at,
    possible_duplicates = w.possible_duplicates, version = m.version + 1
FROM message AS w
WHERE m.sent_with = w.id AND w.id = ANY($1::uuid[]) AND m.status = 'queued' AND w.status IN ('sent', 'failed', 'cancelled')
RETURNING {_SETTLED}
"""
# A notice that a correction waits for is not sent any more, unless it tells of other things, too; a correction of mails none of which
# anybody got is not needed. One that takes back another correction is, also where that was given up: what that corrected was read.
_CANCEL = f"""
WITH waits AS (
    SELECT m.id, c.id AS correction, c.corrected,
        m.status = 'queued' AND m.delay_id IS NOT DISTINCT FROM c.delay_id
            AND NOT EXISTS (SELECT FROM message AS w WHERE w.sent_with = m.id) AS dropped
    FROM message AS c JOIN message AS m ON m.id = ANY(c.corrected)
    WHERE c.because = 'delay_retracted' AND c.corrected && $1::uuid[] AND c.status = 'queued'
      AND m.id = ANY($1::uuid[]) AND m.status IN ('queued', 'failed', 'cancelled')
), pointless AS (
    SELECT id FROM waits WHERE dropped
    UNION
    SELECT w.correction FROM waits AS w WHERE NOT EXISTS (
        SELECT FROM message AS m
        WHERE m.id = ANY(w.corrected) AND (m.because = 'delay_retracted' AND m.status = 'failed' OR {MAY_BE_READ}
            AND NOT EXISTS (SELECT FROM waits AS d WHERE d.id = m.id AND d.dropped AND m.possible_duplicates = 0)))
)
UPDATE message AS m SET status = 'cancelled', why = 'delay_retracted', version = m.version + 1, finished_at = now()
FROM pointless WHERE m.id = pointless.id
RETURNING {_SETTLED}
"""
# What waits behind a mail that nobody read was decided as if he had: it is decided anew.
_BEHIND = f"""
WITH behind AS (
    SELECT coalesce(w.sent_with, w.id) AS id
    FROM message AS m JOIN message AS w ON w.contact_id = m.contact_id AND w.position > m.position AND w.orders && m.orders
    WHERE m.id = ANY($1::uuid[]) AND w.status = 'queued' AND NOT {MAY_BE_READ}
)
UPDATE message AS m SET status = 'cancelled', why = 'decided_anew', version = m.version + 1, finished_at = now()
WHERE m.id IN (SELECT id FROM behind) AND m.status = 'queued' AND m.possible_duplicates = 0 AND m.decided_from IS NOT NULL
RETURNING {_SETTLED}, m.contact_id, m.decided_from, m.position
"""
# A mail about other orders, too, goes out as it was written: what it says of them holds.
_CANCEL_OVER = f"""
WITH over AS (
    SELECT m.id FROM message AS m
    WHERE m.status = 'queued' AND m.orders @> ARRAY[$1::uuid] AND m.sent_with IS NULL
      AND NOT EXISTS (
        SELECT FROM message AS w JOIN told_line AS l ON l.order_id = ANY(w.orders)
        WHERE (w.id = m.id OR w.sent_with = m.id) AND NOT l.cancelled)
    ORDER BY m.id FOR UPDATE OF m
)
UPDATE message AS m SET status = 'cancelled', why = 'order_cancelled', version = m.version + 1, finished_at = now()
FROM over WHERE m.id = over.id
RETURNING {_SETTLED}
"""
# What may have arrived where the contact was is not sent to him twice.
_READDRESS = """
UPDATE message AS m SET envelope = m.envelope || n.envelope
FROM unnest($1::uuid[], $2::jsonb[]) AS n (contact_id, envelope)
WHERE m.contact_id = n.contact_id AND m.status = 'queued' AND m.possible_duplicates = 0 AND m.envelope IS NOT NULL
"""
_ORDERS_WAITING = "SELECT DISTINCT unnest(orders) AS id FROM message WHERE contact_id = ANY($1::uuid[]) AND status = 'queued'"
_UNREACHED = f"""
UPDATE message AS m SET status = 'failed', why = 'no_contact', version = m.version + 1, finished_at = now()
WHERE m.contact_id = ANY($1::uuid[]) AND m.status = 'queued'
RETURNING {_SETTLED}
"""
# A correction that was not needed leaves the dates in force: those are what its reader knows.
_ORPHANED = f"""
SELECT DISTINCT decision FROM message AS lost
WHERE decision = ANY($1::uuid[]) AND NOT (status = 'cancelled' AND because = 'delay_retracted')
  AND NOT EXISTS (SELECT FROM message AS m WHERE m.decision = lost.decision AND {MAY_BE_READ})
"""
_UNTOLD = f"DELETE FROM told_date AS d USING message AS m WHERE m.id = d.message_id AND m.id = ANY($1::uuid[]) AND NOT {MAY_BE_READ}"


@dataclass(frozen=True, slots=True)
class Settled:
    """A message that came to its end; `version` counts the event that says so. One that is decided anew has to whom and from what."""

    id: UUID
    version: int
    status: str
    why: str | None
    attempts: int
    decision: UUID
    delay_id: UUID | None
    stamp: Stamp
    contact_id: UUID | None = None
    decided_from: Mapping[str, Any] | None = None

    def failed(self) -> MessageFailed:
        """The event of one that was given up."""
        return MessageFailed(message_id=self.id, delay_id=self.delay_id, why=self.why or "failed", attempts=self.attempts)

    def cancelled(self) -> MessageCancelled:
        """The event of one that was taken back."""
        return MessageCancelled.model_validate({"message_id": self.id, "delay_id": self.delay_id, "why": self.why})


async def claim(tx: Tx, most: int, token: UUID, lease: float, held: Collection[UUID]) -> list[Claimed]:
    """Take up to `most` messages that are due, for `lease` seconds, but those that the claimer has in hand already (`held`).

    Others' claims are skipped, not waited for.
    """
    return [_claimed(row, token) for row in await tx.fetch(_CLAIM, most, token, lease, list(held))]


async def release(tx: Tx, token: UUID) -> None:
    """Give back what was claimed under the token and not begun. To be called when the results of all that was begun are written."""
    await tx.execute(_RELEASE, token)


async def settle(tx: Tx, results: Sequence[tuple[Attempt, Next]], now: datetime) -> list[Settled]:
    """Write results where the claim is still ours; answers the messages that came to their end, `now` in business time. What is to be
    decided anew is the caller's to decide.
    """
    if unsent := [a.claimed.mail.id for a, n in results if n.status != "sent"]:
        await tx.execute(_LOCK, unsent, [a.claimed.mail.id for a, n in results if n.status == "failed"])
    rows = [(a.claimed.mail.id, a.claimed.token, n.status, n.why, n.tries, n.seconds, a.outcome.result) for a, n in results]
    made = [(a.claimed.attempts, a.began_at, a.outcome.code) for a, _ in results]
    settled = await tx.fetch(_SETTLE, *map(list, zip(*rows, strict=True)), now, *map(list, zip(*made, strict=True)))
    if leading := [row["id"] for row in settled if row["leads"]]:
        settled += await tx.fetch(_FOLLOW, leading)
    ended = [_settled(row, now) for row in settled]
    cancelled = await cancel_needless(tx, [one.id for one in ended if one.status != "sent"], now)
    # A message that is cancelled here was queued by the statement before: it has one end, this one.
    found = {one.id: one for one in (*ended, *cancelled) if one.status != "queued"}
    await untell(tx, [one for one in found.values() if one.status != "sent"])
    return list(found.values())


async def cancel_needless(tx: Tx, unsent: Sequence[UUID], now: datetime) -> list[Settled]:
    """Cancel what need not be sent as those were not, or is to be decided anew, and what that leaves needless in turn; events and what was
    told are the caller's.
    """
    needless: list[Settled] = []
    while unsent:
        cancelled = [_settled(row, now) for row in await tx.fetch(_CANCEL, unsent)]
        if behind := sorted(await tx.fetch(_BEHIND, unsent), key=itemgetter("position")):
            follow = await tx.fetch(_FOLLOW, [row["id"] for row in behind])
            cancelled += [replace(_settled(row, now), contact_id=row["contact_id"], decided_from=row["decided_from"]) for row in behind]
            cancelled += [_settled(row, now) for row in follow]
        needless += cancelled
        unsent = [one.id for one in cancelled]
    return needless


async def cancel_over(tx: Tx, order_id: UUID, now: datetime) -> list[Settled]:
    """Cancel what waits to be sent about an order that is cancelled; the events are the caller's to tell."""
    over = await tx.fetch(_CANCEL_OVER, order_id)
    cancelled = [_settled(row, now) for row in (*over, *await tx.fetch(_FOLLOW, [row["id"] for row in over]))]
    await untell(tx, cancelled)
    return cancelled


async def readdress(tx: Tx, contacts: Collection[Contact]) -> None:
    """What waits for these contacts goes where they are reached now."""
    reached = [(one.id, {"name": one.personal.name, "to": one.address, "cc": list(one.copies)}) for one in contacts if one.personal]
    await tx.execute(_READDRESS, [id for id, _ in reached], [envelope for _, envelope in reached])


async def give_up(tx: Tx, contacts: Collection[UUID], now: datetime) -> list[Settled]:
    """What waits for contacts whom no mail reaches any more is not sent; the events are the caller's to tell."""
    await dates.lock(tx, {row["id"] for row in await tx.fetch(_ORDERS_WAITING, list(contacts))})
    given_up = [_settled(row, now) for row in await tx.fetch(_UNREACHED, list(contacts))]
    await untell(tx, given_up)
    return given_up


async def untell(tx: Tx, lost: Sequence[Settled | Cancelled]) -> None:
    """What reached nobody was not told, and no correction names it; what may have been read all the same stays told."""
    if not lost:
        return
    orphaned = [row["decision"] for row in await tx.fetch(_ORPHANED, [one.decision for one in lost])]
    await dates.untell(tx, orphaned)
    await tx.execute(_UNTOLD, [one.id for one in lost])
    await rename(tx, [one.id for one in lost])


def _claimed(row: Any, token: UUID) -> Claimed:
    envelope = row["envelope"]
    mail = Mail(
        id=row["id"],
        to_name=envelope["name"],
        to=envelope["to"],
        cc=tuple(envelope["cc"]),
        reply_to=replies(envelope),
        from_name=envelope["from_name"],
        subject=row["subject"],
        body=row["body"],
        language=row["language"],
        date=row["decided_at"],
        thread=UUID(envelope["thread"]) if envelope["thread"] else None,
        correlation_id=row["correlation_id"],
    )
    return Claimed(mail, token, row["attempts"], row["tries"], row["age"])


def _settled(row: Any, now: datetime) -> Settled:
    stamp = Stamp(
        time=now,
        correlation_id=row["correlation_id"],
        actor=row["actor"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
    )
    return Settled(row["id"], row["version"], row["status"], row["why"], row["attempts"], row["decision"], row["delay_id"], stamp)
