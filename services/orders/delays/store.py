"""Delays in the database: saved with the plans they move in one statement, read with the orders they touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.delays.domain import Decision
from services.orders.delays.model import Delay
from services.orders.planning import store as planning
from services.orders.planning.store import SAVE_PLANS, Context, columns
from shared.contracts.orders import Cause, DelayAttributed, DelayClosed, DelayNewsDue
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.messaging import record
from shared.messaging.record import Facts, Stamp
from shared.problems import NotFound
from shared.timers import cancel_timer, set_timer

NEWS_DUE = "news_due"
"""Timer on a delay: the day on which the customer was promised news."""

_SAVE = f"""
WITH {SAVE_PLANS}, delays AS (
    INSERT INTO delay (id, order_id, shipment_id, shipment, milestone, new_date, action, ask, ask_by, next_news_on, revision, version,
        status, logged_by, logged_at)
    VALUES ($29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43)
    ON CONFLICT (id) DO UPDATE SET new_date = excluded.new_date, action = excluded.action, ask = excluded.ask, ask_by = excluded.ask_by,
        next_news_on = excluded.next_news_on, revision = excluded.revision, version = excluded.version, status = excluded.status
), causes AS (
    INSERT INTO delay_cause (delay_id, position, code, party, days, evidence)
    SELECT $29, n.nth, n.code, n.party, n.days, n.evidence
    FROM unnest($44::text[], $45::text[], $46::integer[], $47::text[]) WITH ORDINALITY AS n (code, party, days, evidence, nth)
), touched AS (
    INSERT INTO delay_order (delay_id, order_id, shipment, milestone, ordinal, before, after, open)
    SELECT $29, n.order_id, $32, $33, n.ordinal, n.before, n.after, $41 = 'open'
    FROM unnest($48::uuid[], $49::integer[], $50::date[], $51::date[]) AS n (order_id, ordinal, before, after)
    ON CONFLICT (delay_id, order_id) DO UPDATE SET before = excluded.before, after = excluded.after, open = excluded.open
), shipments AS (
    UPDATE shipment SET version = version + $52 WHERE id = $31
)
SELECT
"""
_ATTRIBUTE = """
WITH delays AS (UPDATE delay SET version = $2 WHERE id = $1)
INSERT INTO delay_cause (delay_id, position, code, party, days, evidence)
SELECT $1, n.nth, n.code, n.party, n.days, n.evidence
FROM unnest($3::text[], $4::text[], $5::integer[], $6::text[]) WITH ORDINALITY AS n (code, party, days, evidence, nth)
"""
_READ = """
SELECT d.id, d.order_id, d.shipment_id, d.shipment, d.milestone, d.new_date, d.action, d.ask, d.ask_by, d.next_news_on, d.revision,
    d.version, d.status, d.logged_by, d.logged_at,
    ARRAY(SELECT ROW(c.code, c.party, c.days, c.evidence) FROM delay_cause c WHERE c.delay_id = d.id ORDER BY c.position) AS causes
FROM delay d
"""
# An order that has left the milestone behind is held no more; a delay is over when none of its orders is.
_CLOSE = """
WITH behind AS (
    UPDATE delay_order t SET open = false FROM unnest($1::uuid[], $2::uuid[]) AS n (delay_id, order_id)
    WHERE t.delay_id = n.delay_id AND t.order_id = n.order_id RETURNING t.delay_id, t.order_id
), over AS (
    UPDATE delay d SET status = 'closed', version = d.version + 1
    WHERE d.id IN (SELECT b.delay_id FROM behind b) AND d.status = 'open' AND NOT EXISTS (
        SELECT FROM delay_order t WHERE t.delay_id = d.id AND t.open
            AND NOT EXISTS (SELECT FROM behind b WHERE b.delay_id = t.delay_id AND b.order_id = t.order_id))
    RETURNING d.id, d.shipment_id
)
SELECT id, shipment_id FROM over ORDER BY id
"""
_LOCK_ORDER = "SELECT FROM customer_order WHERE id = $1 FOR NO KEY UPDATE"
_LOCK_SHIPMENT = "SELECT FROM shipment WHERE id = $1 FOR NO KEY UPDATE"
_COUNT_ORDER = "UPDATE customer_order SET version = version + 1 WHERE id = $1 RETURNING version"
_COUNT_SHIPMENT = "UPDATE shipment SET version = version + 1 WHERE id = $1 RETURNING version"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a delay stands: on an order, or on the shipment of that number; `aggregate` is the id of either."""

    delay_id: UUID
    aggregate: UUID
    shipment: str | None


async def place(tx: Tx, delay_id: UUID) -> Place:
    """NotFound when there is no such delay. It never moves elsewhere, so this needs no lock."""
    row = await tx.fetchrow("SELECT order_id, shipment_id, shipment FROM delay WHERE id = $1", delay_id)
    if row is None:
        raise NotFound("there is no such delay")
    return Place(delay_id, row["shipment_id"] or row["order_id"], row["shipment"] if row["shipment_id"] else None)


