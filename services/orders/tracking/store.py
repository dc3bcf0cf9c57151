"""Tracking events in the database: kept as they came, with what they say of shipments; found again by shipment."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from services.orders.delays import inserts as delays
from services.orders.estimates.domain import Word
from services.orders.orders.queries import OPEN_LINE
from services.orders.planning.inserts import columns
from services.orders.planning.model import ARRIVE, DEPART, Key
from services.orders.planning.store import TRANSPORT, transport
from services.orders.shipments.model import UNTYPED, Typed
from services.orders.shipments.store import STANDS, Shipment, typed
from services.orders.tracking.domain import GATES, TRACKED, Counts, Tracked, expected, weigh
from services.orders.tracking.model import Recorded, Said, Statement, TrackingEvent
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.housekeeping import REMOVED_AT_ONCE

SAYS = TypeAdapter(Said)
"""All that an event says, as it is kept while it waits."""

MOST_SHIPMENTS = 2_000
"""That events sent together may be about."""

AGAIN = "tracking_again"
"""Watch on a shipment of which something is said to have happened that could not be recorded of those orders."""
KEPT = timedelta(days=180)
"""How long what was said is kept of shipments that are not under way any more."""

LATE = timedelta(days=30)
"""So long after a departure that showed a delivery the carrier's event of that itself may come; so long after its expected day he may tell
of an arrival, or of the handing over, that comes after the delivery."""

# With those of GATES ($1) that the plans of its orders have, and the day on which the first of these was placed.
_TRACKED = f"""s.id, s.number, {TRANSPORT},
    ARRAY(SELECT DISTINCT m.code FROM milestone m WHERE m.shipment = s.number AND m.code = ANY($1::text[])) AS gates, s.rolled_at,
    (SELECT CASE WHEN count(*) = count(o.ordered_on) THEN min(o.ordered_on) END
     FROM order_line l JOIN customer_order o ON o.id = l.order_id WHERE l.shipment = s.number AND l.cancelled IS NULL) AS placed"""
# Asked of each shipment by itself: asked of all at once, every line of the firm would be read.
_AHEAD = f"""
SELECT bool_or({OPEN_LINE} AND o.status = 'open') AS ahead
FROM order_line l JOIN customer_order o ON o.id = l.order_id
"""
# What has been delivered is not tracked any more, as containers travel again; but where it was when it left, until it should long be there.
# Each name is looked up by itself, in the index of its kind.
_CANDIDATES = f"""
WITH named AS (
    SELECT DISTINCT s.id, s.number FROM unnest($2::text[], $3::text[]) AS n (kind, name) CROSS JOIN LATERAL (
        SELECT id, number FROM shipment WHERE n.kind = 'booking' AND upper(booking) = n.name
        UNION ALL SELECT id, number FROM shipment WHERE n.kind = 'document' AND upper(transport_document) = n.name
        UNION ALL SELECT id, number FROM shipment WHERE n.kind = 'container' AND containers @> ARRAY[n.name]
        UNION ALL SELECT id, number FROM shipment WHERE n.kind = 'vessel_imo' AND vessel_imo = n.name
        UNION ALL SELECT id, number FROM shipment WHERE n.kind = 'vessel' AND upper(vessel) = n.name
    ) AS s
)
SELECT {_TRACKED} FROM named n CROSS JOIN LATERAL ({_AHEAD} WHERE l.shipment = n.number) AS lines
JOIN shipment s ON s.id = n.id
WHERE coalesce(lines.ahead, true)
    OR EXISTS (SELECT FROM order_line w WHERE w.shipment = s.number AND w.shown_by IS NOT NULL AND w.delivered >= $5::date)
    OR EXISTS (SELECT FROM milestone m
               WHERE m.shipment = s.number AND m.code IN ('ARRIVE', 'DELIVERED') AND m.followed AND NOT m.passed AND m.estimated >= $5
                   AND {STANDS})
