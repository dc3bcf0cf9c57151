"""Legs that a disruption touches on their way into the database: listed, listed anew, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.orders.delays.domain import Decision
from services.orders.disruptions.domain import Outcome
from services.orders.disruptions.model import Hit, Leg, Listed, Why
from services.orders.planning.inserts import columns
from services.orders.sailings.store import OF_IT
from shared.database.pool import Tx

_LIST = """
INSERT INTO disruption_order (disruption_id, rank, order_id, shipment, milestone, part, grade, currency, value, state, why, released)
SELECT $1, n.rank, n.order_id, n.shipment, n.milestone, n.part, n.grade, n.currency, n.value,
    CASE WHEN n.why IS NULL THEN 'found' ELSE 'skipped' END, n.why, false
FROM unnest($2::integer[], $3::uuid[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[], $9::numeric[], $10::text[])
    AS n (rank, order_id, shipment, milestone, part, grade, currency, value, why)
"""
_LISTED = """
SELECT t.order_id, t.shipment, t.milestone, t.grade, t.currency, t.value, m.passed,
    -- Of a leg that is no more its lines may have been cancelled; those that were not are in the legs that there are.
    o.status = 'cancelled' OR m.code IS NULL AND EXISTS (
        SELECT FROM order_cancellation c JOIN order_line l ON l.order_id = c.order_id AND l.line = ANY(c.lines)
        WHERE c.order_id = t.order_id AND c.recorded_at >= d.opened_at AND l.shipment IS NOT DISTINCT FROM t.shipment) AS over,
    CASE WHEN m.code IS NULL THEN ARRAY(SELECT DISTINCT n.shipment FROM milestone n WHERE n.order_id = t.order_id) ELSE '{}' END AS legs
FROM disruption_order t JOIN disruption d ON d.id = t.disruption_id JOIN customer_order o ON o.id = t.order_id
LEFT JOIN milestone m ON m.order_id = t.order_id AND m.shipment IS NOT DISTINCT FROM t.shipment AND m.code = t.milestone
WHERE t.disruption_id = $1 ORDER BY t.rank
"""
_UNLIST = "DELETE FROM disruption_order WHERE disruption_id = $1"
_GONE = f"{_UNLIST} AND rank = ANY($2::integer[])"
_DELAYED = """
UPDATE disruption_order t SET state = 'delayed', delay_id = n.delay_id, before = n.before, after = n.after, at_risk = n.at_risk
FROM unnest($2::integer[], $3::uuid[], $4::date[], $5::date[], $6::boolean[]) AS n (rank, delay_id, before, after, at_risk)
WHERE t.disruption_id = $1 AND t.rank = n.rank
"""
_SKIPPED = """
UPDATE disruption_order t SET state = 'skipped', why = n.why
FROM unnest($2::integer[], $3::text[]) AS n (rank, why) WHERE t.disruption_id = $1 AND t.rank = n.rank
"""
# What was listed of a leg before says nothing of it any more, but that its notice is still to be released.
_MAKE_ROOM = f"""{_UNLIST} AND (state <> 'delayed' OR released)
    AND (order_id, shipment) IN (SELECT order_id, shipment FROM unnest($2::uuid[], $3::text[]) AS n (order_id, shipment))"""
_RELEASED = "UPDATE disruption_order SET released = true WHERE disruption_id = $1 AND rank = ANY($2::integer[])"
_BESIDE = """
INSERT INTO delay_leg (delay_id, order_id, shipment, milestone, new_date)
SELECT n.delay_id, n.order_id, n.shipment, n.milestone, n.new_date
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[]) AS n (delay_id, order_id, shipment, milestone, new_date)
"""
# Its shipments, with the day of the last that is listed in each.
_LAST_LISTED = f"""
SELECT s.number, max(m.estimated) AS last FROM disruption x JOIN shipment s ON {OF_IT}
LEFT JOIN disruption_order t ON t.disruption_id = x.id AND t.shipment = s.number AND t.state = 'found'
LEFT JOIN milestone m ON m.order_id = t.order_id AND m.shipment = t.shipment AND m.code = t.milestone
WHERE x.id = $1 GROUP BY s.number
"""
_HOLD = """
INSERT INTO disruption_shipment (disruption_id, shipment, holds_to)
SELECT $1, n.shipment, n.holds_to FROM unnest($2::text[], $3::date[]) AS n (shipment, holds_to)
"""
_WORKED = "UPDATE disruption SET tries = 0, retry_at = NULL WHERE id = $1 AND tries > 0"


async def make_list(tx: Tx, disruption_id: UUID, legs: Sequence[tuple[Hit, Leg]], left_out: Sequence[tuple[Listed, Why]] = ()) -> None:
    """Keep what it touches, ranked, and behind that what is left out already."""
    rows: list[tuple[Any, ...]] = [
        (leg.rank, leg.order_id, leg.shipment, leg.milestone, leg.part, hit.grade, hit.currency, hit.value, None) for hit, leg in legs
    ]
    rows += [
        (rank, one.order_id, one.shipment, one.milestone, None, one.grade, one.currency, one.value, why)
        for rank, (one, why) in enumerate(left_out, start=len(legs) + 1)
    ]
    await tx.execute(_LIST, disruption_id, *columns(rows, 9))


async def last_listed(tx: Tx, disruption_id: UUID) -> dict[str, date | None]:
    """When the last order is expected that is listed in each of the shipments of a vessel or a shipment; None where none is."""
    return {row["number"]: row["last"] for row in await tx.fetch(_LAST_LISTED, disruption_id)}


async def hold_shipments(tx: Tx, disruption_id: UUID, days: Mapping[str, date]) -> None:
    """Keep the days to which a locked disruption holds what comes to these shipments."""
    await tx.execute(_HOLD, disruption_id, *columns(list(days.items()), 2))


async def take_list(tx: Tx, disruption_id: UUID) -> list[Listed]:
    """What is listed of a locked disruption of which nothing is worked off, by rank; it is to be listed anew."""
    listed = [Listed(**dict(row)) for row in await tx.fetch(_LISTED, disruption_id)]
    await tx.execute(_UNLIST, disruption_id)
    return listed


async def relist(tx: Tx, disruption_id: UUID, gone: Sequence[Leg], legs: Sequence[tuple[Hit, Leg]]) -> None:
    """List legs in the place of those that are gone."""
    await tx.execute(_GONE, disruption_id, [leg.rank for leg in gone])
    await make_list(tx, disruption_id, legs)


async def make_room(tx: Tx, disruption_id: UUID, legs: Sequence[tuple[UUID, str | None]]) -> None:
    """For legs, in a shipment each, that come to a locked disruption."""
    await tx.execute(_MAKE_ROOM, disruption_id, *columns(legs, 2))


async def list_delayed(tx: Tx, disruption_id: UUID, joined: Sequence[tuple[Hit, Leg, Decision]]) -> None:
    """List legs that came later with their delays, which are written already: nothing of them waits to be told."""
    await make_list(tx, disruption_id, [(hit, leg) for hit, leg, _ in joined])
    ranks = {(leg.order_id, leg.shipment): leg.rank for _, leg, _ in joined}
    await tx.execute(_DELAYED, disruption_id, *columns([row for _, _, decision in joined for row in _delayed(decision, ranks)], 5))
    await tx.execute(_RELEASED, disruption_id, list(ranks.values()))


async def settle(tx: Tx, disruption_id: UUID, legs: Sequence[Leg], outcomes: Sequence[Outcome]) -> None:
    """Write what became of the legs; their delays are written already, and nothing of those that move nothing waits to be told."""
    ranks = {(leg.order_id, leg.shipment): leg.rank for leg in legs}
    delayed = [row for outcome in outcomes if outcome.decision for row in _delayed(outcome.decision, ranks)]
    skipped = [row for outcome in outcomes for row in outcome.skipped.items()]
    beside = [
        (outcome.decision.delay.delay_id, one.order_id, one.shipment, one.milestone, one.day)
        for outcome in outcomes
        if outcome.decision
        for one in outcome.beside
    ]
    still = [row for outcome in outcomes if outcome.still for row in _delayed(outcome.still, ranks)]
    await tx.execute(_DELAYED, disruption_id, *columns(delayed, 5))
    if still:
        await tx.execute(_RELEASED, disruption_id, [rank for rank, *_ in still])
    await tx.execute(_BESIDE, *columns(beside, 5))
    await tx.execute(_SKIPPED, disruption_id, *columns(skipped, 2))
    await tx.execute(_WORKED, disruption_id)


def _delayed(decision: Decision, ranks: Mapping[tuple[UUID, str | None], int]) -> list[tuple[Any, ...]]:
    return [
        (
            ranks[order.settled.after.order_id, order.after.shipment],
            decision.delay.delay_id,
            order.before.estimated,
            order.after.estimated,
            any(line.at_risk for line in order.settled.after.lines_of(order.after.shipment)),
        )
        for order in decision.orders
    ]
