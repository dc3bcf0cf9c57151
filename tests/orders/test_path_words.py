"""Words of addresses beside the orders: none of them may be an order's number."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from services.orders.app import SERVICE
from services.orders.fields import RESERVED
from shared.database.pool import Tx

BESIDE = "/api/orders/"
_RENAME = "UPDATE customer_order SET number = $1"
_ORDER = """
WITH customer AS (
    INSERT INTO known_customer (id, code, name, country, language, time_zone, grade, owner)
    VALUES (gen_random_uuid(), 'WORDS', 'Words', 'DE', 'en', 'UTC', 'normal', 'li.wei') RETURNING id
)
INSERT INTO customer_order (id, number, customer_id, customer_po, trade_type, delivery_point, template, status, source, entered_by,
    entered_at, version)
SELECT gen_random_uuid(), 'WORDS-1', id, 'PO-1', 'export', 'DELIVERED', 'export-sea', 'open', 'api', 'li.wei', now(), 1 FROM customer
"""


def test_every_word_beside_the_orders_is_reserved() -> None:
    parts = {route.path.removeprefix(BESIDE).split("/")[0] for group in SERVICE.routes for route in group if route.path.startswith(BESIDE)}
    assert {part for part in parts if not part.startswith("{")} <= RESERVED


@pytest.mark.parametrize("word", sorted(RESERVED))
async def test_the_database_refuses_it_too(word: str, tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx("orders")
    await connection.execute(_ORDER)
    with pytest.raises(asyncpg.CheckViolationError):
        async with connection.transaction():
            await connection.execute(_RENAME, word)
