"""The dates told, as people read them."""

from typing import Any

from shared.database.pool import Tx

_HEAD = """
SELECT o.id, o.number AS "order", c.code AS customer, o.customer_po
FROM told_order AS o JOIN known_customer AS c ON c.id = o.customer_id
WHERE o.number = $1 AND ($2::text[] IS NULL OR c.owner = ANY($2))
"""
_TOLD = """
SELECT t.shipment, t.milestone, t.line, t.told, t.now, t.happened, t.source, t.at,
    ARRAY(
        SELECT m.id FROM message AS m WHERE m.decision = t.told_by AND m.status IN ('queued', 'sending', 'sent') ORDER BY m.id
    ) AS messages
FROM (
    SELECT l.shipment, o.delivery_point AS milestone, l.line, l.told, coalesce(l.delivered, greatest(l.promised, l.expected)) AS now,
        l.delivered IS NOT NULL AS happened, l.told_source AS source, l.told_at AS at, l.told_by
    FROM told_line AS l JOIN told_order AS o ON o.id = l.order_id WHERE l.order_id = $1
    UNION ALL
    SELECT shipment, milestone, line, told, coalesce(actual, expected), actual IS NOT NULL, told_source, told_at, told_by
    FROM told_node WHERE order_id = $1
) AS t
ORDER BY t.shipment NULLS FIRST, t.line NULLS FIRST, t.told, t.milestone LIMIT 2000
"""


async def told(tx: Tx, number: str, owners: list[str] | None) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """An order's number, customer and PO, and the dates told; None for one that is unknown, or another's."""
    head = await tx.fetchrow(_HEAD, number, owners)
    if head is None:
        return None
    rows = await tx.fetch(_TOLD, head["id"])
    return {name: head[name] for name in ("order", "customer", "customer_po")}, [dict(row) for row in rows]
