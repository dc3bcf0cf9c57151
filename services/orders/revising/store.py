"""Orders that take another revision of their template, in the database: what hangs on their plans, and the plans as they are then."""

from typing import Any

from services.orders.calendars import store as calendars
from services.orders.calendars.domain import Owner, asks_customer, departments, named
from services.orders.chases import store as chases
from services.orders.cutoffs import store as cutoffs
from services.orders.delays import inserts as delays
from services.orders.planning import inserts as planned
from services.orders.planning.inserts import NEW_NODES, Context, columns, counted, node_arguments
from services.orders.planning.model import ARRIVE, DEPART, Node, Plan
from services.orders.revising.domain import Revised
from services.orders.revising.model import Hanging, Known
from services.orders.revising.words import hanging
from services.orders.sailings import store as sailings
from services.orders.templates.domain import Network
from shared.database.pool import Tx
from shared.messaging.record import Stamp, append

BECAUSE = "plan_rebaselined"

_PARTIES = """
SELECT k.country, ARRAY(SELECT ROW(l.shipment, l.supplier) FROM order_line l
    WHERE l.order_id = o.id AND l.supplier IS NOT NULL AND l.cancelled IS NULL ORDER BY l.line) AS suppliers
FROM customer_order o JOIN known_customer k ON k.id = o.customer_id WHERE o.id = $1
"""
# What was withdrawn or retracted counts as never said; what is over is still read with its milestone.
_HANGING = """
SELECT h.milestone, h.kind, h.name FROM (
    SELECT t.milestone, 'delay' AS kind, NULL AS name FROM delay_order t JOIN delay d ON d.id = t.delay_id
    WHERE t.order_id = $1 AND d.status <> 'retracted'
    UNION SELECT c.milestone, 'clause', c.reference FROM clause c WHERE c.order_id = $1
    UNION SELECT c.due_after_milestone, 'clause', c.reference FROM clause c WHERE c.order_id = $1
    UNION SELECT d.due_after_milestone, 'document', d.code FROM document d WHERE d.order_id = $1
    UNION SELECT m.milestone, 'material', m.material FROM material_line m WHERE m.order_id = $1 AND m.state <> 'withdrawn'
    UNION SELECT i.milestone, 'inspection', NULL FROM inspection i WHERE i.order_id = $1 AND i.state <> 'withdrawn'
    UNION SELECT s.milestone, 'production', NULL FROM production_report r JOIN production_stage s ON s.code = r.stage WHERE r.order_id = $1
    UNION SELECT c.milestone, 'question', c.asked FROM chase c WHERE c.order_id = $1
) AS h WHERE h.milestone = ANY($2::text[]) ORDER BY h.milestone, h.kind, h.name
"""
_GONE = """
WITH gone AS (DELETE FROM milestone WHERE order_id = $1)
UPDATE customer_order SET template_revision = $2 WHERE id = $1
"""
_MADE = f"""
WITH nodes AS ({NEW_NODES})
INSERT INTO promise_entry (order_id, shipment, milestone, kind, day, revision, recorded_at, actor, source, reason)
SELECT $27, n.shipment, n.milestone, n.kind, n.day, n.revision, $28, $29, 'api', $30
FROM unnest($31::text[], $32::text[], $33::text[], $34::date[], $35::integer[])
    WITH ORDINALITY AS n (shipment, milestone, kind, day, revision, nth)
ORDER BY n.nth
"""


async def known(tx: Tx, plan: Plan, network: Network) -> Known:
    """What an order is planned with by a revision, and what hangs on its plan."""
    sails = any(code in network.index and code not in plan.network.index for code in (DEPART, ARRIVE))
    parties = await tx.fetchrow(_PARTIES, plan.order_id)
    assert parties is not None  # it is locked, or was read in this transaction
    country, suppliers = parties["country"] if asks_customer(network) else None, dict[str | None, list[str]]()
    for shipment, supplier in parties["suppliers"]:
        suppliers.setdefault(shipment, []).append(supplier)
    owners: list[Owner] = [("department", department) for department in departments([network])]
    owners += [("supplier", supplier) for of_leg in suppliers.values() for supplier in of_leg]
    owners += [("carrier", transport.carrier) for transport in plan.transports.values() if transport.carrier is not None]
    gone = [code for code in plan.network.codes if code not in network.index]
    return Known(
        calendars=await calendars.wanted(tx, named([network]), owners, country),
        suppliers=suppliers,
        country=country,
        hanging=[Hanging(at, hanging(*of)) for at, *of in await tx.fetch(_HANGING, plan.order_id, gone)] if gone else (),
        over=(await delays.over(tx, [plan.order_id])).get(plan.order_id, ()),
        counted=(await counted(tx, [plan.order_id]))[plan.order_id],
        sailings=await sailings.read(tx, plan.transports) if sails else {},
    )


async def save(tx: Tx, stamp: Stamp, revised: Revised, country: str | None) -> None:
    """Write the plan of an order that is locked, its shipments too as delays of those may end or come back, and tell it. The calendar of
    the customer's `country` is made where the revision is the first that asks for it.
    """
    plan, settled = revised.plan, revised.settled
    facts = await calendars.create_countries(tx, stamp, [country] if country else [])
    await tx.execute(_GONE, plan.order_id, settled.after.network.revision)
    about = (plan.order_id, stamp.time, stamp.actor, BECAUSE)
    entries = [row for node in settled.before.nodes for row in _entries(plan, node)]
    await tx.execute(_MADE, *node_arguments([(settled.before, settled.before.nodes)]), *about, *columns(entries, 5))
    await planned.save(tx, [settled], Context(stamp.time, stamp.actor, "api", BECAUSE))
    facts += planned.facts([settled])
    facts += await delays.end(tx, stamp, ((one.delay_id, settled.after) for one in revised.freed), stamp.time.date())
    facts += await delays.reopen(tx, sorted((one.delay_id, plan.order_id) for one in revised.back))
    await append(tx, stamp, facts)
    await chases.heed_again(tx, [plan.order_id], stamp.time)
    await cutoffs.look_now(tx, {node.shipment for node in plan.nodes if node.shipment is not None}, stamp.time)


def _entries(before: Plan, node: Node) -> list[tuple[Any, ...]]:
    """Ledger entries of a milestone that is new, or planned for another day."""
    was = before.node(node.key)
    days = {"planned": node.planned} if was is None or was.planned != node.planned else {}
    if was is None and node.estimated != node.planned:
        days["estimated"] = node.estimated
    return [(*node.key, kind, day, node.revision) for kind, day in days.items()]
