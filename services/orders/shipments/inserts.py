"""Lines that changed their shipments on their way into the database: legs, delays and ledger of many orders in one statement."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.orders.delays import inserts as delays
from services.orders.disruptions import joining
from services.orders.disruptions.joining import Joining
from services.orders.estimates import store as estimates
from services.orders.planning import inserts as planned
from services.orders.planning.domain import written
from services.orders.planning.inserts import NEW_NODES, Context, columns, node_arguments
from services.orders.planning.model import Node, OpenDelay
from services.orders.shipments.domain import Regrouped
from shared.contracts.orders import TouchedOrder
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp

_WRITE = f"""
WITH lines AS (
    UPDATE order_line l SET shipment = n.shipment FROM unnest($27::uuid[], $28::text[], $29::text[]) AS n (order_id, line, shipment)
    WHERE l.order_id = n.order_id AND l.line = n.line
), ended AS (
    DELETE FROM milestone m USING unnest($30::uuid[], $31::text[]) AS n (order_id, shipment)
    WHERE m.order_id = n.order_id AND m.shipment IS NOT DISTINCT FROM n.shipment
), made AS (
    {NEW_NODES}
), delays AS (
    UPDATE delay d SET shipment = n.shipment FROM unnest($32::uuid[], $33::uuid[], $34::text[]) AS n (delay_id, order_id, shipment)
    WHERE d.id = n.delay_id AND d.order_id = n.order_id
), along AS (
    UPDATE delay_order t SET shipment = n.shipment FROM unnest($32::uuid[], $33::uuid[], $34::text[]) AS n (delay_id, order_id, shipment)
    WHERE t.delay_id = n.delay_id AND t.order_id = n.order_id
), joined AS (
    INSERT INTO delay_order (delay_id, order_id, shipment, milestone, ordinal, before, after, open)
    SELECT n.delay_id, n.order_id, n.shipment, n.milestone, n.ordinal, n.before, n.after, true
    FROM unnest($35::uuid[], $36::uuid[], $37::text[], $38::text[], $39::integer[], $40::date[], $41::date[])
        AS n (delay_id, order_id, shipment, milestone, ordinal, before, after)
    -- One that left the shipment and comes back, or of which other goods come, is held again, and there.
    ON CONFLICT (delay_id, order_id) DO UPDATE SET shipment = excluded.shipment, before = excluded.before, after = excluded.after,
        open = true, freed_on = NULL
), over AS (
    -- Delays that are over go along with their whole leg: its lateness still comes from them.
    UPDATE delay_order t SET shipment = n.shipment FROM unnest($52::uuid[], $53::text[], $54::text[]) AS n (order_id, before, shipment)
    WHERE t.order_id = n.order_id AND t.shipment IS NOT DISTINCT FROM n.before AND NOT t.open
), legs AS (
    UPDATE delay_leg t SET shipment = n.shipment FROM unnest($52::uuid[], $53::text[], $54::text[]) AS n (order_id, before, shipment)
    WHERE t.order_id = n.order_id AND t.shipment IS NOT DISTINCT FROM n.before
), parted AS (
    -- A part of a leg was made late by them as well.
    INSERT INTO delay_leg (delay_id, order_id, shipment, milestone, new_date)
    SELECT t.delay_id, t.order_id, n.shipment, t.milestone, t.new_date
    FROM unnest($55::uuid[], $56::text[], $57::text[]) AS n (order_id, before, shipment)
    JOIN (SELECT delay_id, order_id, shipment, NULL AS milestone, NULL::date AS new_date FROM delay_order WHERE NOT open
          UNION ALL SELECT delay_id, order_id, shipment, milestone, new_date FROM delay_leg) AS t
        ON t.order_id = n.order_id AND t.shipment IS NOT DISTINCT FROM n.before
    ON CONFLICT DO NOTHING
)
INSERT INTO promise_entry (order_id, shipment, milestone, kind, day, revision, recorded_at, actor, source, reason)
SELECT n.order_id, n.shipment, n.milestone, n.kind, n.day, n.revision, $48, $49, $50, $51
FROM unnest($42::uuid[], $43::text[], $44::text[], $45::text[], $46::date[], $47::integer[])
    WITH ORDINALITY AS n (order_id, shipment, milestone, kind, day, revision, nth)
ORDER BY n.nth
"""


async def write(tx: Tx, stamp: Stamp, regrouped: Sequence[Regrouped]) -> tuple[list[Facts], list[Facts]]:
    """Write what became of orders whose locks are held, and of what was promised with delays that hold them no more.

    The facts of the orders, and those of shipments and others whose delays hold them from now on or no more, are the caller's to append.
    """
    context = Context(stamp.time, stamp.actor, "api", "lines_moved")
    new = [(one.settled.after.order_id, made) for one in regrouped for made in one.made]
    joined = [pair for one in regrouped for pair in _joined(one)]
    await tx.execute(
        _WRITE,
        *node_arguments((one.settled.after, _made(one)) for one in regrouped),
        *columns([(one.settled.after.order_id, move.line, move.after) for one in regrouped for move in one.moves], 3),
        *columns([(one.settled.after.order_id, leg) for one in regrouped for leg in one.ended], 2),
        *columns([(delay, one.settled.after.order_id, leg) for one in regrouped for delay, leg in one.along], 3),
        *columns([(own.delay_id, to.order_id, *own.key, own.ordinal, to.before, to.after) for own, to in joined], 7),
        *columns([row for one in regrouped for node in _made(one) for row in _entries(one, node)], 6),
        *(context.recorded_at, context.actor, context.source, context.because),
        *columns([(order_id, made.like, made.shipment) for order_id, made in new if made.whole], 3),
        *columns([(order_id, made.like, made.shipment) for order_id, made in new if not made.whole], 3),
    )
    settled = [one.settled for one in regrouped]
    await estimates.save(tx, settled, context)
    await joining.join(tx, stamp, (joined for one in regrouped for joined in _joining(one)))
    held = await delays.joined(tx, [(own.delay_id, order) for own, order in joined])
    freed = await delays.end(tx, stamp, ((delay, one.settled.after) for one in regrouped for delay in one.left), stamp.time.date())
    return planned.facts(settled), [*held, *freed]


def _made(one: Regrouped) -> list[Node]:
    """The milestones of new legs, as they came from the legs before."""
    new = {made.shipment for made in one.made}
    return [node for node in one.settled.before.nodes if node.shipment in new]


def _joined(one: Regrouped) -> list[tuple[OpenDelay, TouchedOrder]]:
    """The delays of shipments that hold the order from now on."""
    before, after = one.settled.before, one.settled.after
    order = {"order_id": after.order_id, "number": after.number, "customer_id": after.customer_id}
    return [
        (held, TouchedOrder(**order, before=before.at(held.key).estimated, after=after.at(held.key).estimated))
        for held in one.joined
        if held.disruption_id is None
    ]


def _joining(one: Regrouped) -> list[Joining]:
    """The new legs that disruptions hold from now on."""
    before, plan = one.settled.before, written(one.settled)
    return [Joining(plan, held, before.at(held.key)) for held in one.joined if held.disruption_id is not None]


def _entries(one: Regrouped, node: Node) -> list[tuple[Any, ...]]:
    """Ledger entries of a milestone that came from another leg."""
    expected = node.estimated if node.actual is None and node.estimated != node.planned else None
    days: dict[str, date | None] = {"planned": node.planned, "estimated": expected, "actual": node.actual}
    where = (one.settled.after.order_id, node.shipment, node.milestone)
    return [(*where, kind, day, node.revision) for kind, day in days.items() if day is not None]
