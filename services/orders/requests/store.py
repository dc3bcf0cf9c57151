"""What customers ask for, in the database: entries of the promise ledger, each with what it answers, and what became of it."""

from collections.abc import Collection, Iterable
from uuid import UUID

from services.orders.planning.model import Plan
from services.orders.requests.domain import DayRequest
from shared.contracts.event import Event
from shared.contracts.orders import PromisedLine
from shared.contracts.requests import PromiseKept, PromiseRequested
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append

_READ = """
SELECT q.request, q.order_id, array_agg(q.line) AS lines, array_agg(q.entry) AS entries,
    coalesce(array_agg(q.line) FILTER (WHERE q.answer IS NULL), '{}') AS waiting
FROM promise_request_line q WHERE q.request = ANY($1::uuid[]) GROUP BY q.request, q.order_id
"""
_OVERTAKE = "UPDATE promise_request_line SET answer = 'overtaken' WHERE order_id = $1 AND line = ANY($2::text[]) AND answer IS NULL"
# `before` has for each line what he answers: the promise or the day expected last, whichever is meant. An estimate that was never
# written was the promise.
_ASK = """
WITH request AS (
    INSERT INTO promise_request (id, order_id, day, why, contact, asked_on, actor, recorded_at) VALUES ($3, $1, $4, $5, $6, $7, $8, $9)
), before AS (
    SELECT l.line, l.shipment, e.id,
        (SELECT count(*) FROM promise_entry r WHERE r.order_id = $1 AND r.line = l.line AND r.kind = 'requested') AS revision
    FROM order_line l CROSS JOIN LATERAL (
        SELECT e.id FROM promise_entry e WHERE e.order_id = $1 AND e.line = l.line AND e.kind IN ('promised', 'kept', 'estimated')
        ORDER BY (e.kind = 'estimated') = ($10 = 'estimate') DESC, e.id DESC LIMIT 1
    ) e WHERE l.order_id = $1 AND l.line = ANY($2::text[])
), entered AS (
    INSERT INTO promise_entry (order_id, line, shipment, kind, day, revision, recorded_at, actor, source)
    SELECT $1, b.line, b.shipment, 'requested', $4, b.revision, $9, $8, 'api' FROM before b ORDER BY array_position($2, b.line)
    RETURNING id, line
), reply AS (
    INSERT INTO promise_reply (entry, replies_to, note) SELECT e.id, b.id, $5 FROM entered e JOIN before b USING (line)
), lines AS (
    UPDATE order_line SET asked = $4 WHERE order_id = $1 AND line = ANY($2)
)
INSERT INTO promise_request_line (request, order_id, line, entry) SELECT $3, $1, e.line, e.id FROM entered e
"""
_KEEP = """
WITH entered AS (
    INSERT INTO promise_entry (order_id, line, shipment, kind, day, revision, recorded_at, actor, source)
    SELECT l.order_id, l.line, l.shipment, 'kept', l.promised, l.promise_revision, $5, $4, 'api'
    FROM order_line l WHERE l.order_id = $1 AND l.line = ANY($2::text[]) ORDER BY array_position($2, l.line)
    RETURNING id, line
), reply AS (
    INSERT INTO promise_reply (entry, replies_to, note)
    SELECT e.id, q.entry, $6 FROM entered e JOIN promise_request_line q ON q.request = $3 AND q.line = e.line
)
UPDATE promise_request_line SET answer = 'kept' WHERE request = $3 AND line = ANY($2)
"""
# A promise may answer a request again: what it was answered with first stays.
_REPLY = """
WITH moved AS (
    SELECT e.id, q.entry FROM unnest($2::text[], $3::integer[]) AS n (line, revision)
    JOIN promise_entry e ON e.order_id = $1 AND e.line = n.line AND e.revision = n.revision AND e.kind = 'promised'
    LEFT JOIN promise_request_line q ON q.request = $4 AND q.order_id = $1 AND q.line = n.line
), reply AS (
    INSERT INTO promise_reply (entry, replies_to, note)
    SELECT m.id, m.entry, $5::text FROM moved m WHERE num_nonnulls(m.entry, $5::text) > 0
)
UPDATE promise_request_line q SET answer = 'promised' FROM moved m WHERE q.entry = m.entry AND q.answer IS NULL
"""
_COUNT = "UPDATE customer_order SET version = version + 1 WHERE id = $1"


async def read(tx: Tx, requests: Collection[UUID]) -> dict[UUID, DayRequest]:
    """Those of the requests that there are, by their ids."""
    return {
        row["request"]: DayRequest(
            row["request"], row["order_id"], dict(zip(row["lines"], row["entries"], strict=True)), frozenset(row["waiting"])
        )
        for row in await tx.fetch(_READ, list(requests))
    }


async def ask(tx: Tx, stamp: Stamp, plan: Plan, asked: PromiseRequested) -> None:
    """Enter what the customer of a locked order asks for, and tell it. What he asked for before is overtaken."""
    lines = [line.line for line in asked.lines]
    await tx.execute(_OVERTAKE, plan.order_id, lines)
    said = (asked.day, asked.why, asked.contact_id, asked.asked_on)
    await tx.execute(_ASK, plan.order_id, lines, asked.request_id, *said, stamp.actor, stamp.time, asked.replies_to)
    await _tell(tx, stamp, plan, asked)


async def keep(tx: Tx, stamp: Stamp, plan: Plan, kept: PromiseKept) -> None:
    """Enter that the promise stands, and tell it."""
    lines = [line.line for line in kept.lines]
    await tx.execute(_KEEP, plan.order_id, lines, kept.request_id, stamp.actor, stamp.time, kept.note)
    await _tell(tx, stamp, plan, kept)


async def reply(tx: Tx, order_id: UUID, moved: Iterable[PromisedLine], request: UUID | None, note: str | None) -> None:
    """Say why promises that are entered have moved, and what they answer."""
    if request is None and note is None:
        return
    lines = [(line.line, line.revision) for line in moved]
    await tx.execute(_REPLY, order_id, [line for line, _ in lines], [revision for _, revision in lines], request, note)


async def _tell(tx: Tx, stamp: Stamp, plan: Plan, event: Event) -> None:
    await tx.execute(_COUNT, plan.order_id)
    await append(tx, stamp, [Facts(plan.order_id, plan.version, [event])])
