"""SQL of lines that are split and joined, and that change from one leg to another: what was told of them goes along, and what is held."""

from collections.abc import Iterable, Sequence

from services.notifications.dates.store import columns
from services.notifications.messages.gathering import follow
from shared.contracts.legs import LineJoined, LinesMoved, LineSplit
from shared.contracts.orders import PlanReestimated
from shared.database.pool import Tx

_MOVE_LINES = """
UPDATE told_line AS l SET shipment = m.shipment FROM unnest($2::text[], $3::text[]) AS m (line, shipment)
WHERE l.order_id = $1 AND l.line = m.line
"""
# A leg that is new is told what the leg was told that its lines came from.
_MAKE_LEGS = """
INSERT INTO told_node (order_id, shipment, milestone, expected, actual, told, told_estimate, told_source, told_at, told_by, told_before)
SELECT n.order_id, m.shipment, n.milestone, n.expected, n.actual, n.told, n.told_estimate, n.told_source, n.told_at, n.told_by,
    n.told_before
FROM told_node AS n JOIN unnest($2::text[], $3::text[]) AS m (shipment, source) ON n.shipment IS NOT DISTINCT FROM m.source
WHERE n.order_id = $1 AND n.line IS NULL
ON CONFLICT ON CONSTRAINT told_node_one DO NOTHING
"""
# What was told of a line by itself stays so. What is expected, and how many estimates were weighed, is of the leg that it is in now.
_MOVE_APART = """
UPDATE told_node AS n SET shipment = t.shipment, expected = t.expected, told_estimate = t.told_estimate
FROM unnest($2::text[], $3::text[]) AS m (line, shipment)
JOIN told_node AS t ON t.order_id = $1 AND t.shipment IS NOT DISTINCT FROM m.shipment AND t.line IS NULL
WHERE n.order_id = $1 AND n.line = m.line AND n.milestone = t.milestone
"""
# Of a line that joins a leg he was told what he was told of the leg that it left: by itself from now on, where that is not the same.
_TELL_APART = """
INSERT INTO told_node (order_id, shipment, milestone, line, expected, actual, told, told_estimate, told_source, told_at, told_by,
    told_before)
SELECT n.order_id, t.shipment, n.milestone, m.line, t.expected, n.actual, n.told, t.told_estimate, n.told_source, n.told_at, n.told_by,
    n.told_before
FROM unnest($2::text[], $3::text[], $4::text[]) AS m (line, before, shipment)
JOIN told_node AS n ON n.order_id = $1 AND n.shipment IS NOT DISTINCT FROM m.before AND n.line IS NULL
JOIN told_node AS t ON t.order_id = $1 AND t.shipment IS NOT DISTINCT FROM m.shipment AND t.line IS NULL AND t.milestone = n.milestone
WHERE (n.told, n.expected, n.actual) IS DISTINCT FROM (t.told, t.expected, t.actual)
ON CONFLICT DO NOTHING
"""
_END_LEGS = """
DELETE FROM told_node AS n USING unnest($2::text[]) AS e (shipment) WHERE n.order_id = $1 AND n.shipment IS NOT DISTINCT FROM e.shipment
"""
# Of the part he was told what he was told of the line.
_SPLIT = """
WITH rest AS (
    UPDATE told_line SET quantity = $3 WHERE order_id = $1 AND line = $2
), part AS (
    INSERT INTO told_line (order_id, line, item, quantity, uom, shipment, promised, promise_revision, expected, due, told, told_estimate,
        told_source, told_at, told_by, told_before)
    SELECT order_id, $4::text, item, $5::numeric, uom, shipment, promised, promise_revision, expected, due, told, told_estimate,
        told_source, told_at, told_by, told_before
    FROM told_line WHERE order_id = $1 AND line = $2
)
INSERT INTO told_node (order_id, shipment, milestone, line, expected, actual, told, told_estimate, told_source, told_at, told_by,
    told_before)
SELECT order_id, shipment, milestone, $4::text, expected, actual, told, told_estimate, told_source, told_at, told_by, told_before
FROM told_node WHERE order_id = $1 AND line = $2
"""
# Of the part nobody is told by itself any more.
_JOIN = """
WITH part AS (
    UPDATE told_line SET cancelled = true WHERE order_id = $1 AND line = $4
), apart AS (
    DELETE FROM told_node WHERE order_id = $1 AND line = $4
)
UPDATE told_line SET quantity = $3 WHERE order_id = $1 AND line = $2
"""
# Whoever decides of it holds its gathering before it, by key.
_HELD = """
SELECT e.delay_id, e.delay_revision, e.because, e.customer_id, e.order_id, e.facts
FROM gathering AS g JOIN gathered AS e USING (delay_id, delay_revision, because, customer_id)
WHERE e.order_id = ANY($1::uuid[])
ORDER BY e.delay_id, e.delay_revision, e.because, e.customer_id, e.order_id FOR UPDATE OF g, e
"""
_FOLLOW = """
UPDATE gathered SET facts = $6 WHERE (delay_id, delay_revision, because, customer_id, order_id) = ($1, $2, $3, $4, $5)
"""


async def hold(tx: Tx, events: Sequence[LinesMoved | LineSplit]) -> None:
    """What waits to be told of goods that are split, or travel elsewhere, is told of where they are; oldest first."""
    followed = []
    for *key, order_id, facts in await tx.fetch(_HELD, list({event.order_id for event in events})):
        was = held = PlanReestimated.model_validate(facts)
        for event in events:
            held = follow(held, event) if event.order_id == order_id else held
        if held != was:
            followed.append((*key, order_id, held.model_dump(mode="json")))
    if followed:
        await tx.executemany(_FOLLOW, followed)


async def move(tx: Tx, event: LinesMoved) -> None:
    """Lines travel elsewhere: what was told of their milestones goes along."""
    order, into = event.order_id, columns(2, {(one.line,): (one.after,) for one in event.lines})
    await tx.execute(_MOVE_LINES, order, *into)
    await tx.execute(_MAKE_LEGS, order, *columns(2, {(one.shipment,): (one.like,) for one in event.legs}))
    await tx.execute(_MOVE_APART, order, *into)
    await tx.execute(_TELL_APART, order, *columns(3, {(one.line,): (one.before, one.after) for one in event.lines}))
    await tx.execute(_END_LEGS, order, list(event.ended))


async def split(tx: Tx, events: Iterable[LineSplit]) -> None:
    """Parts of lines go by themselves, oldest first."""
    rows = [(event.order_id, event.line, event.quantity, event.part.line, event.part.quantity) for event in events]
    await tx.executemany(_SPLIT, rows)


async def join(tx: Tx, events: Iterable[LineJoined]) -> None:
    """Parts go with their lines again, oldest first."""
    await tx.executemany(_JOIN, [(event.order_id, event.line, event.quantity, event.part) for event in events])
