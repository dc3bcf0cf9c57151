"""Delays in the database: saved with the plans they move in one statement, read with the orders they touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Literal, get_args
from uuid import UUID

import asyncpg

from services.orders.calendars import store as calendars
from services.orders.delays.domain import Decision, Touched
from services.orders.delays.model import Delay, causes_read
from services.orders.delays.words import NO_DELAY
from services.orders.planning import inserts as planned
from services.orders.planning.inserts import SAVE_PLANS, Context, columns
from shared.contracts.orders import DelayAttributed, DelayNewsDue
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.messaging import record
from shared.messaging.record import Facts, Stamp
from shared.problems import NotFound
from shared.timers import cancel_timers, set_timers

NEWS_DUE = "news_due"
"""Timer on a delay: the day on which the customer was promised news."""

_CLOSED = "SELECT name, first_day, last_day FROM disruption WHERE id = $1 AND kind = 'closed_day'"
_SAVE = f"""
WITH {SAVE_PLANS}, delays AS (
    INSERT INTO delay (id, order_id, shipment_id, disruption_id, shipment, milestone, new_date, action, ask, ask_by, next_news_on,
        revision, version, status, logged_by, logged_at)
    SELECT n.id, n.order_id, n.shipment_id, n.disruption_id, n.shipment, n.milestone, n.new_date, n.action, n.ask, n.ask_by,
        n.next_news_on, n.revision, n.version, n.status, n.logged_by, n.logged_at
    FROM unnest($34::uuid[], $35::uuid[], $36::uuid[], $37::uuid[], $38::text[], $39::text[], $40::date[], $41::jsonb[], $42::jsonb[],
        $43::date[], $44::date[], $45::integer[], $46::integer[], $47::text[], $48::text[], $49::timestamptz[])
        AS n (id, order_id, shipment_id, disruption_id, shipment, milestone, new_date, action, ask, ask_by, next_news_on, revision,
              version, status, logged_by, logged_at)
    ON CONFLICT (id) DO UPDATE SET new_date = excluded.new_date, action = excluded.action, ask = excluded.ask, ask_by = excluded.ask_by,
        next_news_on = excluded.next_news_on, revision = excluded.revision, version = excluded.version, status = excluded.status
), causes AS (
    INSERT INTO delay_cause (delay_id, position, code, party, days, evidence)
    SELECT n.delay_id, n.position, n.code, n.party, n.days, n.evidence
    FROM unnest($50::uuid[], $51::smallint[], $52::text[], $53::text[], $54::integer[], $55::text[])
        AS n (delay_id, position, code, party, days, evidence)
), touched AS (
    INSERT INTO delay_order AS t (delay_id, order_id, disruption_id, shipment, milestone, ordinal, new_date, before, after, open)
    SELECT n.delay_id, n.order_id, n.disruption_id, n.shipment, n.milestone, n.ordinal, n.new_date, n.before, n.after, n.open
    FROM unnest($56::uuid[], $57::uuid[], $58::uuid[], $59::text[], $60::text[], $61::integer[], $62::date[], $63::date[], $64::date[],
        $65::boolean[])
        AS n (delay_id, order_id, disruption_id, shipment, milestone, ordinal, new_date, before, after, open)
    ON CONFLICT (delay_id, order_id)
        DO UPDATE SET new_date = excluded.new_date, before = excluded.before, after = excluded.after, open = excluded.open,
            freed_on = CASE WHEN NOT excluded.open THEN t.freed_on END
), shipments AS (
    UPDATE shipment s SET version = n.version FROM unnest($66::uuid[], $67::bigint[]) AS n (id, version) WHERE s.id = n.id
), disruptions AS (
    UPDATE disruption s SET version = n.version FROM unnest($66::uuid[], $67::bigint[]) AS n (id, version) WHERE s.id = n.id
)
SELECT
"""
_ATTRIBUTE = """
WITH delays AS (UPDATE delay SET version = $2 WHERE id = $1)
INSERT INTO delay_cause (delay_id, position, code, party, days, evidence)
SELECT n.delay_id, n.position, n.code, n.party, n.days, n.evidence
FROM unnest($3::uuid[], $4::smallint[], $5::text[], $6::text[], $7::integer[], $8::text[])
    AS n (delay_id, position, code, party, days, evidence)