async def lock_place(tx: Tx, place: Place) -> None:
    """Take the lock of the delay's order or shipment."""
    await tx.execute(_LOCK_ORDER if place.shipment is None else _LOCK_SHIPMENT, place.aggregate)


async def read(tx: Tx, delay_id: UUID) -> Delay:
    """The delay as it stands; to change it, call this under the lock of its order or shipment."""
    row = await tx.fetchrow(f"{_READ} WHERE d.id = $1", delay_id)
    if row is None:
        raise NotFound("there is no such delay")
    return delay_of(row)


async def save(tx: Tx, stamp: Stamp, decision: Decision, because: str, *, promise_reason: str | None, shipment_version: int | None) -> None:
    """Write a decision, append its events, and keep the timer of its next news. `shipment_version` is that of the locked shipment."""
    delay = decision.delay
    settled = [order.settled for order in decision.orders]
    changed = delay.version > 1 and delay.status == "open"
    if changed:
        await tx.execute("DELETE FROM delay_cause WHERE delay_id = $1", delay.delay_id)
    causes = delay.causes if delay.status == "open" else ()
    context = Context(stamp.time, stamp.actor, "api", because, delay.delay_id, promise_reason)
    touched = [(order.settled.after.order_id, order.ordinal, order.before.estimated, order.after.estimated) for order in decision.orders]
    await tx.execute(
        _SAVE,
        *planning.plan_arguments(settled, context),
        *_delay_row(delay),
        *columns([(cause.code, cause.party, cause.days, cause.evidence) for cause in causes], 4),
        *columns(touched, 4),
        len(decision.shipment_events),
    )
    facts = planning.facts(settled)
    if delay.shipment_id is not None and shipment_version is not None:
        facts.insert(0, Facts(delay.shipment_id, shipment_version, decision.shipment_events))
    await record.append(tx, stamp, facts)
    if delay.status == "open" and delay.next_news_on is not None:
        await set_timer(tx, NEWS_DUE, delay.delay_id, start_of(delay.next_news_on))
    elif delay.version > 1:
        await cancel_timer(tx, NEWS_DUE, delay.delay_id)


async def save_attribution(tx: Tx, delay: Delay) -> None:
    """Replace the causes; the event is the caller's to append."""
    await tx.execute("DELETE FROM delay_cause WHERE delay_id = $1", delay.delay_id)
    causes = columns([(cause.code, cause.party, cause.days, cause.evidence) for cause in delay.causes], 4)
    await tx.execute(_ATTRIBUTE, delay.delay_id, delay.version, *causes)


async def close_finished(tx: Tx, behind: Sequence[tuple[UUID, UUID]], day: date) -> list[tuple[UUID, DelayClosed]]:
    """Free those orders of those delays, given as (delay, order), and close the delays that hold no other.

    Answers for each delay of a shipment that closed: its shipment and the event to tell.
    """
    if not behind:
        return []
    closed = await tx.fetch(_CLOSE, *columns(behind, 2))
    for row in closed:
        await cancel_timer(tx, NEWS_DUE, row["id"])
    return [(row["shipment_id"], DelayClosed(delay_id=row["id"], closed_on=day)) for row in closed if row["shipment_id"] is not None]


async def tell(tx: Tx, stamp: Stamp, delay: Delay, event: DelayAttributed | DelayNewsDue) -> None:
    """Append an event of its own to the delay's order or shipment, which this locks (it may be locked already)."""
    aggregate = delay.shipment_id or delay.order_id
    assert aggregate is not None  # a delay is of one order or of one shipment
    version = await tx.fetchval(_COUNT_SHIPMENT if delay.shipment_id is not None else _COUNT_ORDER, aggregate)
    await record.append(tx, stamp, [Facts(aggregate, version - 1, [event])])


def start_of(day: date) -> datetime:
    """The first instant of a business day."""
    return datetime.combine(day, time(), UTC)


def _delay_row(delay: Delay) -> list[Any]:
    return [
        delay.delay_id,
        delay.order_id,
        delay.shipment_id,
        delay.shipment,
        delay.milestone,
        delay.new_date,
        delay.action.model_dump(mode="json", exclude_none=True),
        delay.ask.model_dump(mode="json", exclude_none=True) if delay.ask else None,
        delay.ask_by,
        delay.next_news_on,
        delay.revision,
        delay.version,
        delay.status,
        delay.logged_by,
        delay.logged_at,
    ]


def delay_of(row: asyncpg.Record) -> Delay:
    """A row of _READ, or one that begins like it."""
    names = ("order_id", "shipment_id", "shipment", "milestone", "new_date", "ask_by", "next_news_on", "revision", "version", "status")
    return Delay(
        delay_id=row["id"],
        **{name: row[name] for name in names},
        causes=tuple(Cause(code=code, party=party, days=days, evidence=evidence) for code, party, days, evidence in row["causes"]),
        action=LocalText.model_validate(row["action"]),
        ask=LocalText.model_validate(row["ask"]) if row["ask"] is not None else None,
        logged_by=row["logged_by"],
        logged_at=row["logged_at"],
    )
