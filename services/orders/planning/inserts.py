"""New milestones on their way into the database, as part of the statement that writes what made them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.orders.planning.model import Key, Node, Plan, behind
from services.orders.planning.store import columns
from shared.database.pool import Tx

NEW_NODES = """
INSERT INTO milestone (order_id, shipment, code, position, department, visible, calendar, planned, estimated, actual, revision,
    duration_days, stated, stated_allowed, stated_source, stated_at, person, passed, due)
SELECT n.order_id, n.shipment, n.code, n.position, n.department, n.visible, n.calendar, n.planned, n.estimated, n.actual, n.revision,
    n.duration_days, n.stated, n.stated_allowed, n.stated_source, n.stated_at, n.person, n.passed, n.due
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::boolean[], $7::text[], $8::date[], $9::date[],
    $10::date[], $11::integer[], $12::smallint[], $13::date[], $14::date[], $15::text[], $16::timestamptz[], $17::text[], $18::boolean[],
    $19::date[])
    AS n (order_id, shipment, code, position, department, visible, calendar, planned, estimated, actual, revision, duration_days,
          stated, stated_allowed, stated_source, stated_at, person, passed, due)
"""
"""A common table expression; it takes the parameters 1 to 19."""

_COUNTED = """
SELECT order_id, shipment, milestone, max(revision) AS revision FROM promise_entry
WHERE order_id = ANY($1::uuid[]) AND milestone IS NOT NULL AND revision > 0 GROUP BY order_id, shipment, milestone
"""


async def counted(tx: Tx, orders: Collection[UUID]) -> dict[UUID, Mapping[Key, int]]:
    """The highest revision that each milestone ever had in those orders: a leg that is formed again goes on from there.

    A customer may have been told of the earlier ones.
    """
    found: dict[UUID, dict[Key, int]] = {order_id: {} for order_id in orders}
    for row in await tx.fetch(_COUNTED, list(found)) if found else ():
        found[row["order_id"]][row["shipment"], row["milestone"]] = row["revision"]
    return {**found}


def node_arguments(made: Iterable[tuple[Plan, Sequence[Node]]]) -> list[list[Any]]:
    """The parameters of NEW_NODES: the milestones that are new in each order, of each leg all."""
    rows = []
    for plan, nodes in made:
        done = behind(plan.network, nodes)
        rows += [_row(plan, node, passed=bool(done[node.shipment] >> node.position & 1)) for node in nodes]
    return columns(rows, 19)


def _row(plan: Plan, node: Node, *, passed: bool) -> tuple[Any, ...]:
    word, step = node.stated, plan.network.steps[node.position]
    return (
        plan.order_id,
        node.shipment,
        node.milestone,
        node.position,
        node.department,
        node.visible,
        node.calendar,
        node.planned,
        node.estimated,
        node.actual,
        node.revision,
        step.duration_days,
        *((word.day, word.allowed, word.source, word.at) if word else (None, None, None, None)),
        step.person,
        passed,
        node.due,
    )