ORDER BY s.id LIMIT $4
"""
_KNOWN = "SELECT id FROM tracking_event WHERE sender = $1 AND id = ANY($2::text[])"
_TAKEN_BACK = "SELECT DISTINCT retracts FROM tracking_event WHERE sender = $1 AND retracts = ANY($2::text[])"
_TOUCHED = f"""
SELECT {_TRACKED} FROM shipment s WHERE s.id IN (SELECT shipment_id FROM tracking_statement WHERE sender = $2 AND event = ANY($3::text[]))
"""
_BY_ID = f"SELECT {_TRACKED} FROM shipment s WHERE s.id = ANY($2::uuid[])"
_WAITING = """
SELECT w.order_id, s.number FROM order_watch w JOIN shipment s ON s.id = w.subject WHERE w.kind = $1 AND w.order_id = ANY($2::uuid[])
"""
_SAVE = """
WITH events AS (
    INSERT INTO tracking_event (sender, id, created_at, retracts, received_at)
    SELECT $1, n.id, n.created_at, n.retracts, $2 FROM unnest($3::text[], $4::timestamptz[], $5::text[]) AS n (id, created_at, retracts)
)
INSERT INTO tracking_statement (sender, event, shipment_id, code, classifier, at, day, port, container, milestone, note, reasons, remark,
    said)
SELECT $1, n.event, n.shipment_id, n.code, n.classifier, n.at, n.day, n.port, n.container, n.milestone, n.note,
    string_to_array(n.reasons, chr(9)), n.remark, n.said
FROM unnest($6::text[], $7::uuid[], $8::text[], $9::text[], $10::timestamptz[], $11::date[], $12::text[], $13::text[], $14::text[],
    $15::text[], $16::text[], $17::text[], $18::jsonb[])
    AS n (event, shipment_id, code, classifier, at, day, port, container, milestone, note, reasons, remark, said)
"""
_SAID = """
SELECT t.sender, t.event, t.shipment_id, e.created_at, e.received_at, t.code, t.classifier, t.at, t.day, t.port, t.container, t.milestone,
    (SELECT min(least(r.created_at, r.received_at)) FROM tracking_event r WHERE r.sender = t.sender AND r.retracts = t.event) AS retracted
FROM tracking_statement t JOIN tracking_event e ON (e.sender, e.id) = (t.sender, t.event)
WHERE t.shipment_id = ANY($1::uuid[]) AND t.milestone IS NOT NULL
"""
_STATEMENTS = """
SELECT t.event, t.shipment_id, e.created_at AS created, e.received_at AS received, t.code, t.classifier, t.at, t.day, t.port, t.container,
    t.milestone, t.note
FROM tracking_statement t JOIN tracking_event e ON (e.sender, e.id) = (t.sender, t.event)
WHERE t.sender = $1 AND t.event = ANY($2::text[])
"""
# What was last entered of the actual date of each milestone of a leg, and of each line.
_RECORDED = """
SELECT DISTINCT ON (e.order_id, e.line, e.shipment, e.milestone) e.order_id, e.line, e.shipment, e.milestone, e.kind, e.recorded_at,
    e.reason = $2 AS tracked
FROM promise_entry e WHERE e.order_id = ANY($1::uuid[]) AND e.kind IN ('actual', 'retracted')
ORDER BY e.order_id, e.line, e.shipment, e.milestone, e.id DESC
"""

# An event goes with all that it said, and not before what it takes back.
_FORGET = f"""
WITH old AS (
    SELECT e.sender, e.id FROM tracking_event e
    CROSS JOIN LATERAL ({_AHEAD} JOIN shipment s ON s.number = l.shipment JOIN tracking_statement t ON t.shipment_id = s.id
                        WHERE t.sender = e.sender AND t.event IN (e.id, e.retracts)) AS lines
    WHERE e.received_at < $1 AND NOT coalesce(lines.ahead, false) ORDER BY e.received_at LIMIT $2
), said AS (
    DELETE FROM tracking_statement t USING old WHERE (t.sender, t.event) = (old.sender, old.id)
)
DELETE FROM tracking_event e USING old WHERE (e.sender, e.id) = (old.sender, old.id)
"""


async def lock(tx: Tx, sender: str) -> None:
    """One batch of a sender at a time, until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('tracking ' || $1, 0))", sender)


