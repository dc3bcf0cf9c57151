"""Disruptions in the database: what they touch, opened once, worked off part by part, released owner by owner.

The lock of a disruption is taken after those of the orders.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.orders.disruptions.domain import MOST_COUNTING, MOST_ORDERS
from services.orders.disruptions.inserts import make_list
from services.orders.disruptions.model import Disruption, Hit, Leg
from services.orders.disruptions.words import NO_DISRUPTION
from services.orders.orders.queries import OPEN_LINE
from services.orders.sailings.store import OF_IT
from shared.contracts.disruptions import HeldNotice, Scope
from shared.contracts.event import Event
from shared.contracts.orders import Cause
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append
from shared.problems import NotFound

_LEGS = """
SELECT m.order_id, o.number, m.shipment, m.code AS milestone, o.customer_id, k.code AS customer, k.owner, k.grade, o.currency,
    (SELECT coalesce(sum(l.amount) FILTER (WHERE l.delivered IS NULL), sum(l.amount)) FROM order_line l
     WHERE l.order_id = o.id AND l.cancelled IS NULL) AS value
FROM milestone m JOIN customer_order o ON o.id = m.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE NOT m.passed AND m.followed AND o.status <> 'cancelled' AND ($1::uuid[] IS NULL OR m.order_id = ANY($1))
"""
_FOUND = f"{_LEGS} AND m.code = ANY($2::text[])"
_WAITS = """
EXISTS (SELECT FROM material_line w LEFT JOIN order_line l ON l.order_id = w.order_id AND w.line IN (l.line, l.part_of)
        WHERE w.order_id = m.order_id AND w.milestone = m.code AND w.state IN ('planned', 'ordered')
            AND (w.line IS NULL OR l.shipment IS NOT DISTINCT FROM m.shipment)
"""
"""Whether a milestone `m` waits for material that is still to come; what is added says for which, and closes it."""
_TOUCHED: Mapping[str, str] = {
    "vessel": f"""{_FOUND} AND m.shipment IN (
        SELECT s.number FROM shipment s WHERE upper(s.vessel) = upper($3) AND upper(s.voyage) = upper($5)) LIMIT $4""",
    "shipment": f"{_FOUND} AND m.shipment = $3 LIMIT $4",
    "port loading": f"{_FOUND} AND m.shipment IN (SELECT s.number FROM shipment s WHERE s.port_of_loading = $3) LIMIT $4",
    "port discharge": f"{_FOUND} AND m.shipment IN (SELECT s.number FROM shipment s WHERE s.port_of_discharge = $3) LIMIT $4",
    # He makes the goods, or sends material for them.
    "supplier": f"""{_FOUND} AND m.order_id IN (
            SELECT l.order_id FROM order_line l WHERE l.supplier = $3 AND {OPEN_LINE}
            UNION SELECT w.order_id FROM material_line w WHERE w.supplier = $3 AND w.state IN ('planned', 'ordered'))
        AND (EXISTS (SELECT FROM order_line l WHERE l.order_id = m.order_id AND l.shipment IS NOT DISTINCT FROM m.shipment
                     AND l.supplier = $3 AND {OPEN_LINE}) OR {_WAITS} AND w.supplier = $3)) LIMIT $4""",
    "factory": f"{_FOUND} AND m.calendar = $3 LIMIT $4",
    # What is waited for: each leg has a milestone of its own, or that which is asked for.
    "material": f"""{_LEGS} AND ($2::text[] IS NULL OR m.code = ANY($2)) AND m.order_id IN (
            SELECT w.order_id FROM material_line w WHERE w.material = $3 AND w.state IN ('planned', 'ordered'))
        AND {_WAITS} AND w.material = $3)
        ORDER BY m.position LIMIT $4""",
}
# Orders with something still to come that counts in the calendar, on the first of the closed days or later, once each.
_COUNTING = f"""
SELECT DISTINCT ON (found.order_id) found.order_id, found.number, found.shipment, found.milestone, found.customer_id, found.customer,
    found.owner, found.grade, found.currency, found.value
