"""Words on milestones in the database, beside the plan they move."""

from collections.abc import Sequence

from services.orders.planning import inserts as planned
from services.orders.planning.inserts import Context, columns, word_columns
from services.orders.planning.model import Settled
from shared.database.pool import Tx

_SAVE = """
UPDATE milestone m SET stated = n.stated, stated_allowed = n.allowed, stated_source = n.source, stated_at = n.at,
    stated_happened = n.happened, typed = n.typed, typed_allowed = n.typed_allowed, typed_source = n.typed_source,
    typed_at = n.typed_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::date[], $6::text[], $7::timestamptz[], $8::boolean[], $9::date[],
    $10::date[], $11::text[], $12::timestamptz[])
    AS n (order_id, shipment, code, stated, allowed, source, at, happened, typed, typed_allowed, typed_source, typed_at)
WHERE m.order_id = n.order_id AND m.shipment IS NOT DISTINCT FROM n.shipment AND m.code = n.code
"""


async def save(tx: Tx, settled: Sequence[Settled], context: Context) -> None:
    """Write the words that differ, and what they moved; `planned.facts` of the same orders are the caller's to append."""
    rows = []
    for one in settled:
        for was, now in zip(one.before.nodes, one.after.nodes, strict=True):
            if (was.stated, was.typed, was.typed_at) != (now.stated, now.typed, now.typed_at):
                words = (*word_columns(now.stated), *word_columns(now.typed)[:3], now.typed_at)
                rows.append((one.after.order_id, *now.key, *words))
    await planned.save(tx, settled, context)
    if rows:
        await tx.execute(_SAVE, *columns(rows, 12))