async def candidates(tx: Tx, said: Iterable[Said], today: date) -> list[Tracked]:
    """The shipments still under way that have one of the names in the events, also after their delivery, and those whose delivery was but
    shown not long ago; at most one more than MOST_SHIPMENTS.
    """
    names: set[tuple[str, str]] = set()
    for one in said:
        names |= {("booking", name) for name in one.bookings} | {("document", name) for name in one.transport_documents}
        names |= {("container", name) for name in one.containers}
        names |= {(kind, name) for kind, name in (("vessel_imo", one.vessel_imo), ("vessel", one.vessel)) if name is not None}
    rows = await tx.fetch(_CANDIDATES, list(GATES), *columns(sorted(names), 2), MOST_SHIPMENTS + 1, today - LATE)
    return [_tracked(*row) for row in rows]


async def known(tx: Tx, sender: str, events: Collection[str]) -> set[str]:
    """Those of the sender's events that were taken before."""
    return {row["id"] for row in await tx.fetch(_KNOWN, sender, list(events))}


async def taken_back(tx: Tx, sender: str, events: Collection[str]) -> set[str]:
    """Those of the sender's events that he has taken back."""
    return {row["retracts"] for row in await tx.fetch(_TAKEN_BACK, sender, list(events))}


async def touched(tx: Tx, sender: str, events: Collection[str]) -> list[Tracked]:
    """The shipments of which these events of the sender said something."""
    return [_tracked(*row) for row in await tx.fetch(_TOUCHED, list(GATES), sender, list(events))]


async def by_id(tx: Tx, shipments: Collection[UUID]) -> dict[UUID, Tracked]:
    """Those shipments, by their ids."""
    return {row["id"]: _tracked(*row) for row in await tx.fetch(_BY_ID, list(GATES), list(shipments))}


async def waiting(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[str]]:
    """By order the shipments of which something is said to have happened that could not be recorded of it; of those with any."""
    found: dict[UUID, list[str]] = {}
    for order_id, number in await tx.fetch(_WAITING, AGAIN, list(orders)):
        found.setdefault(order_id, []).append(number)
    return found


def _tracked(shipment_id: UUID, number: str, *row: Any) -> Tracked:
    *how, gates, rolled_at, placed = row
    return Tracked(shipment_id, number, transport(*how), frozenset(gates), rolled_at, placed)


async def save(tx: Tx, sender: str, now: datetime, events: Sequence[TrackingEvent], statements: Sequence[Statement]) -> None:
    """Keep events that are new, and what they say."""
    kept = [(event.event_id, event.created, event.retracts) for event in events]
    rows = [
        (
            *(one.event, one.shipment_id, one.code, one.classifier, one.at, one.day, one.port, one.container, one.milestone),
            *(one.note.stored() if one.note is not None else None, "\t".join(one.reasons), one.remark),
            SAYS.dump_python(one.waits, mode="json") if one.waits is not None else None,
        )
        for one in statements
    ]
    await tx.execute(_SAVE, sender, now, *columns(kept, 3), *columns(rows, 13))


