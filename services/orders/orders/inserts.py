"""New orders and lines on their way into the database: rows and ledger entries of a whole batch in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg

from services.orders.delays import inserts as delays
from services.orders.disruptions import joining
from services.orders.disruptions.joining import Joining
from services.orders.orders.model import LINE_FIELDS, Decided, Source
from services.orders.orders.words import AT_ONCE
from services.orders.planning import inserts as planned
from services.orders.planning.domain import written
from services.orders.planning.inserts import NEW_NODES, SHOWN, Context, columns, node_arguments
from services.orders.planning.model import OpenDelay
from shared.contracts.orders import TouchedOrder
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp
from shared.problems import Conflict


class OrderExists(Conflict):
    """The number belongs to an order already."""

    slug = "order-exists"
    title = Both("An order of this number exists", "订单号已存在")


_WRITE = f"""
WITH created AS (
    INSERT INTO customer_order (id, number, customer_id, customer_po, trade_type, incoterm, named_place, delivery_point, currency,
        ordered_on, template, template_revision, urgent, status, version, source, entered_by,
        entered_at)
    SELECT n.id, n.number, n.customer_id, n.customer_po, n.trade_type, n.incoterm, n.named_place, n.delivery_point, n.currency,
        n.ordered_on, n.template, n.template_revision, n.urgent, n.status, n.version, $67, $68, $69
    FROM unnest($27::uuid[], $28::text[], $29::uuid[], $30::text[], $31::text[], $32::text[], $33::text[], $34::text[], $35::text[],
        $36::date[], $37::text[], $38::text[], $39::bigint[], $40::integer[], $41::boolean[])
        AS n (id, number, customer_id, customer_po, trade_type, incoterm, named_place, delivery_point, currency, ordered_on, template,
              status, version, template_revision, urgent)
), extended AS (
    UPDATE customer_order o SET version = n.version, status = n.status
    FROM unnest($42::uuid[], $43::bigint[], $44::text[]) AS n (id, version, status) WHERE o.id = n.id
), lines AS (
    INSERT INTO order_line (order_id, line, item, quantity, uom, amount, supplier, supplier_term, shipment, requested, first_promised,
        promised, promise_revision, estimated, estimate_revision, delivered, shown_by)
    SELECT n.order_id, n.line, n.item, n.quantity, n.uom, n.amount, n.supplier, n.supplier_term, n.shipment, n.requested, n.promised,
        n.promised, 0, n.estimated, 0, n.delivered, n.shown_by
    FROM unnest($45::uuid[], $46::text[], $47::text[], $48::numeric[], $49::text[], $50::numeric[], $51::text[], $52::text[], $53::text[],
        $54::date[], $55::date[], $56::date[], $57::date[], $58::text[])
        AS n (order_id, line, item, quantity, uom, amount, supplier, supplier_term, shipment, requested, promised, delivered, estimated,
              shown_by)
), nodes AS (
    {NEW_NODES}
), held AS (
    INSERT INTO delay_order (delay_id, order_id, shipment, milestone, ordinal, before, after, open)
    SELECT n.delay_id, n.order_id, n.shipment, n.milestone, n.ordinal, n.before, n.after, true
    FROM unnest($70::uuid[], $71::uuid[], $72::text[], $73::text[], $74::integer[], $75::date[], $76::date[])
        AS n (delay_id, order_id, shipment, milestone, ordinal, before, after)
    -- One whose goods left the shipment, and that gains others in it, is held again.
    ON CONFLICT (delay_id, order_id) DO UPDATE SET shipment = excluded.shipment, before = excluded.before, after = excluded.after,
        open = true, freed_on = NULL
)
INSERT INTO promise_entry (order_id, line, shipment, milestone, kind, day, revision, recorded_at, actor, source, reason)
SELECT n.order_id, n.line, n.shipment, n.milestone, n.kind, n.day, n.revision, $69, $68, $67, n.reason
FROM unnest($59::uuid[], $60::text[], $61::text[], $62::text[], $63::text[], $64::date[], $65::integer[], $66::text[])
    WITH ORDINALITY AS n (order_id, line, shipment, milestone, kind, day, revision, reason, nth)