"""
_READ = """
SELECT d.id, d.order_id, d.shipment_id, d.disruption_id, d.shipment, d.milestone, d.new_date, d.action, d.ask, d.ask_by,
    d.next_news_on, d.revision, d.version, d.status, d.logged_by, d.logged_at,
    ARRAY(SELECT ROW(c.code, c.party, c.days, c.evidence) FROM delay_cause c WHERE c.delay_id = d.id ORDER BY c.position) AS causes
FROM delay d
"""
_PLACES = "SELECT id, order_id, shipment_id, disruption_id, shipment FROM delay WHERE id = ANY($1::uuid[])"
Kind = Literal["shipment", "order", "disruption"]
LOCKED: tuple[Kind, ...] = get_args(Kind)
"""What a delay is of, in the order in which their locks are taken."""
_LOCK: Mapping[Kind, str] = {
    "shipment": "SELECT version FROM shipment WHERE id = $1 FOR NO KEY UPDATE",
    "order": "SELECT version FROM customer_order WHERE id = $1 FOR NO KEY UPDATE",
    "disruption": "SELECT version FROM disruption WHERE id = $1 FOR NO KEY UPDATE",
}
COUNT: Mapping[Kind, str] = {
    "shipment": "UPDATE shipment SET version = version + $2 WHERE id = $1 RETURNING version",
    "order": "UPDATE customer_order SET version = version + $2 WHERE id = $1 RETURNING version",
    "disruption": "UPDATE disruption SET version = version + $2 WHERE id = $1 RETURNING version",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a delay stands: on an order, on the shipment of that number, or on a disruption; `aggregate` is the id of any of them."""

    delay_id: UUID
    kind: Kind
    aggregate: UUID
    shipment: str | None


async def place(tx: Tx, delay_id: UUID) -> Place:
    """NotFound when there is no such delay."""
    found = await places(tx, [delay_id])
    if not found:
        raise NotFound(NO_DELAY)
    return found[0]


async def places(tx: Tx, delays: Sequence[UUID]) -> list[Place]:
    """The places of those of the delays that there are. They never move elsewhere, so this needs no lock."""
    return [
        Place(
            row["id"], *of_what(row["order_id"], row["shipment_id"], row["disruption_id"]), row["shipment"] if row["shipment_id"] else None
        )
        for row in await tx.fetch(_PLACES, list(delays))
    ]


async def lock_place(tx: Tx, place: Place) -> int:
    """Take the lock of the delay's order, shipment or disruption; how many events that has told."""
    return int(await tx.fetchval(_LOCK[place.kind], place.aggregate))


async def read(tx: Tx, delay_id: UUID) -> Delay:
    """The delay as it stands; to change it, call this under the lock of its order, shipment or disruption."""
    row = await tx.fetchrow(f"{_READ} WHERE d.id = $1", delay_id)
    if row is None:
        raise NotFound(NO_DELAY)
    delay = delay_of(row)
    closed = await tx.fetchrow(_CLOSED, delay.disruption_id) if delay.disruption_id is not None else None
    if closed is None:
        return delay
    code, first, last = closed
    return replace(delay, worked={code: await calendars.reopened(tx, code, {(first, last)})})


@dataclass(frozen=True, slots=True)
class Saving:
    """A decision to write, and the command that it came from. `shared_version` is that of the locked shipment or disruption."""

    stamp: Stamp
    decision: Decision
    because: str
    promise_reason: str | None = None
    shared_version: int | None = None

    @property
    def delay(self) -> Delay:
        return self.decision.delay

    @property
    def shared(self) -> Facts | None:
        """What is told of the shipment or the disruption."""
        aggregate = self.delay.shipment_id or self.delay.disruption_id
        if aggregate is None or self.shared_version is None:
            return None
        return Facts(aggregate, self.shared_version, self.decision.shared_events)