@dataclass(frozen=True, slots=True)
class Told:
    """All that was said of the milestones of a shipment; `retracted` are the events taken back, and when."""

    statements: Mapping[str, Sequence[Statement]]
    retracted: Mapping[str, datetime]

    def days(self, milestone: str, since: datetime | None = None) -> frozenset[date]:
        """The days of the milestone that still stand, of events that came after `since`."""
        said = (one for one in self.statements.get(milestone, ()) if one.event not in self.retracted)
        return frozenset(one.day for one in said if since is None or one.heard > since)

    def gone(self, milestone: str) -> frozenset[date]:
        """The days of it that he has taken back, and says in nothing else."""
        return frozenset(one.day for one in self.statements.get(milestone, ())) - self.days(milestone)

    def counts(self, containers: Sequence[str], typed: Mapping[str, Typed]) -> dict[str, Counts]:
        """What counts of each milestone of which anything was told, or typed at a time that is known: no arrival before the departure."""
        known = dict.fromkeys((*self.statements, *(milestone for milestone, word in typed.items() if word.at is not None)))
        found = {one: weigh(self.statements.get(one, ()), self.retracted, containers, typed.get(one, UNTYPED)) for one in known}
        left = found[DEPART].actual if DEPART in found else None
        if left is not None and ARRIVE in found:
            meant = [one for one in self.statements.get(ARRIVE, ()) if one.classifier != "ACT" or one.day >= left]
            found[ARRIVE] = weigh(meant, self.retracted, containers, typed.get(ARRIVE, UNTYPED))
        return found


async def said(tx: Tx, shipments: Collection[UUID]) -> dict[UUID, Told]:
    """By shipment what was said of each milestone. Events are named with their sender."""
    statements: dict[UUID, dict[str, list[Statement]]] = {shipment: {} for shipment in shipments}
    retracted: dict[UUID, dict[str, datetime]] = {shipment: {} for shipment in shipments}
    for row in await tx.fetch(_SAID, list(shipments)):
        sender, event, shipment, *values, back = row.values()
        name = f"{sender} {event}"
        statements[shipment].setdefault(row["milestone"], []).append(Statement(name, shipment, *values))
        if back is not None:
            retracted[shipment][name] = back
    return {shipment: Told(statements[shipment], retracted[shipment]) for shipment in shipments}


async def words(tx: Tx, shipments: Sequence[Shipment], today: date) -> dict[UUID, dict[str, Word]]:
    """What the carriers expect of the milestones of those shipments, beside what is their schedule."""
    ids = [one.id for one in shipments]
    told, by_hand = await said(tx, ids), await typed(tx, ids)
    return {one.id: expected(told[one.id].counts(one.transport.containers, by_hand[one.id]), today) for one in shipments}


async def statements_of(tx: Tx, sender: str, events: Collection[str]) -> dict[str, list[Statement]]:
    """What events of the sender said, by their ids."""
    found: dict[str, list[Statement]] = {}
    for row in await tx.fetch(_STATEMENTS, sender, list(events)):
        found.setdefault(row["event"], []).append(Statement(**noted(row)))
    return found


async def recorded(tx: Tx, orders: Collection[UUID]) -> dict[UUID, Recorded]:
    """What tracking recorded of those orders, and what others said since."""
    nodes: dict[UUID, set[Key]] = {order: set() for order in orders}
    lines: dict[UUID, set[str]] = {order: set() for order in orders}
    denied: dict[UUID, dict[Key, datetime]] = {order: {} for order in orders}
    for row in await tx.fetch(_RECORDED, list(orders), TRACKED):
        order, key = row["order_id"], (row["shipment"], row["milestone"])
        if row["kind"] == "actual" and row["tracked"]:
            lines[order].add(row["line"]) if row["line"] is not None else nodes[order].add(key)
        elif row["kind"] == "retracted" and not row["tracked"] and row["line"] is None:
            denied[order][key] = row["recorded_at"]
    over = await delays.over(tx, orders)
    return {order: Recorded(frozenset(nodes[order]), frozenset(lines[order]), denied[order], over.get(order, ())) for order in orders}


def noted(row: asyncpg.Record) -> dict[str, Any]:
    """A statement as it is kept, its note in both languages."""
    return {**row, "note": Both.of(row["note"]) if row["note"] is not None else None}


async def forget(tx: Tx, now: datetime) -> None:
    """Remove what was said long ago of shipments that are not under way any more, and what said nothing of any."""
    await tx.execute(_FORGET, now - KEPT, REMOVED_AT_ONCE)