ORDER BY n.nth
"""


async def write(tx: Tx, stamp: Stamp, decided: Sequence[Decided], source: Source) -> list[Facts]:
    """Everything that was decided, in one statement, and in another what was planned anew for it; the events that tell it, of the shipments
    as well whose delays hold the orders from now on, are the caller's to append."""
    written = [one for one in decided if one.after is not None and one.event is not None]
    if not written:
        return []
    held = [pair for one in written for pair in _held(one)]
    arguments = [
        *node_arguments((one.after, one.nodes) for one in written if one.after),
        *columns([_order_row(one) for one in written if one.before is None], 15),
        *columns([(one.after.order_id, one.before.version + 1, one.after.status) for one in written if one.after and one.before], 3),
        *columns([row for one in written for row in _line_rows(one)], 14),
        *columns([row for one in written for row in _entries(one)], 8),
        *(source, stamp.actor, stamp.time),
        *columns([(own.delay_id, to.order_id, *own.key, own.ordinal, to.before, to.after) for own, to in held], 7),
    ]
    try:
        await tx.execute(_WRITE, *arguments)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "customer_order_number_key":
            raise OrderExists(AT_ONCE, field="number") from error
        raise
    replanned = {one.number: one.replanned for one in written if one.replanned}
    if replanned:
        await planned.save(tx, list(replanned.values()), Context(stamp.time, stamp.actor, source, "plan_rebaselined"))
    await joining.join(tx, stamp, (joined for one in written for joined in _joining(one)))
    alone = [one for one in written if one.number not in replanned]
    first = [Facts(one.after.order_id, one.before.version if one.before else 0, [one.event]) for one in alone if one.after and one.event]
    return [*first, *planned.facts(replanned.values()), *await delays.joined(tx, [(own.delay_id, order) for own, order in held])]


def _order_row(decided: Decided) -> tuple[Any, ...]:
    plan, order = decided.after, decided.order
    assert plan is not None
    assert order is not None
    return (
        plan.order_id,
        plan.number,
        plan.customer_id,
        order.customer_po,
        order.trade_type,
        order.incoterm,
        order.named_place,
        plan.delivery_point,
        order.currency,
        order.ordered_on,
        plan.network.template.code,
        plan.status,
        1,
        plan.network.revision,
        order.urgent,
    )


def _line_rows(decided: Decided) -> list[tuple[Any, ...]]:
    assert decided.after is not None
    planned = {line.line: (line.estimated, line.shown_by) for line in decided.after.lines}
    order_id = decided.after.order_id
    return [(order_id, *(getattr(line, name) for name in LINE_FIELDS), *planned[line.line]) for line in decided.lines]


def _held(decided: Decided) -> list[tuple[OpenDelay, TouchedOrder]]:
    """The delays of shipments that hold the order from now on."""
    plan, nodes = decided.after, {node.key: node for node in decided.nodes}
    assert plan is not None
    order = {"order_id": plan.order_id, "number": plan.number, "customer_id": plan.customer_id}
    return [
        (held, TouchedOrder(**order, before=nodes[held.key].planned, after=nodes[held.key].estimated))
        for held in decided.held
        if held.disruption_id is None
    ]


def _joining(decided: Decided) -> list[Joining]:
    """The new legs that disruptions hold."""
    assert decided.after is not None
    told = (decided.before.version if decided.before else 0) + 1
    last = written(decided.replanned) if decided.replanned is not None else replace(decided.after, version=told)
    held = [(one, last.at(one.key)) for one in decided.held if one.disruption_id is not None]
    return [Joining(last, one, replace(node, estimated=node.planned)) for one, node in held]


def _entries(decided: Decided) -> list[tuple[Any, ...]]:
    """Ledger entries of new lines and nodes: what was asked, promised, planned, expected, reached. What is expected of a node is its
    plan where there is no entry: a line is what people talk of, and its first estimate is always there.
    """
    assert decided.after is not None
    order_id = decided.after.order_id
    lines = {line.line: line for line in decided.after.lines}
    entries: list[tuple[Any, ...]] = []

    def enter(line: str | None, shipment: str | None, milestone: str | None, days: Mapping[str, date | None], revision: int = 0) -> None:
        shown = {"actual": SHOWN} if line is not None and lines[line].shown_by is not None else {}
        entries.extend((order_id, line, shipment, milestone, kind, day, revision, shown.get(kind)) for kind, day in days.items() if day)

    for line in decided.lines:
        expected = lines[line.line].estimated if line.delivered is None else None
        days = {"requested": line.requested, "promised": line.promised, "estimated": expected, "actual": line.delivered}
        enter(line.line, line.shipment, None, days)
    for node in decided.nodes:
        expected = node.estimated if node.actual is None and node.estimated != node.planned else None
        days = {"planned": node.planned, "estimated": expected, "actual": node.actual}
        enter(None, node.shipment, node.milestone, days, node.revision)
    return entries