async def save(tx: Tx, savings: Sequence[Saving]) -> None:
    """Write decisions about different orders, append their events, and keep the timers of their next news.

    Several of one shipment or disruption follow each other in its versions.
    """
    if not savings:
        return
    delays = [saving.delay for saving in savings]
    again = [delay for delay in delays if delay.version > 1]
    if changed := [delay.delay_id for delay in again if delay.status == "open"]:
        await tx.execute("DELETE FROM delay_cause WHERE delay_id = ANY($1::uuid[])", changed)
    settled, told = [], []
    for saving in savings:
        context = Context(saving.stamp.time, saving.stamp.actor, "api", saving.because, saving.delay.delay_id, saving.promise_reason)
        orders = [order.settled for order in saving.decision.orders]
        settled += [(one, context) for one in orders]
        told += [(saving.stamp, facts) for facts in (saving.shared, *planned.facts(orders)) if facts is not None]
    await tx.execute(
        _SAVE,
        *planned.plan_arguments(settled),
        *columns([_delay_row(delay) for delay in delays], 16),
        *columns([row for delay in delays if delay.status == "open" for row in _cause_rows(delay)], 6),
        *columns([row for saving in savings for row in _touched_rows(saving.decision)], 10),
        *columns(list({of.aggregate: of.version + len(of.events) for saving in savings if (of := saving.shared) is not None}.items()), 2),
    )
    await record.append_all(tx, told)
    due = {delay.delay_id: start_of(delay.next_news_on) for delay in delays if delay.status == "open" and delay.next_news_on}
    await set_timers(tx, NEWS_DUE, due)
    await cancel_timers(tx, NEWS_DUE, [delay.delay_id for delay in again if delay.delay_id not in due])


async def save_attribution(tx: Tx, delay: Delay) -> None:
    """Replace the causes; the event is the caller's to append."""
    await tx.execute("DELETE FROM delay_cause WHERE delay_id = $1", delay.delay_id)
    await tx.execute(_ATTRIBUTE, delay.delay_id, delay.version, *columns(_cause_rows(delay), 6))


async def tell(tx: Tx, stamp: Stamp, delay: Delay, event: DelayAttributed | DelayNewsDue) -> None:
    """Append an event of its own to the delay's order, shipment or disruption, which this locks (it may be locked already)."""
    kind, aggregate = of_what(delay.order_id, delay.shipment_id, delay.disruption_id)
    version = await tx.fetchval(COUNT[kind], aggregate, 1)
    await record.append(tx, stamp, [Facts(aggregate, version - 1, [event])])


def start_of(day: date) -> datetime:
    """The first instant of a business day."""
    return datetime.combine(day, time(), UTC)


def _delay_row(delay: Delay) -> tuple[Any, ...]:
    return (
        delay.delay_id,
        delay.order_id,
        delay.shipment_id,
        delay.disruption_id,
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
    )


def _cause_rows(delay: Delay) -> list[tuple[Any, ...]]:
    causes = enumerate(delay.causes, start=1)
    return [(delay.delay_id, position, cause.code, cause.party, cause.days, cause.evidence) for position, cause in causes]


def _touched_rows(decision: Decision) -> list[tuple[Any, ...]]:
    delay = decision.delay
    return [
        (
            delay.delay_id,
            order.settled.after.order_id,
            delay.disruption_id,
            order.after.shipment,
            delay.milestone,
            order.ordinal,
            _own_day(delay, order),
            order.before.estimated,
            order.after.estimated,
            delay.status == "open",
        )
        for order in decision.orders
    ]


def _own_day(delay: Delay, order: Touched) -> date | None:
    """The day to which the delay holds this order, where it is another one than the delay's."""
    days = (one.new_date for one in order.settled.after.delays if one.delay_id == delay.delay_id)
    return next((day for day in days if day != delay.new_date), None)


def of_what(order_id: UUID | None, shipment_id: UUID | None, disruption_id: UUID | None) -> tuple[Kind, UUID]:
    """What a delay is of: one of the three."""
    found: Sequence[tuple[Kind, UUID | None]] = (("order", order_id), ("shipment", shipment_id), ("disruption", disruption_id))
    return next((kind, aggregate) for kind, aggregate in found if aggregate is not None)


def delay_of(row: asyncpg.Record) -> Delay:
    """A row of _READ, or one that begins like it."""
    plain = "order_id shipment_id disruption_id shipment milestone new_date ask_by next_news_on revision version status logged_by logged_at"
    return Delay(
        delay_id=row["id"],
        **{name: row[name] for name in plain.split()},
        causes=causes_read(row["causes"]),
        action=LocalText.model_validate(row["action"]),
        ask=LocalText.model_validate(row["ask"]) if row["ask"] is not None else None,
    )