FROM ({_LEGS} AND m.calendar = $2 AND m.estimated >= $3) AS found ORDER BY found.order_id LIMIT $4
"""
_INSERT = """
INSERT INTO disruption (id, kind, name, voyage, at, first_day, last_day, milestone, each_own, new_date, days, causes, action, ask, ask_by,
    next_news_on, status, opened_by, opened_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 1)
ON CONFLICT DO NOTHING RETURNING id
"""
_STANDING = """
SELECT id FROM disruption WHERE kind = $1 AND upper(name) = upper($2) AND upper(voyage) IS NOT DISTINCT FROM upper($3::text)
    AND at IS NOT DISTINCT FROM $4::text AND first_day IS NOT DISTINCT FROM $5::date AND last_day IS NOT DISTINCT FROM $6::date
    AND status IN ('open', 'running', 'logged')
"""
# A shipment and its vessel are late together: what stands of the one is known to who says it of the other.
_BESIDE = f"""
SELECT DISTINCT b.id FROM shipment s JOIN (SELECT $1::text AS kind, $2::text AS name, $3::text AS voyage) x ON {OF_IT}
CROSS JOIN LATERAL (SELECT x.id FROM disruption x WHERE x.kind <> $1 AND x.status IN ('open', 'running', 'logged') AND ({OF_IT})) b
WHERE $1 IN ('vessel', 'shipment') ORDER BY b.id
"""
_READ = """
SELECT id, kind, name, voyage, at, first_day, last_day, milestone, each_own, new_date, days, causes, action, ask, ask_by, next_news_on,
    status, opened_by, opened_at, confirmed_by, correlation_id, version
FROM disruption WHERE id = $1
"""
# Once it is confirmed a vessel or a shipment holds what comes to it: where it is late by days, and no day of that shipment was known,
# by the first that is listed.
_CHANGE = """
UPDATE disruption x SET status = $2, milestone = $3, confirmed_by = $4, correlation_id = $5, version = $6,
    holds_to = CASE WHEN x.kind IN ('vessel', 'shipment') AND $2 = 'running' THEN coalesce(x.holds_to, x.new_date, x.days + greatest($7, (
        SELECT min(m.estimated) FROM disruption_order t JOIN milestone m
            ON m.order_id = t.order_id AND m.shipment IS NOT DISTINCT FROM t.shipment AND m.code = t.milestone
        WHERE t.disruption_id = x.id AND t.state = 'found'))) ELSE x.holds_to END
WHERE x.id = $1
"""
_NEXT = """
SELECT id FROM disruption WHERE status = 'running' AND (retry_at IS NULL OR retry_at <= clock_timestamp()) ORDER BY id LIMIT 1
"""
_FAILED = """
UPDATE disruption SET tries = least(tries + 1, 1000), retry_at = clock_timestamp() + least(power(2, tries), 300) * interval '1 second'
WHERE id = $1 RETURNING tries
"""
_LEFT = """
SELECT rank, part, order_id, shipment, milestone FROM disruption_order
WHERE disruption_id = $1 AND state = 'found' ORDER BY part, rank LIMIT $2
"""
_STILL_LEFT = """
SELECT rank, part, order_id, shipment, milestone FROM disruption_order
WHERE disruption_id = $1 AND state = 'found' AND part = ANY($2::integer[]) ORDER BY part, rank
"""
_LISTED = "SELECT order_id, shipment FROM disruption_order WHERE disruption_id = $1 AND order_id = ANY($2::uuid[])"
_LAST = "SELECT max(rank) AS rank, max(part) AS part FROM disruption_order WHERE disruption_id = $1"
_COUNTS = """
SELECT count(*) FILTER (WHERE state = 'found') AS found, count(*) FILTER (WHERE state = 'delayed') AS delayed,
    count(*) FILTER (WHERE state = 'skipped') AS skipped, count(*) FILTER (WHERE state = 'delayed' AND NOT released) AS held
FROM disruption_order WHERE disruption_id = $1
"""
_RELEASE = """
WITH released AS (
    UPDATE disruption_order t SET released = true FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
    WHERE t.disruption_id = $1 AND t.state = 'delayed' AND NOT t.released AND o.id = t.order_id
        AND ($2::text[] IS NULL OR k.owner = ANY($2)) AND ($3::text[] IS NULL OR k.code = ANY($3))
    RETURNING t.delay_id, o.customer_id
)
SELECT DISTINCT delay_id, customer_id FROM released ORDER BY delay_id
"""
_CUSTOMERS_DELAYED = """
SELECT DISTINCT k.code FROM disruption_order t JOIN customer_order o ON o.id = t.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE t.disruption_id = $1 AND t.state = 'delayed' AND ($2::text[] IS NULL OR k.owner = ANY($2))
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many legs are still to be worked off, were delayed, were left out; and of how many the notice is held."""

    found: int
    delayed: int
    skipped: int
    held: int


async def find(tx: Tx, scope: Scope, milestones: Sequence[str] | None, orders: Collection[UUID] | None = None) -> list[Hit]:
    """The legs of open orders, all or those given, that it touches and that have one of the milestones still before them, one too many at
    most.

    Without milestones those that have their own. Of closed days the orders that they may move, each once.
    """
    of = list(orders) if orders is not None else None
    if scope.kind == "closed_day":
        return [Hit(**dict(row)) for row in await tx.fetch(_COUNTING, of, scope.name, scope.first, MOST_COUNTING + 1)]
    statement = _TOUCHED[f"port {scope.at}" if scope.kind == "port" else scope.kind]
    more = [scope.voyage] if scope.kind == "vessel" else []
    rows = await tx.fetch(statement, of, milestones, scope.name, (MOST_ORDERS + 1) * len(milestones or "1"), *more)
    return [Hit(**dict(row)) for row in rows]


async def open_once(tx: Tx, stamp: Stamp, disruption: Disruption, event: Event, legs: Sequence[tuple[Hit, Leg]]) -> UUID | None:
    """Keep it with its orders and tell it; None where one of that scope stands already."""
    of = disruption
    made = await tx.fetchval(
        _INSERT,
        of.disruption_id,
        of.scope.kind,
        of.scope.name,
        of.scope.voyage,
        of.scope.at,
        of.scope.first,
        of.scope.last,
        of.milestone,
        of.each_own,
        of.to,
        of.days,
        [cause.model_dump(mode="json") for cause in of.causes],
        of.action.model_dump(mode="json", exclude_none=True),
        of.ask.model_dump(mode="json", exclude_none=True) if of.ask else None,
        of.ask_by,
        of.next_news_on,
        of.status,
        of.opened_by,
        of.opened_at,
    )
    if made is None:
        return None
    await make_list(tx, of.disruption_id, legs)
    await append(tx, stamp, [Facts(of.disruption_id, 0, [event])])
    return of.disruption_id


async def standing(tx: Tx, scope: Scope) -> UUID | None:
    """The disruption of that scope that stands."""
    found: UUID | None = await tx.fetchval(_STANDING, scope.kind, scope.name, scope.voyage, scope.at, scope.first, scope.last)
    return found


async def beside(tx: Tx, scope: Scope) -> list[UUID]:
    """Those that stand of its vessel, where it is a shipment, or of shipments that travel with it, where it is a vessel."""
    return [row["id"] for row in await tx.fetch(_BESIDE, scope.kind, scope.name, scope.voyage)]


async def read(tx: Tx, disruption_id: UUID) -> Disruption:
    """NotFound when there is no such disruption."""
    return _disruption(await tx.fetchrow(_READ, disruption_id))


async def lock(tx: Tx, disruption_id: UUID) -> Disruption:
    """The disruption under its lock."""
    return _disruption(await tx.fetchrow(f"{_READ} FOR NO KEY UPDATE", disruption_id))


async def change(tx: Tx, stamp: Stamp, after: Disruption, events: Sequence[Event]) -> None:
    """Write what became of a locked disruption whose version is that before the events, and tell them."""
    version = after.version + len(events)
    values = (after.status, after.milestone, after.confirmed_by, after.correlation_id, version, stamp.time.date())
    await tx.execute(_CHANGE, after.disruption_id, *values)
    await append(tx, stamp, [Facts(after.disruption_id, after.version, events)])


async def next_running(tx: Tx) -> UUID | None:
    """The oldest that is being worked off, but those that failed and are to be tried later."""
    found: UUID | None = await tx.fetchval(_NEXT)
    return found


async def failed(tx: Tx, disruption_id: UUID) -> int:
    """It is tried again later, after twice as long each time; how often it has failed since it last went on."""
    tries: int = await tx.fetchval(_FAILED, disruption_id)
    return tries


async def left(tx: Tx, disruption_id: UUID, most: int) -> list[Leg]:
    """The first legs that are still to be worked off, at most so many, which are never fewer than a part has: whole parts."""
    legs = [Leg(**dict(row)) for row in await tx.fetch(_LEFT, disruption_id, most + 1)]
    return legs if len(legs) <= most else [leg for leg in legs if leg.part != legs[-1].part]


async def still_left(tx: Tx, disruption_id: UUID, parts: Collection[int]) -> list[Leg]:
    """Those of the parts that are still to be worked off, now that their orders are locked."""
    return [Leg(**dict(row)) for row in await tx.fetch(_STILL_LEFT, disruption_id, list(parts))]


async def listed(tx: Tx, disruption_id: UUID, orders: Collection[UUID]) -> tuple[set[tuple[UUID, str | None]], int, int]:
    """The legs of those orders in the list of a locked disruption, whatever became of them, and its last rank and part."""
    legs = {(row["order_id"], row["shipment"]) for row in await tx.fetch(_LISTED, disruption_id, list(orders))}
    last = await tx.fetchrow(_LAST, disruption_id)
    assert last is not None  # an aggregate has a row
    return legs, last["rank"], last["part"]


async def counts(tx: Tx, disruption_id: UUID) -> Counts:
    (row,) = await tx.fetch(_COUNTS, disruption_id)
    return Counts(**dict(row))


async def customers_delayed(tx: Tx, disruption_id: UUID, owners: list[str] | None) -> set[str]:
    """The codes of those owners' customers with an order that it delayed, whether their notices are released or not."""
    return {row["code"] for row in await tx.fetch(_CUSTOMERS_DELAYED, disruption_id, owners)}


async def release(tx: Tx, disruption_id: UUID, owners: list[str] | None, customers: Sequence[str] | None) -> list[HeldNotice]:
    """Let go the notices of those owners' customers, or of those of them that are named; answers which were held."""
    rows = await tx.fetch(_RELEASE, disruption_id, owners, list(customers) if customers is not None else None)
    return [HeldNotice(**dict(row)) for row in rows]


def _disruption(row: asyncpg.Record | None) -> Disruption:
    if row is None:
        raise NotFound(NO_DISRUPTION)
    return disruption_of(row)


def scope_of(row: asyncpg.Record) -> Scope:
    """The scope in a row of a disruption."""
    return Scope(kind=row["kind"], name=row["name"], voyage=row["voyage"], at=row["at"], first=row["first_day"], last=row["last_day"])


def disruption_of(row: asyncpg.Record) -> Disruption:
    """A row of _READ, or one that begins like it."""
    plain = "milestone each_own days ask_by next_news_on status opened_by opened_at confirmed_by correlation_id version"
    return Disruption(
        disruption_id=row["id"],
        scope=scope_of(row),
        to=row["new_date"],
        causes=tuple(Cause.model_validate(cause) for cause in row["causes"]),
        action=LocalText.model_validate(row["action"]),
        ask=LocalText.model_validate(row["ask"]) if row["ask"] is not None else None,
        **{name: row[name] for name in plain.split()},
    )
